// What to review first: questions whose answer saves most clicks.
const MOST_QUESTIONS = 12;

function faceOf(id) { return picture("face", "faces", portraitOf(membersOf(id)).first, title(id)); }

function button(text, action) { return make("button", { type: "button", onclick: action }, text); }

function mergeQuestion(question, done) {
  const one = question.character, other = question.other_character;
  if (!membersOf(one).length || !membersOf(other).length) { return null; }
  const name = names.get(one);
  const asked = name !== undefined && name === names.get(other) ? `Two characters are called ${name}. Are they one person?` : `Are ${title(one)} and ${title(other)} one person?`;
  const yes = () => { if (mayMerge(other, one)) { merge(other, one); done(); } };
  return make("li", { class: "question" },
    make("p", {}, asked),
    make("div", { class: "pair" }, faceOf(one), faceOf(other)),
    make("div", { class: "answers" }, button("Yes, merge", yes), button("No", () => { keepApart(one, other); done(); }), button("Skip", done)));
}

// A mirror, a split screen, a picture: two faces of one frame that look like one person. Or one that begins as the other ends, which was taken for one person.
function twiceQuestion(question, done) {
  const one = appearances[question.row], other = appearances[question.other_row];
  const taken = question.character === question.other_character && isCharacter(question.character);
  if (one.corrected && other.corrected || taken !== (isCharacter(one.who) && one.who === other.who)) { return null; }
  const yes = () => { if (taken) { move([other], one.who); } else { joinTwo(one, other); } done(); };
  const time = timeCode(Math.max(one.start, other.start));
  return make("li", { class: "question" },
    make("p", {}, `Are these two, seen at the same time (${time}), one person? ${taken ? "They were taken for one: the second begins as the first ends." : "A mirror, a split screen or a picture can show somebody twice."}`),
    make("div", { class: "pair" }, ...[one, other].map((a) => picture("face", "faces", a.first, `${title(a.who)} at ${timeCode(a.start)}`))),
    make("div", { class: "answers" }, button("Yes, one person", yes), button("No", () => { keepTwoApart(one, other); done(); }), button("Skip", done)));
}

// Characters that were given one name, unless somebody said that they are two people.
function sameNames() {
  const said = [...data.journal.filter((r) => r.status !== "undone"), ...pending.flatMap((op) => op.rows.map((r) => ({ ...r, action: op.action })))];
  const apart = said.filter((r) => r.action === "different" && appearances[r.row] && appearances[r.other_row])
    .map((r) => [appearances[r.row].who, appearances[r.other_row].who].sort().join("|"));
  const listed = cast().map((c) => c.id).filter((id) => names.has(id));
  return listed.flatMap((one, i) => listed.slice(i + 1)
    .filter((other) => names.get(one) === names.get(other) && !apart.includes([one, other].sort().join("|")))
    .map((other) => ({ kind: "merge", character: one, other_character: other })));
}

function trackQuestion(question, done) {
  const a = appearances[question.row];
  if (a.corrected) { return null; }
  const known = isCharacter(a.who);
  const other = a.second && membersOf(a.second).length && a.second !== a.who ? a.second : null;
  const says = (id) => () => { if (id in KINDS || mayJoin([a], membersOf(id))) { move([a], id); done(); } };
  const answers = known ? [button(`Yes, ${title(a.who)}`, says(a.who))] : [];
  if (other) { answers.push(button(known ? `No, ${title(other)}` : `It is ${title(other)}`, says(other))); }
  answers.push(button("Somebody new", () => { split([a]); done(); }), button("Not a face", says("not_a_face")), button("Skip", done));
  const beside = known ? a.who : other;
  return make("li", { class: "question" },
    make("p", {}, known ? `Is this ${title(a.who)}?` : "Who is this?"),
    make("div", { class: "pair" }, picture("face", "faces", a.first, `track ${a.track} at ${timeCode(a.start)}`), ...(beside && membersOf(beside).length ? [faceOf(beside)] : [])),
    make("div", { class: "answers" }, ...answers));
}

const ASK = { merge: mergeQuestion, track: trackQuestion, twice: twiceQuestion };

function drawReview() {
  const cards = [];
  const known = ({ kind, character, other_character: other }) => kind === "merge" && names.has(character) && names.has(other);
  [...sameNames(), ...data.review.filter((question) => !known(question))].forEach((question) => {
    const key = JSON.stringify(question);
    if (answered.has(key) || cards.length === MOST_QUESTIONS) { return; }
    const card = ASK[question.kind](question, () => { answered.add(key); draw(); });
    if (card) { cards.push(card); }
  });
  find("questions").replaceChildren(...cards);
  find("no-questions").hidden = cards.length > 0;
}

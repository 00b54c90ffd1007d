// What to look at first: questions whose answer saves most clicks.
const MOST_QUESTIONS = 12;
const answered = new Set();

function faceOf(id) { return picture("face", "faces", portraitOf(membersOf(id)).first, title(id)); }

function button(text, action) { return make("button", { type: "button", onclick: action }, text); }

function mergeQuestion(question, done) {
  const one = question.character, other = question.other_character;
  if (!membersOf(one).length || !membersOf(other).length) { return null; }
  const yes = () => { if (mayJoin(membersOf(one), membersOf(other))) { merge(other, one); done(); } };
  return make("li", { class: "question" },
    make("p", {}, `Are ${title(one)} and ${title(other)} one person?`),
    make("div", { class: "pair" }, faceOf(one), faceOf(other)),
    make("div", { class: "answers" }, button("Yes, merge", yes), button("No", () => { keepApart(one, other); done(); }), button("Skip", done)));
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

function drawReview() {
  const cards = [];
  data.review.forEach((question, index) => {
    if (answered.has(index) || cards.length === MOST_QUESTIONS) { return; }
    const done = () => { answered.add(index); draw(); };
    const card = question.kind === "merge" ? mergeQuestion(question, done) : trackQuestion(question, done);
    if (card) { cards.push(card); }
  });
  find("questions").replaceChildren(...cards);
  find("no-questions").hidden = cards.length > 0;
}

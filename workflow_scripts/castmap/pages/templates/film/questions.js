// A few questions that fix most mistakes, one at a time: the answer that saves most clicks comes first.
const NEAR = 5; // faces of a candidate that are shown
const SKIPPED = `castmap ${data.movie}: skipped questions`;
const skipped = new Set(readSkipped());
const BOUND = 0.02; // of the cast's screen time, that may be expected to be wrong
let bounding = false; // only the faces that it takes to get there are asked about

// A browser that keeps nothing for files asks again next time, and that is all.
function readSkipped() {
  try { return JSON.parse(localStorage.getItem(SKIPPED)) || []; } catch { return []; }
}
function skip(key) {
  skipped.add(key);
  try { localStorage.setItem(SKIPPED, JSON.stringify([...skipped])); } catch { /* see above */ }
  draw();
}

// What a question is about, by what stays when characters are numbered anew: when faces are seen.
function keyOf({ kind, row, other_row: other, character, other_character: second, name }) {
  const when = (r) => appearances[r].anchor.join(" ");
  const who = (id) => (id && membersOf(id).length ? when(portraitOf(membersOf(id)).row) : id);
  if (kind === "name") { return JSON.stringify([kind, who(character), name]); }
  return JSON.stringify(kind === "merge" ? [kind, who(character), who(second)] : [kind, when(row), other === null || other === undefined ? null : when(other)]);
}

const sayEffect = (members, verb = "moves") => `${verb} ${sayMany(members)}`;

// The faces of a character that are most like those asked about; without any, its surest.
function nearest(id, rows) {
  const near = (rows || []).map((row) => appearances[row]).filter((a) => a.who === id);
  const others = witnesses(membersOf(id)).filter((a) => !near.includes(a));
  return [...near, ...others].slice(0, NEAR);
}

// The key frame of an appearance's shot, and where the face is in it.
function scene(a) {
  const shot = shotAt(a.start), time = data.key_times[pictures()[shot]];
  const node = make("div", { class: "scene" }, frameOf(shot, `Shot ${shot}`));
  if (time >= a.start && time < a.end) {
    const [x, y, width, height] = placeAt(a, time), shape = data.width / data.height / (16 / 9);
    const [w, h] = [Math.min(1, shape), Math.min(1, 1 / shape)];
    const frame = make("i");
    Object.assign(frame.style, { left: `${50 - 50 * w + x * w / 10}%`, top: `${50 - 50 * h + y * h / 10}%`, width: `${width * w / 10}%`, height: `${height * h / 10}%` });
    node.append(frame);
  }
  return node;
}

function side(words, faces, more, id) {
  const node = make("section", { class: "side" }, make("h2", {}, words), make("small", {}, more), make("div", { class: "near" }, ...faces), scene(faces.a));
  node.style.setProperty("--c", colourOf(id));
  return node;
}

function sideOfTrack(a, words) {
  const faces = a.crops.map(([index, time]) => picture("face", "faces", index, `${words} at ${timeCode(time)}`));
  faces.a = a;
  return side(words, faces, `${timeCode(a.start)}, ${sayLength(a.end - a.start)}`, a.who);
}

function sideOfCharacter(id, rows) {
  const near = nearest(id, rows);
  const faces = near.map((a) => faceOf(a, `${title(id)} at ${timeCode(a.start)}`));
  faces.a = near[0];
  return side(title(id), faces, sayMany(membersOf(id)), id);
}

function mergeQuestion(question) {
  const { character: one, other_character: other } = question;
  const name = names.get(one), same = name !== undefined && name === names.get(other);
  const small = membersOf(other);
  return {
    text: same ? `Two characters are called ${name}. Are they one person?` : `Are ${title(one)} and ${title(other)} one person?`,
    sides: [sideOfCharacter(one, question.near), sideOfCharacter(other, question.other_near)],
    plays: [nearest(one, question.near)[0], nearest(other, question.other_near)[0]],
    answers: [
      ["Yes, merge", sayEffect(small), async () => { if (!await mayMerge(other, one)) { return false; } merge(other, one); return true; }],
      ["No, two people", "keeps them apart on every run", () => keepApart(one, other)],
    ],
  };
}

// One begins as the other ends, and they were taken for one person.
const wereTaken = ({ character, other_character: other }) => character === other && isCharacter(character);

// A mirror, a split screen, a picture: two faces of one frame that look like one person. Or one that begins as the other ends, which was taken for one person.
function twiceQuestion(question) {
  const one = appearances[question.row], other = appearances[question.other_row], taken = wereTaken(question);
  const moved = taken ? [] : isCharacter(one.who) && isCharacter(other.who) ? membersOf(other.who) : [isCharacter(one.who) ? other : one];
  return {
    text: "Are these two, seen at the same time, one person?",
    place: `About ${timeCode(Math.max(one.start, other.start))}. ${taken ? "They were taken for one: the second begins as the first ends." : "A mirror, a split screen or a picture can show somebody twice."}`,
    sides: [sideOfTrack(one, title(one.who)), sideOfTrack(other, title(other.who))],
    plays: [one, other],
    answers: [
      ["Yes, one person", taken ? "nothing moves" : sayEffect(moved), () => (taken ? move([other], one.who) : joinTwo(one, other))],
      ["No, two people", taken ? "takes them apart" : "keeps them apart on every run", () => keepTwoApart(one, other)],
    ],
  };
}

function trackQuestion(question) {
  const a = appearances[question.row];
  const somebody = isCharacter(a.who);
  const other = a.second && membersOf(a.second).length && a.second !== a.who ? a.second : null;
  const says = (id) => async () => { if (!(id in KINDS) && !await mayJoin([a], membersOf(id).filter((b) => b !== a))) { return false; } move([a], id); return true; };
  const answers = somebody ? [[`Yes, ${title(a.who)}`, "nothing moves", says(a.who)]] : [];
  if (other) { answers.push([somebody ? `No, ${title(other)}` : `It is ${title(other)}`, sayEffect([a]), says(other)]); }
  answers.push(["Someone new", sayEffect([a]), () => split([a])], ["Not a face", sayEffect([a], "takes out"), says("not_a_face")]);
  const candidates = [somebody ? a.who : null, other].filter((id) => id !== null && membersOf(id).some((b) => b !== a));
  const rowsNear = (id) => (id === question.character ? question.near : question.other_near);
  return {
    text: somebody ? `Is this ${title(a.who)}?` : "Who is this?",
    sides: [sideOfTrack(a, "This face"), ...candidates.map((id) => sideOfCharacter(id, (rowsNear(id) || []).filter((row) => row !== a.row)))],
    plays: [a, ...candidates.map((id) => nearest(id, rowsNear(id)).find((b) => b !== a)).filter(Boolean)],
    answers,
  };
}

// A name that known faces speak for, but not surely enough to be used.
function nameQuestion({ character: id, name }) {
  const said = proposal(id);
  const faces = said.names[0].known.map(([index, from]) => picture("face", "known", index, `${name}, ${from}`));
  const node = make("section", { class: "side" }, make("h2", {}, name), make("small", {}, said.names[0].known[0][1]), make("div", { class: "near" }, ...faces));
  const near = said.names[0].known.map(([, , row]) => row);
  return {
    text: `Is this ${name}?`,
    place: `${sayProbability(said.names[0].probability)} by the known faces.`,
    sides: [node, sideOfCharacter(id, [...new Set(near)])],
    plays: [nearest(id, near)[0]],
    answers: [
      [`Yes, ${name}`, `names ${sayMany(membersOf(id))}`, () => callThem(id, name)],
      ["Not this person", "is not proposed again", () => refuse(id, name)],
      ["Another name …", "type it", () => { openTab("faces"); lookAt(id); startNaming(id); return false; }],
    ],
  };
}

const ASK = { merge: mergeQuestion, track: trackQuestion, twice: twiceQuestion, name: nameQuestion };

// Whether it can still be asked, by its kind. A long film has thousands, of which one is drawn.
const IS_OPEN = {
  merge: ({ character: one, other_character: other }) => membersOf(one).length > 0 && membersOf(other).length > 0,
  track: ({ row }) => !appearances[row].corrected,
  twice: (question) => {
    const one = appearances[question.row], other = appearances[question.other_row];
    return !(one.corrected && other.corrected) && wereTaken(question) === (isCharacter(one.who) && one.who === other.who);
  },
  name: ({ character: id, name }) => proposal(id)?.names[0].name === name,
};

// Characters that were given one name, unless somebody said that they are two people.
function sameNames() {
  const said = [...data.journal.filter((r) => r.status !== "undone"), ...pending.flatMap((op) => op.rows.map((r) => ({ ...r, action: op.action })))];
  const apart = said.filter((r) => r.action === "different" && appearances[r.row] && appearances[r.other_row])
    .map((r) => [appearances[r.row].who, appearances[r.other_row].who].sort().join("|"));
  const named = cast().map((c) => c.id).filter((id) => names.has(id));
  return named.flatMap((one, i) => named.slice(i + 1)
    .filter((other) => names.get(one) === names.get(other) && !apart.includes([one, other].sort().join("|")))
    .map((other) => ({ kind: "merge", character: one, other_character: other })));
}

// The question whose an appearance is.
const whose = (a) => ({ kind: "track", row: a.row, other_row: null, character: a.who });

// Which appearances are to be looked at, most wrong time expected first, until no more than BOUND of the screen time is expected to be wrong; and the share that is now.
const doubtful = () => followsFrom("doubtful", () => {
  const shown = appearances.filter((a) => isCharacter(a.who));
  const wrong = (a) => (a.corrected || fresh().rows.has(a.row) || answered.has(keyOf(whose(a))) ? 0 : (1 - a.sure) * (a.end - a.start));
  const whole = shown.reduce((sum, a) => sum + a.end - a.start, 0) || 1;
  const ordered = shown.filter((a) => wrong(a) > 0).sort((a, b) => wrong(b) - wrong(a) || a.row - b.row);
  const expected = ordered.reduce((sum, a) => sum + wrong(a), 0);
  let left = expected;
  const some = ordered.filter((a) => { const needed = left > BOUND * whole; left -= needed ? wrong(a) : 0; return needed; });
  return { some, share: expected / whole };
});

function drawBound() {
  const { some, share } = doubtful(), n = some.length;
  if (!n && !bounding) { return make("p", { class: "bound" }, `About ${(100 * share).toFixed(1)} % of the screen time is expected to be somebody else's.`); }
  const turn = () => { bounding = !bounding; known = {}; lookAtQuestion(); };
  return make("p", { class: "bound" }, n ? `Looking at ${n} more ${n === 1 ? "face" : "faces"} bounds the share of wrong screen time at ${100 * BOUND} %. ` : `The expected share of wrong screen time is below ${100 * BOUND} %. `,
    button(bounding ? "All questions" : "Only these", turn, { id: "bounding" }));
}

// The questions that are left, and what each is known by.
const openQuestions = () => followsFrom("questions", () => {
  const distinct = ({ kind, character, other_character: other }) => kind === "merge" && names.has(character) && names.has(other);
  const all = bounding ? doubtful().some.map(whose) : [...sameNames(), ...data.review.filter((question) => !distinct(question))];
  return all.filter((question) => IS_OPEN[question.kind](question))
    .map((question) => ({ question, key: keyOf(question) })).filter(({ key }) => !answered.has(key));
});
// What was skipped stays skipped.
const toAsk = () => openQuestions().filter(({ key }) => !skipped.has(key));
function nextQuestion() {
  const [next] = toAsk();
  return next ? { ...ASK[next.question.kind](next.question), key: next.key } : null;
}

async function answer(index) {
  const asked = nextQuestion(), given = asked && asked.answers[index];
  if (!given) { return; }
  if (await given[2]() !== false) { answered.add(asked.key); known = {}; }
  lookAtQuestion();
}
const skipQuestion = () => { const asked = nextQuestion(); if (asked) { skip(asked.key); lookAtQuestion(); } };

// The film shows what is asked about.
function lookAtQuestion() {
  const asked = nextQuestion();
  goOn();
  if (asked && view.tab === "questions") { inspect(asked.plays[0]); }
}

function drawQuestions() {
  const asked = nextQuestion();
  if (!asked) {
    const again = skipped.size ? [button("Ask again what was skipped", () => { skipped.clear(); skip(""); })] : [];
    find("questions").replaceChildren(drawBound(), make("p", { class: "lead", id: "no-questions" }, "No questions left."), ...again);
    return;
  }
  const answers = asked.answers.map(([words, effect], i) => make("div", {}, button("", () => answer(i), { "aria-label": words })));
  answers.forEach((line, i) => { line.firstChild.append(make("kbd", {}, String(i + 1)), asked.answers[i][0]); line.append(make("small", {}, asked.answers[i][1])); });
  const more = make("div", {}, button("Skip", skipQuestion), " ", button(asked.plays.length > 1 ? "Play both" : "Play", () => playAll(asked.plays.slice(0, 2))));
  more.firstChild.prepend(make("kbd", {}, "0"));
  find("questions").replaceChildren(drawBound(), make("div", { class: "question" },
    make("div", {}, make("p", { class: "asked" }, asked.text), ...(asked.place ? [make("p", { class: "place" }, asked.place)] : []), make("div", { class: "answers" }, ...answers, more)),
    make("div", { class: "sides" }, ...asked.sides)));
}

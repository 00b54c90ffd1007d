// Who a character may be of the known people: the faces that speak for a name, and what the reader says of it.
const saidOf = (id, action) => [...unapplied, ...pending].filter((op) => op.action === action && appearances[op.rows[0].row].who === id);
const sayProbability = (p) => (p > 0.995 ? "over 99 %" : p < 0.01 ? "under 1 %" : `${Math.round(100 * p)} %`);

// What known faces say of a character that nobody has named: the names that are left, the most probable first.
function proposal(id) {
  const own = data.naming[id];
  if (!own || !membersOf(id).length || namings(id).length) { return null; }
  const refused = new Set(saidOf(id, "refuse").map((op) => op.rows[0].name));
  const left = own.names.filter((one) => !refused.has(one.name));
  return left.length ? { names: left, certain: own.status === "certain" && left[0] === own.names[0] } : null;
}

async function callThem(id, text) {
  rename(id, text);
  const other = namesakes(text).find((one) => one !== id);
  if (text && other) { await askOnePerson(other, id, `Two characters are called ${text}. One person?`); }
}

async function confirmName() {
  const id = view.who, said = proposal(id);
  if (!said) { return; }
  await callThem(id, said.names[0].name);
  draw();
}

// The character is not the person of that name, whatever the faces say.
function refuse(id, name) {
  say(() => {
    record("refuse", witnesses(membersOf(id)).map((a) => ({ ...of(a), name })), `said that ${title(id)} is not “${name}”`);
    if (names.get(id) === name) { names.delete(id); }
  });
}

function refuseName() {
  const id = view.who, said = proposal(id);
  if (said) { refuse(id, said.names[0].name); draw(); }
}

// Each known face above the face of the film that is most like it.
function knownFaces({ name, known: faces }, id) {
  return faces.map(([index, from, row]) => {
    const here = appearances[row].who === id ? appearances[row] : portraitOf(membersOf(id));
    return make("figure", { title: `${name}: ${from}; below it, the film at ${timeCode(here.start)}` },
      picture("face", "known", index, `${name}, ${from}`), faceOf(here, `${title(id)} at ${timeCode(here.start)}`));
  });
}

function drawProposal() {
  const id = view.who, said = proposal(id), pane = find("proposal");
  pane.hidden = !said;
  if (!said) { pane.replaceChildren(); return; }
  const [best, next] = said.names;
  const rest = next ? `else ${next.name}, ${sayProbability(next.probability)}` : "else nobody who is known";
  pane.replaceChildren(
    make("div", { class: "known" }, ...knownFaces(best, id)),
    make("div", {}, make("p", {}, make("b", {}, said.certain ? `By known faces: ${best.name}` : `Is this ${best.name}?`), ` ${sayProbability(best.probability)} `, make("small", {}, rest)),
      make("div", { class: "answers" }, ...[["Yes", "Y", confirmName], ["Not this person", "R", refuseName], ["Another name …", "A", () => startNaming(view.who)]].map(([words, key, act]) => {
        const node = button(words, act, { "aria-label": `${words} (${best.name})` });
        node.append(make("kbd", {}, key));
        return node;
      }))));
}

// What the page is drawn with: nodes, pictures, words, and a question that must be answered first.
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") { node.className = value; } else if (key.startsWith("on")) { node.addEventListener(key.slice(2), value); } else if (value !== null) { node.setAttribute(key, value); }
  }
  node.append(...children);
  return node;
}
const find = (id) => document.getElementById(id);
const tell = (text) => { find("said").textContent = text; find("said").title = text; };
const button = (text, action, attributes = {}) => make("button", { type: "button", onclick: action, ...attributes }, text);

function picture(kind, name, index, label) {
  const node = make("span", { class: `${kind} s-${name}`, role: label ? "img" : null, "aria-label": label || null, "aria-hidden": label ? null : "true" });
  const sprite = data.sprites[name];
  if (!sprite || index < 0 || index >= sprite.count) { node.className = kind; return node; }
  const across = 100 * (index % sprite.columns) / Math.max(sprite.columns - 1, 1);
  const down = 100 * Math.floor(index / sprite.columns) / Math.max(sprite.rows - 1, 1);
  node.style.backgroundPosition = `${across}% ${down}%`;
  return node;
}
const faceOf = (a, label = "") => picture("face", "faces", a.crops.length ? a.crops[0][0] : -1, label);
const portrait = (id, label = title(id)) => faceOf(portraitOf(membersOf(id)), label);

// A character keeps its colour whatever becomes of its place.
const colours = new Map();
function colourOf(id) {
  if (!isCharacter(id)) { return "var(--soft)"; }
  if (!colours.has(id)) { colours.set(id, data.colours[colours.size % data.colours.length]); }
  return colours.get(id);
}

const sayShare = (seconds) => `${Math.max(1, Math.round(100 * seconds / data.duration_s))} % of the film`;
const saySure = (a) => (a.corrected ? "corrected" : a.sure < data.unsure ? "unsure" : "sure");

function describe(a) {
  const span = `${timeCode(a.start, 3)} – ${timeCode(a.end, 3)}`;
  return [`${title(a.who)}  ${span}`, `${saySure(a)}, ${sayCount(a.faces, "face")}`, `shot ${shotAt(a.start)}, track ${a.track}, confidence ${a.sure.toFixed(2)}`];
}

// Ask before something that cannot be right, or must not be guessed. Answers with a letter or a number of their own, Esc for none.
function ask(text, faces, answers) {
  const dialog = find("ask");
  find("ask-text").textContent = text;
  find("ask-faces").replaceChildren(...faces.map(([node, words]) => make("figure", {}, node, words)));
  return new Promise((resolve) => {
    const done = (value) => { dialog.onclose = null; dialog.onkeydown = null; dialog.close(); resolve(value); };
    find("ask-answers").replaceChildren(...answers.map(([words, value], i) => {
      const node = button(words, () => done(value), { class: i ? "" : "main" });
      node.append(make("kbd", {}, String(i + 1)));
      return node;
    }));
    dialog.onkeydown = (event) => {
      event.stopPropagation();
      const answer = answers[Number(event.key) - 1];
      if (answer) { event.preventDefault(); done(answer[1]); }
    };
    dialog.onclose = () => { if (!dialog.open) { done(null); } }; // that the question before has closed is told late
    dialog.showModal();
  });
}

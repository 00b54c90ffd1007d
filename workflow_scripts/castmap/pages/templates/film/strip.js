// The cast: who there is, what they are called, and who is one person.
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\ufffe\uffff]/u; // as formats/names.py says
const LIKELY = 0.5;
let naming = null; // the character whose name is being typed

const anchorOf = (id) => `who-${id.replace(/[^A-Za-z0-9]/g, "-")}`;

function person({ id, members, seconds }) {
  const facts = isCharacter(id) ? `${sayLength(seconds)}, ${sayShare(seconds)}` : sayCount(members.length, "appearance");
  const words = make("span", { class: "words" }), proposed = isCharacter(id) ? proposal(id) : null;
  const said = proposed && proposed.names[0].probability >= LIKELY ? proposed : null; // what is less likely is shown with the faces
  if (naming === id) { words.append(nameField(id)); } else { words.append(make("b", {}, said && !names.has(id) ? `${said.names[0].name}?` : title(id))); }
  words.append(make("small", isFresh(id) ? { class: "fresh" } : {}, isFresh(id) ? `${sayLength(seconds)} · not yet applied` : said && !names.has(id) ? `${id} · ${sayLength(seconds)}` : facts));
  const node = make("div", { class: "person", id: anchorOf(id), role: "option", "data-id": id, "aria-label": `${title(id)}, ${facts}`, title: `${title(id)}: ${facts}${isCharacter(id) ? `. On screen for ${sayLength(seconds)}${saySpread(id)}` : ""}` }, portrait(id, ""), words);
  if (isCharacter(id)) { node.draggable = naming !== id; }
  node.classList.toggle("known", said !== null);
  node.classList.toggle("nameless", isCharacter(id) && !names.has(id));
  node.classList.toggle("nobody", !isCharacter(id));
  node.style.setProperty("--c", colourOf(id));
  return node;
}

function nameField(id) {
  const field = make("input", { type: "text", maxlength: data.longest_name, value: names.get(id) || "", "aria-label": `Name of ${title(id)}`, placeholder: "Name, Enter", autocomplete: "off", list: "known-names" });
  field.addEventListener("keydown", (event) => {
    if (takeBackByKey(event)) { return; }
    event.stopPropagation();
    if (event.key === "Enter") { event.preventDefault(); nameIs(id, field.value, true); }
    if (event.key === "Escape") { naming = null; drawStrip(); find("strip").focus(); }
  });
  field.addEventListener("blur", () => { if (naming === id) { nameIs(id, field.value, false); } });
  return field;
}

function startNaming(id) {
  if (!isCharacter(id)) { return; }
  naming = id;
  lookAt(id);
  const field = find("strip").querySelector("input");
  if (!field) { naming = null; return; } // it is filtered out
  field.focus();
  field.select();
}

// The next character without a name, after this one.
function nextNameless(after) {
  const ids = listed().map((c) => c.id).filter(isCharacter);
  const at = ids.indexOf(after) + 1;
  return [...ids.slice(at), ...ids.slice(0, at)].find((id) => !names.has(id) && id !== after);
}

async function nameIs(id, typed, goOn) {
  const text = typed.normalize("NFC").trim();
  if (HIDDEN.test(text)) {
    tell("A name cannot hold control characters or marks of text direction: type it again.");
    return;
  }
  naming = null;
  const next = goOn ? nextNameless(id) : null;
  if (text !== (names.get(id) || "")) {
    const certain = !text && proposal(id);
    if (certain && certain.certain) { refuse(id, names.get(id)); } else { await callThem(id, text); }
  }
  if (next && membersOf(next).length) { startNaming(next); } else { draw(); if (goOn) { find("strip").focus(); } }
}

const facesOf = (...ids) => ids.map((id) => [portrait(id, ""), `${title(id)}, ${sayMany(membersOf(id))}`]);

async function askOnePerson(one, other, text) {
  const met = metTogether(membersOf(one), membersOf(other));
  const answer = await ask(text + (met ? ` They are seen at the same time, first about ${met}.` : ""), facesOf(one, other), [["Yes, merge", "yes"], ["No, two people", "no"], ["Decide later", "later"]]);
  if (answer === "yes") { merge(other, one); lookAt(one); }
  if (answer === "no") { keepApart(one, other); }
  draw();
}

// Two faces seen at the same time are two people, unless one is a mirror's or a picture's: when that is first. Less than a frame is none: what was cut at two times of one frame was cut there.
function metTogether(some, others) {
  const pieces = (members) => { // of an appearance that was cut, only some may be seen with another
    const found = new Map();
    members.forEach((a) => found.set(a.found, [...(found.get(a.found) || []), a]));
    return found;
  };
  const here = pieces(some), there = pieces(others);
  const starts = data.cannot_links.flatMap(([a, b]) => [[a, b], [b, a]])
    .flatMap(([a, b]) => (here.get(a) || []).flatMap((one) => (there.get(b) || [])
      .filter((other) => Math.min(one.end, other.end) - Math.max(one.start, other.start) > data.frame_s - INSTANT_S).map((other) => Math.max(one.start, other.start))));
  return starts.length ? timeCode(starts[0]) : null;
}

async function mayJoin(some, others) {
  const time = metTogether(some, others);
  if (!time || !others.length) { return true; }
  const faces = [some, others].map((members) => [faceOf(portraitOf(members)), title(members[0].who)]);
  return await ask(`They are seen at the same time, first about ${time}. Are they one person nevertheless (a mirror, a picture)?`, faces, [["Yes, one person", true], ["No", false]]) === true;
}

// Two names are two people, until somebody says that they are not.
async function mayMerge(from, into) {
  const [one, other] = [names.get(from), names.get(into)];
  if (one !== undefined && other !== undefined && one !== other) {
    const sure = await ask(`They have two names, ${one} and ${other}. Are they one person nevertheless, called ${other}?`, facesOf(from, into), [["Yes, merge", true], ["No", false]]);
    if (!sure) { return false; }
  }
  return mayJoin(membersOf(from), membersOf(into));
}

async function mergeInto(from, into) {
  if (from !== into && isCharacter(from) && isCharacter(into) && await mayMerge(from, into)) {
    merge(from, into);
    lookAt(into);
  }
  draw();
}

const startMerging = () => {
  const from = view.who;
  if (isCharacter(from)) { pick(`Who is the same person as ${title(from)}?`, (id) => mergeInto(from, id)); }
};

let drawnStrip = []; // what the cast was drawn from

function drawStrip() {
  const strip = find("strip"), from = [known, naming, find("filter").value];
  if (from.some((part, i) => part !== drawnStrip[i])) {
    drawnStrip = from;
    const kept = [strip.scrollTop, strip.scrollLeft];
    strip.replaceChildren(...listed().map(person));
    [strip.scrollTop, strip.scrollLeft] = kept;
    find("known-names").replaceChildren(...[...knownNames()].sort().map((name) => make("option", { value: name })));
  }
  strip.setAttribute("aria-activedescendant", view.who ? anchorOf(view.who) : "");
  for (const node of strip.children) {
    const here = node.dataset.id === view.who;
    if (here && node.getAttribute("aria-selected") !== "true") { node.scrollIntoView({ block: "nearest", inline: "nearest" }); }
    node.setAttribute("aria-selected", String(here));
  }
  strip.classList.toggle("picking", view.pick !== null);
  find("pick").hidden = view.pick === null;
  find("pick-what").textContent = view.pick ? view.pick.words : "";
}

const knownNames = () => new Set([...data.known_people, ...names.values(), ...data.journal.filter((row) => row.name).map((row) => row.name)]);

// Up and down in the cast; while somebody is looked for, Enter takes who is looked at.
function stepPerson(step) {
  const ids = listed().map((c) => c.id);
  const at = ids.indexOf(view.who);
  const next = ids[Math.min(ids.length - 1, Math.max(0, at + step))];
  if (next) { lookAt(next); }
}

function wireStrip() {
  const strip = find("strip");
  strip.addEventListener("click", (event) => {
    const node = event.target.closest(".person");
    if (!node || event.target.closest("input")) { return; }
    const { id } = node.dataset;
    if (view.pick) { picked(id); } else if (event.target.closest(".face")) { startNaming(id); } else { lookAt(id); }
  });
  strip.addEventListener("keydown", (event) => {
    if (event.target !== strip) { return; }
    const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step) { event.preventDefault(); event.stopPropagation(); stepPerson(step); }
    if (event.key === "Enter") { if (view.pick) { picked(view.who); } else { startNaming(view.who); } }
  });
  strip.addEventListener("dragstart", (event) => {
    const node = event.target.closest(".person");
    if (node) { event.dataTransfer.setData("text/plain", `person ${node.dataset.id}`); event.dataTransfer.effectAllowed = "move"; }
  });
  const over = (event) => event.target.closest && event.target.closest(".person");
  strip.addEventListener("dragover", (event) => { if (over(event)) { event.preventDefault(); over(event).classList.add("over"); } });
  strip.addEventListener("dragleave", (event) => { if (over(event)) { over(event).classList.remove("over"); } });
  strip.addEventListener("drop", (event) => {
    const node = over(event);
    if (!node) { return; }
    event.preventDefault();
    const said = event.dataTransfer.getData("text/plain");
    node.classList.remove("over");
    if (said.startsWith("person ")) { mergeInto(said.slice(7), node.dataset.id); }
    if (said === "faces") { moveChosen(node.dataset.id); }
  });
  find("filter").addEventListener("input", draw);
  find("name-next").addEventListener("click", () => startNaming(names.has(view.who) || !isCharacter(view.who) ? nextNameless(view.who) || view.who : view.who));
}

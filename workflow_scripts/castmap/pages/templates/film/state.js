// What is known of the film, and what the reader says of it. Nothing here touches the page.
const data = JSON.parse(document.getElementById("data").textContent);
const KINDS = { background: "Background", uncertain: "Uncertain", not_a_face: "Not a face" };
const LABELS = ["name", "refuse"]; // they move no appearance
const WITNESSES = 3; // faces that stand for a character: if one of them turns out to be another's

const appearances = data.appearances;
const names = new Map(Object.entries(data.names));
const pending = []; // operations that are not saved yet
const unapplied = []; // operations that are saved and not yet part of what is shown
const past = [], future = []; // states of the page, to go back to and forward again
const answered = new Set(); // questions that are not asked again
let newCharacters = 0;

const isCharacter = (id) => !(id in KINDS);
const namesakes = (name) => [...names].filter(([, other]) => other === name).map(([id]) => id);

// Two characters may have one name: then their numbers tell them apart.
function title(id) {
  const name = names.get(id);
  return KINDS[id] || (name === undefined ? id : namesakes(name).length > 1 ? `${name} (${id})` : name);
}

// What follows from whose each appearance is, until that changes.
appearances.forEach((a) => {
  Object.assign(a, { was: a.who, found: a.row }); // these a part keeps that is cut off
  a.crops = a.times.map((time, i) => [a.first + i, time]);
});
let known = {};
function followsFrom(what, find) {
  if (!(what in known)) { known[what] = find(); }
  return known[what];
}
const membersOf = (id) => followsFrom("members", () => {
  const members = new Map();
  appearances.forEach((a) => { if (members.has(a.who)) { members.get(a.who).push(a); } else { members.set(a.who, [a]); } });
  return members;
}).get(id) || [];

function timeCode(seconds, decimals = 1) {
  const unit = 10 ** decimals;
  const total = Math.round(seconds * unit);
  const whole = Math.floor(total / unit);
  const pad = (number, width) => String(number).padStart(width, "0");
  const tail = decimals ? "." + pad(total % unit, decimals) : "";
  return `${Math.floor(whole / 3600)}:${pad(Math.floor(whole / 60) % 60, 2)}:${pad(whole % 60, 2)}${tail}`;
}

function union(spans) {
  const joined = [];
  for (const [start, end] of spans.slice().sort((a, b) => a[0] - b[0])) {
    const last = joined[joined.length - 1];
    if (last && start <= last[1]) { last[1] = Math.max(last[1], end); } else { joined.push([start, end]); }
  }
  return joined;
}
const spansOf = (members) => union(members.map((a) => a.seen));
const lengthOf = (spans) => spans.reduce((sum, [start, end]) => sum + end - start, 0);

function overlap(one, other) {
  let seconds = 0, i = 0, j = 0;
  while (i < one.length && j < other.length) {
    seconds += Math.max(0, Math.min(one[i][1], other[j][1]) - Math.max(one[i][0], other[j][0]));
    if (one[i][1] < other[j][1]) { i += 1; } else { j += 1; }
  }
  return seconds;
}

// Characters by screen time, then what is no character.
const cast = () => followsFrom("cast", () => {
  const listed = [...new Set(appearances.map((a) => a.who))].map((id) => {
    const members = membersOf(id);
    const spans = spansOf(members);
    return { id, members, spans, seconds: lengthOf(spans) };
  });
  listed.sort((a, b) => isCharacter(b.id) - isCharacter(a.id) || b.seconds - a.seconds || a.id.localeCompare(b.id));
  return listed;
});

// How long something lasts, as one says it (pages/layout.py says it the same way).
function sayLength(exact) {
  const seconds = Math.round(1000 * exact) / 1000;
  if (seconds < 9.95) { return `${seconds.toFixed(1)} s`; }
  if (Math.round(seconds) < 60) { return `${Math.round(seconds)} s`; }
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
const sayCount = (n, thing) => `${n} ${thing}${n === 1 ? "" : "s"}`;
const sayMany = (members) => `${sayCount(members.length, "appearance")}, ${sayLength(lengthOf(spansOf(members)))}`;

// Between which bounds a person's screen time is in 90 % of cases, as far as nothing was changed since.
function saySpread(id) {
  const spread = isFresh(id) ? undefined : data.screen_times[id];
  return spread === undefined ? "" : ` (${spread.map(sayLength).join(" to ")})`;
}

// What was said and is not yet part of what castmap found: rows, and the rows by which a name was given.
const fresh = () => followsFrom("fresh", () => {
  const rows = new Set(appearances.filter((a) => a.who !== a.was || a.cut).map((a) => a.row));
  const named = new Set();
  [...unapplied, ...pending].forEach((op) => op.rows.forEach((row) => (LABELS.includes(op.action) ? named : rows).add(row.row)));
  return { rows, named };
});
const isFresh = (id) => membersOf(id).some((a) => fresh().rows.has(a.row) || fresh().named.has(a.row));

// The appearances that are most likely right.
function witnesses(members, most = WITNESSES) {
  return members.slice().sort((a, b) => b.sure - a.sure || b.faces - a.faces || a.track - b.track).slice(0, most);
}

// The face to know a character by: a clear one of an appearance that is likely right, if there is a picture of it.
const worth = (a) => (a.crops.length ? a.sure * a.clear : 0);
const portraitOf = (members) => members.reduce((a, b) => (worth(b) > worth(a) ? b : a));

const state = () => ({ appearances: [...appearances], who: appearances.map((a) => a.who), shots: data.shots, cuts: data.cuts, graduals: data.graduals, names: [...names], pending: [...pending], answered: [...answered], newCharacters });

function restore(kept) {
  appearances.length = 0;
  kept.appearances.forEach((a, row) => { appearances.push(a); a.who = kept.who[row]; });
  for (const part of ["shots", "cuts", "graduals"]) { data[part] = kept[part]; }
  names.clear();
  kept.names.forEach(([id, name]) => names.set(id, name));
  pending.splice(0, pending.length, ...kept.pending);
  answered.clear();
  kept.answered.forEach((question) => answered.add(question));
  newCharacters = kept.newCharacters;
  known = {};
}

// One thing that the reader does; it is taken back as a whole.
function say(change) {
  past.push(state());
  future.length = 0;
  change();
  known = {};
}

function takeBack() {
  if (past.length) { future.push(state()); restore(past.pop()); }
}

function sayAgain() {
  if (future.length) { past.push(state()); restore(future.pop()); }
}

function record(action, rows, what) {
  const numbers = [data.last_operation, ...pending.map((op) => op.operation)];
  pending.push({ operation: Math.max(...numbers) + 1, made_at: new Date().toISOString().slice(0, 19) + "Z", action, rows, what });
}

const of = (a, other = null) => ({ face: a.anchor, row: a.row, other: other && other.anchor, other_row: other && other.row });

const pairs = (some, others) =>
  Array.from({ length: Math.max(some.length, others.length) }, (_, i) =>
    of(some[Math.min(i, some.length - 1)], others[Math.min(i, others.length - 1)]));

function join(from, into, rows) {
  say(() => {
    record("merge", rows, `merged ${title(from)} with ${title(into)}`);
    membersOf(from).forEach((a) => { a.who = into; });
    if (names.has(from) && !names.has(into)) { names.set(into, names.get(from)); }
    names.delete(from);
  });
}

function merge(from, into) {
  join(from, into, pairs(witnesses(membersOf(from)), witnesses(membersOf(into))));
}

// Two appearances seen at the same time are one person: so are their characters, if they are somebody's.
function joinTwo(one, other) {
  if (isCharacter(one.who) && isCharacter(other.who)) { join(other.who, one.who, [of(other, one)]); return; }
  const [known, loose] = isCharacter(one.who) ? [one, other] : [other, one];
  say(() => {
    const both = isCharacter(known.who);
    record(both ? "move" : "merge", [of(loose, known)], `said that the face seen at ${timeCode(loose.start)} ${both ? `is ${title(known.who)}` : "is in the picture twice"}`);
    if (!both) { newCharacters += 1; known.who = `New ${newCharacters}`; }
    loose.who = known.who;
  });
}

function keepApart(one, other) {
  say(() => record("different", pairs(witnesses(membersOf(one)), witnesses(membersOf(other))), `said that ${title(one)} and ${title(other)} are two people`));
}

function keepTwoApart(one, other) {
  say(() => record("different", [of(one, other)], `said that the faces seen at ${timeCode(one.start)} and ${timeCode(other.start)} are two people`));
}

const these = (chosen) => (chosen.length === 1 ? `the face seen at ${timeCode(chosen[0].start)}` : `${chosen.length} appearances`);

function move(chosen, id) {
  if (id in KINDS) {
    say(() => {
      record(id, chosen.map((a) => of(a)), id === "not_a_face" ? `said that ${these(chosen)} is not a face` : `moved ${these(chosen)} to the background`);
      chosen.forEach((a) => { a.who = id; });
    });
    return;
  }
  const others = membersOf(id).filter((a) => !chosen.includes(a));
  const there = witnesses(others.length ? others : membersOf(id));
  const rows = chosen.flatMap((a) => there.filter((other) => other !== a).map((other) => of(a, other)));
  if (!rows.length) { return; }
  say(() => {
    record("move", rows, `moved ${these(chosen)} to ${title(id)}`);
    chosen.forEach((a) => { a.who = id; });
  });
}

function split(chosen) {
  say(() => {
    newCharacters += 1;
    const id = `New ${newCharacters}`;
    const rows = chosen.map((a) => {
      const left = isCharacter(a.who) ? membersOf(a.who).filter((b) => !chosen.includes(b)) : [];
      return of(a, left.length ? witnesses(left)[0] : null);
    });
    record("split", rows, `made ${these(chosen)} a new character`);
    chosen.forEach((a) => { a.who = id; });
  });
}

// The operations that call a character something, in order: number, name, and rows of appearances.
function namings(id) {
  const found = new Map();
  const add = (operation, name, row) => {
    if (!found.has(operation)) { found.set(operation, { operation, name, rows: [] }); }
    if (row !== null) { found.get(operation).rows.push(row); }
  };
  data.journal.filter((r) => r.action === "name" && r.status !== "undone").forEach((r) => add(r.operation, r.name, r.row));
  pending.filter((op) => op.action === "name").forEach((op) => op.rows.forEach((r) => add(op.operation, r.name, r.row)));
  pending.filter((op) => op.action === "undo").forEach((op) => found.delete(op.rows[0].undoes));
  const inside = (naming) => naming.rows.filter((row) => appearances[row].who === id).length;
  return [...found.values()].filter((naming) => inside(naming) > 0 && 2 * inside(naming) >= naming.rows.length);
}

// A name is a label. A new one takes the place of those before, and an empty one only takes them back.
function rename(id, name) {
  say(() => {
    namings(id).forEach((naming) => record("undo", [{ undoes: naming.operation }], `removed the name “${naming.name}”`));
    names.delete(id);
    if (!name) { return; }
    record("name", witnesses(membersOf(id)).map((a) => ({ ...of(a), name })), `named ${title(id)} “${name}”`);
    names.set(id, name);
  });
}

function undo(operation) {
  const first = data.journal.find((r) => r.operation === operation);
  const named = [...names.keys()].find((id) => namings(id).some((naming) => naming.operation === operation));
  say(() => {
    record("undo", [{ undoes: operation }], `undid ${operation}: ${first.what}`);
    if (named === undefined) { return; }
    const left = namings(named).pop();
    if (left) { names.set(named, left.name); } else { names.delete(named); }
  });
}

// Rows of the corrections file, as docs/corrections.md says; a spreadsheet runs none of them.
function csvRows(operations) {
  const cell = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const harmless = (text) => (/^'*[=+\-@\t\r]/.test(text) ? "'" + text : text);
  const face = (anchor) => Array.from({ length: 5 }, (_, i) => (anchor && i < anchor.length ? anchor[i].toFixed(6) : "")); // a boundary has no box
  return operations.flatMap((op) => op.rows.map((row) => [
    op.operation, op.made_at, op.action, ...face(row.face), ...face(row.other),
    cell(harmless(row.name || "")), row.undoes || "",
  ].join(",") + "\n")).join("");
}

function csvFile() {
  const text = data.journal_text;
  const before = !text || text.endsWith("\n") ? text : text + "\n";
  return (before || data.header + "\n") + csvRows(pending);
}

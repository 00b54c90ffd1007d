// What is known of the film, and what the reader says of it. Nothing here touches the page.
const data = JSON.parse(document.getElementById("data").textContent);
const KINDS = { background: "Background", uncertain: "Uncertain", not_a_face: "Not a face" };
const WITNESSES = 3; // faces that stand for a character: if one of them turns out to be another's

const appearances = data.appearances;
const names = new Map(Object.entries(data.names));
const pending = []; // operations that are not saved yet
let newCharacters = 0;

const isCharacter = (id) => !(id in KINDS);
const title = (id) => KINDS[id] || names.get(id) || id;
const membersOf = (id) => appearances.filter((a) => a.who === id);

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
const spansOf = (id) => union(membersOf(id).map((a) => [a.start, a.end]));
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
function cast() {
  const ids = [...new Set(appearances.map((a) => a.who))];
  const listed = ids.map((id) => {
    const members = membersOf(id);
    const spans = spansOf(id);
    const sure = members.reduce((sum, a) => sum + a.sure, 0) / members.length;
    return { id, members, spans, seconds: lengthOf(spans), sure };
  });
  listed.sort((a, b) => isCharacter(b.id) - isCharacter(a.id) || b.seconds - a.seconds || a.id.localeCompare(b.id));
  return listed;
}

// The appearances that are most likely right.
function witnesses(members) {
  return members.slice().sort((a, b) => b.sure - a.sure || b.faces - a.faces || a.track - b.track).slice(0, WITNESSES);
}

// The face to know a character by: a clear one of an appearance that is likely right.
const portraitOf = (members) => members.reduce((a, b) => (b.sure * b.clear > a.sure * a.clear ? b : a));

function record(action, rows, change) {
  const before = { who: appearances.map((a) => a.who), names: new Map(names) };
  const numbers = [data.last_operation, ...pending.map((op) => op.operation)];
  pending.push({
    operation: Math.max(...numbers) + 1,
    made_at: new Date().toISOString().slice(0, 19) + "Z",
    action, rows, before,
  });
  change();
}

function takeBack() {
  const operation = pending.pop();
  appearances.forEach((a, row) => { a.who = operation.before.who[row]; });
  names.clear();
  operation.before.names.forEach((name, id) => names.set(id, name));
}

const pairs = (some, others) =>
  Array.from({ length: Math.max(some.length, others.length) }, (_, i) => ({
    face: some[Math.min(i, some.length - 1)].anchor,
    other: others[Math.min(i, others.length - 1)].anchor,
  }));

function merge(from, into) {
  const rows = pairs(witnesses(membersOf(from)), witnesses(membersOf(into)));
  record("merge", rows, () => {
    membersOf(from).forEach((a) => { a.who = into; });
    if (names.has(from) && !names.has(into)) { names.set(into, names.get(from)); }
    names.delete(from);
  });
}

function keepApart(one, other) {
  record("different", pairs(witnesses(membersOf(one)), witnesses(membersOf(other))), () => {});
}

function keepTwoApart(one, other) {
  record("different", [{ face: one.anchor, other: other.anchor }], () => {});
}

function move(chosen, id) {
  if (id in KINDS) {
    record(id, chosen.map((a) => ({ face: a.anchor })), () => chosen.forEach((a) => { a.who = id; }));
    return;
  }
  const others = membersOf(id).filter((a) => !chosen.includes(a));
  const there = witnesses(others.length ? others : membersOf(id));
  const rows = chosen.flatMap((a) =>
    there.filter((other) => other !== a).map((other) => ({ face: a.anchor, other: other.anchor })));
  if (!rows.length) { return; }
  record("move", rows, () => chosen.forEach((a) => { a.who = id; }));
}

function split(chosen) {
  newCharacters += 1;
  const id = `New ${newCharacters}`;
  const rows = chosen.map((a) => {
    const left = isCharacter(a.who) ? membersOf(a.who).filter((b) => !chosen.includes(b)) : [];
    return { face: a.anchor, other: left.length ? witnesses(left)[0].anchor : null };
  });
  record("split", rows, () => chosen.forEach((a) => { a.who = id; }));
  return id;
}

function rename(id, name) {
  const rows = witnesses(membersOf(id)).map((a) => ({ face: a.anchor, name }));
  record("name", rows, () => names.set(id, name));
}

function undo(operation) {
  record("undo", [{ undoes: operation }], () => {});
}

// Rows of the corrections file, as docs/corrections.md says; a spreadsheet runs none of them.
function csvRows(operations) {
  const cell = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const harmless = (text) => (/^'*[=+\-@\t\r]/.test(text) ? "'" + text : text);
  const face = (anchor) => (anchor ? anchor.map((value) => value.toFixed(6)) : ["", "", "", "", ""]);
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

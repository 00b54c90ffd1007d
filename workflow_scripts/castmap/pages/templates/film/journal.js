// What was said, whether it holds, undo, and saving: as a file, or by `castmap review`.
const STATUSES = { held: "applied", undone: "undone", unmatched: "not found", superseded: "replaced", not_held: "not applied" };
const OF_SHOTS = ["cut_shot", "join_shots"];
const WORDS = { merge: "merged", move: "moved", split: "made a new character", different: "two people", not_a_face: "not a face", background: "background", name: "named", refuse: "not that person", cut_track: "cut in two", cut_shot: "a shot begins", join_shots: "no shot begins", undo: "undone" };

// What leads to the face that a correction is about, if one is there, or to the boundary.
function placeOf(op) {
  const first = op.rows ? op.rows[0] : op;
  if (appearances[first.row]) { return () => inspect(appearances[first.row]); }
  if (!OF_SHOTS.includes(op.action)) { return null; }
  return () => { showTime(op.rows ? first.face[0] : op.time_s); keepInSight(view.time); draw(); };
}

function entry(op, status, reason, undoIt) {
  const said = make("span", {}, make("b", {}, `${op.operation}.`), ` ${op.what} `, make("small", {}, op.made_at.replace("T", " ").replace("Z", "")));
  const line = make("li", {}, said, make("span", { class: `status ${status}` }, STATUSES[status] || status), make("small", {}, reason));
  const show = placeOf(op);
  if (show) { line.append(button("Show", show, { "aria-label": `Show ${op.operation}` })); }
  if (undoIt) { line.append(make("button", { type: "button", "aria-label": `Undo ${op.operation}, ${WORDS[op.action]}`, onclick: undoIt }, "Undo")); }
  return line;
}

// An operation is as well off as its worst row; a name, which one face carries, as its best.
function statusOf(rows) {
  const worst = ["held", "undone", "superseded", "unmatched", "not_held"];
  const ranked = rows.slice().sort((a, b) => worst.indexOf(a.status) - worst.indexOf(b.status));
  return rows[0].action === "name" ? ranked[0] : ranked.pop();
}

function drawJournal() {
  const groups = new Map();
  data.journal.forEach((row) => groups.set(row.operation, [...(groups.get(row.operation) || []), row]));
  const undone = new Set(pending.filter((op) => op.action === "undo").map((op) => op.rows[0].undoes));
  const saved = [...groups.values()].map((rows) => {
    const { operation } = rows[0], { status, reason } = statusOf(rows);
    const mayUndo = status !== "undone" && !undone.has(operation);
    return entry(rows[0], status, reason, mayUndo ? () => { undo(operation); draw(); } : null);
  });
  const waiting = unapplied.map((op) => entry(op, "saved, not yet applied", "", null));
  const unsaved = pending.map((op, i) => entry(op, "not saved", op.action === "undo" ? "when applied" : "", i === pending.length - 1 ? () => goBack(takeBack) : null));
  find("journal").replaceChildren(...saved, ...waiting, ...unsaved);
  find("journal-empty").hidden = find("journal").childElementCount > 0;
  find("faults").replaceChildren(...data.faults.map((fault) => make("li", {}, fault)));
  find("faults").hidden = data.faults.length === 0;
}

function drawSaveBar() {
  const n = pending.length, served = location.protocol !== "file:";
  find("save-bar").hidden = !n && !future.length && !unapplied.length;
  find("unsaved").textContent = n || !unapplied.length ? `${sayCount(n, "correction")} not saved` : "Saved, not yet applied";
  find("undo").disabled = !past.length;
  find("redo").disabled = !future.length;
  find("apply").hidden = !served || (!n && !unapplied.length);
  find("apply").textContent = n ? "Save and apply" : "Apply";
  find("download").hidden = !n && !unapplied.length;
}

function download() {
  const file = new Blob([csvFile()], { type: "text/csv" });
  const link = make("a", { href: URL.createObjectURL(file), download: `${data.movie}.csv` });
  link.click();
  URL.revokeObjectURL(link.href);
  tell(`Put the file into resources/corrections/ and run castmap again.`);
}

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", body, headers: { "Content-Type": "text/csv" } });
  const text = await answer.text();
  if (!answer.ok) { throw new Error(text || answer.statusText); }
  return text;
}

async function save() {
  tell("Saving …");
  await post("../corrections", csvRows(pending));
  data.journal_text = csvFile();
  data.last_operation = Math.max(...pending.map((op) => op.operation));
  unapplied.push(...pending);
  [pending, past, future].forEach((list) => { list.length = 0; });
  known = {};
}

async function saveAndApply() {
  find("apply").disabled = true;
  try {
    if (pending.length) { await save(); }
    tell("Saved. Applying: characters are found again …");
    await post("../apply", "");
    location.reload(); // the address holds the place
  } catch (error) {
    tell(error.message);
    draw();
  }
  find("apply").disabled = false;
}

// What was said is taken back, or said again; in a field whose text was changed, that is the browser's.
function takeBackByKey(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z") { return false; }
  const field = event.target;
  if (/^(text|search)$/.test(field.type) && field.value !== field.defaultValue) { return false; }
  event.preventDefault();
  event.stopPropagation();
  goBack(event.shiftKey ? sayAgain : takeBack);
  return true;
}

function goBack(change) {
  naming = null;
  change();
  chosen.clear();
  lookAtQuestion();
}

function wireJournal() {
  find("download").addEventListener("click", download);
  find("apply").addEventListener("click", saveAndApply);
  find("undo").addEventListener("click", () => goBack(takeBack));
  find("redo").addEventListener("click", () => goBack(sayAgain));
  addEventListener("beforeunload", (event) => { if (pending.length) { event.preventDefault(); } });
}

// What was said, whether it holds, undo, and saving: as a file, or by `castmap review`.
const STATUSES = { held: "holds", undone: "undone", unmatched: "waits", superseded: "overruled", not_held: "does not hold" };
const WORDS = { merge: "merged", move: "moved", split: "made a new character", different: "two people", not_a_face: "not a face", background: "background", name: "named", undo: "undone" };

const unapplied = []; // operations that are saved and not yet part of what is shown

function entry(op, status, reason, undoIt) {
  const said = make("span", {}, make("b", {}, `${op.operation}.`), ` ${op.what} `, make("small", {}, op.made_at.replace("T", " ").replace("Z", "")));
  const line = make("li", {}, said, make("span", { class: `status ${status}` }, STATUSES[status] || status), make("small", {}, reason));
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
  const waiting = unapplied.map((op) => entry(op, "saved, not applied", "", null));
  const unsaved = pending.map((op, i) => entry(op, "not saved", op.action === "undo" ? "when applied" : "", i === pending.length - 1 ? () => { takeBack(); draw(); } : null));
  find("journal").replaceChildren(...saved, ...waiting, ...unsaved);
  find("journal-empty").hidden = find("journal").childElementCount > 0;
  find("faults").replaceChildren(...data.faults.map((fault) => make("li", {}, fault)));
  find("faults").hidden = data.faults.length === 0;
  drawSaveBar();
}

function drawSaveBar() {
  const n = pending.length, served = location.protocol !== "file:";
  find("save-bar").hidden = !n && !future.length && !unapplied.length;
  find("unsaved").textContent = n || !unapplied.length ? `${n} correction${n === 1 ? "" : "s"} not saved` : "Saved, but not applied";
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

const tell = (text) => { find("said").textContent = text; };

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
}

async function saveAndApply() {
  find("apply").disabled = true;
  try {
    if (pending.length) { await save(); }
    tell("Saved. Applying: characters are found again …");
    await post("../apply", "");
    location.reload();
  } catch (error) {
    tell(error.message);
    draw();
  }
  find("apply").disabled = false;
}

// In a field whose text was changed, the keys take back what was typed there.
function takeBackByKey(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z") { return; }
  const field = event.target;
  if (/^(text|search)$/.test(field.type) && field.value !== field.defaultValue) { return; }
  event.preventDefault();
  (event.shiftKey ? sayAgain : takeBack)();
  draw();
}

function wireJournal() {
  find("download").addEventListener("click", download);
  find("apply").addEventListener("click", saveAndApply);
  find("undo").addEventListener("click", () => { takeBack(); draw(); });
  find("redo").addEventListener("click", () => { sayAgain(); draw(); });
  addEventListener("keydown", takeBackByKey);
  addEventListener("beforeunload", (event) => { if (pending.length) { event.preventDefault(); } });
}

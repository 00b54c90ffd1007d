// What was said, whether it holds, undo, and saving: as a file, or by `castmap review`.
const STATUSES = { held: "holds", undone: "undone", unmatched: "waits", superseded: "overruled", not_held: "does not hold" };
const WORDS = { merge: "merged", move: "moved", split: "made a new character", different: "two people", not_a_face: "not a face", background: "background", name: "named", undo: "undone" };

function entry(number, action, when, status, reason, undoIt) {
  const said = make("span", {}, make("b", {}, `${number}. ${WORDS[action]}`), ` ${when.replace("T", " ").replace("Z", "")}`);
  const line = make("li", {}, said, make("span", { class: `status ${status}` }, STATUSES[status] || status), make("small", {}, reason));
  if (undoIt) { line.append(make("button", { type: "button", "aria-label": `Undo ${number}, ${WORDS[action]}`, onclick: undoIt }, "Undo")); }
  return line;
}

function drawJournal() {
  const groups = new Map();
  data.journal.forEach((row) => groups.set(row.operation, [...(groups.get(row.operation) || []), row]));
  const worst = ["held", "undone", "superseded", "unmatched", "not_held"];
  const saved = [...groups.values()].map((rows) => {
    const [first] = rows;
    const row = rows.reduce((a, b) => (worst.indexOf(b.status) > worst.indexOf(a.status) ? b : a));
    const of = first.name ? `“${first.name}” ` : (first.undoes ? `operation ${first.undoes} ` : "");
    const mayUndo = row.status !== "undone" && !pending.some((op) => op.action === "undo" && op.rows[0].undoes === first.operation);
    return entry(first.operation, first.action, first.made_at, row.status, of + row.reason, mayUndo ? () => { undo(first.operation); draw(); } : null);
  });
  const unsaved = pending.map((op, i) => entry(op.operation, op.action, op.made_at, "not saved", op.rows[0].name || (op.rows[0].undoes ? `operation ${op.rows[0].undoes}, when applied` : ""), i === pending.length - 1 ? () => { takeBack(); draw(); } : null));
  find("journal").replaceChildren(...saved, ...unsaved);
  find("journal-empty").hidden = saved.length + unsaved.length > 0;
  find("faults").replaceChildren(...data.faults.map((fault) => make("li", {}, fault)));
  find("faults").hidden = data.faults.length === 0;
  const n = pending.length;
  find("save-bar").hidden = n === 0;
  find("unsaved").textContent = `${n} correction${n === 1 ? "" : "s"} not saved`;
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

async function saveAndApply() {
  find("apply").disabled = true;
  try {
    tell("Saving …");
    await post("../corrections", csvRows(pending));
    pending.length = 0;
    tell("Saved. Applying: the characters are found anew …");
    await post("../apply", "");
    location.reload();
  } catch (error) {
    tell(error.message);
    find("apply").disabled = false;
  }
}

function wireJournal() {
  const served = location.protocol !== "file:";
  find("apply").hidden = !served;
  find("download").addEventListener("click", download);
  find("apply").addEventListener("click", saveAndApply);
  find("undo").addEventListener("click", () => { takeBack(); draw(); });
  addEventListener("beforeunload", (event) => { if (pending.length) { event.preventDefault(); } });
}

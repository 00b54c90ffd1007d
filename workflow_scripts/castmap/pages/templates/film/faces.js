// Every face of the character that is looked at. Only those in sight are in the page.
const TILE_W = 74, TILE_H = 88;
let lastClicked = null; // the other end of a range

function ordered() {
  const members = membersOf(view.who).slice();
  return find("order").value === "time" ? inTime(members) : members.sort((a, b) => b.sure - a.sure || a.start - b.start);
}
const columns = () => Math.max(1, Math.floor(find("tiles").clientWidth / TILE_W));

function tile(a, place, across) {
  const node = make("div", { class: "tile", role: "option", id: `face-${a.row}`, "data-row": a.row, draggable: "true", "aria-selected": String(chosen.has(a.row)), "aria-label": describe(a).join(", ") }, faceOf(a), timeCode(a.start));
  node.style.left = `${TILE_W * (place % across)}px`;
  node.style.top = `${TILE_H * Math.floor(place / across)}px`;
  node.style.setProperty("--sure", a.sure);
  node.classList.toggle("corrected", a.corrected);
  node.classList.toggle("new", fresh().rows.has(a.row));
  node.classList.toggle("at", a.row === view.row);
  return node;
}

function drawTiles() {
  const all = ordered(), across = columns(), scroll = find("tiles");
  const first = Math.max(0, Math.floor(scroll.scrollTop / TILE_H) - 1) * across;
  const last = (Math.ceil((scroll.scrollTop + scroll.clientHeight) / TILE_H) + 1) * across;
  const sheet = scroll.firstElementChild;
  sheet.style.height = `${Math.ceil(all.length / across) * TILE_H}px`;
  sheet.replaceChildren(...all.slice(first, last).map((a, i) => tile(a, first + i, across)));
  if (current()) { scroll.setAttribute("aria-activedescendant", `face-${view.row}`); }
}

function drawFaces() {
  const members = membersOf(view.who), n = chosen.size;
  find("whose").textContent = `${title(view.who)}: ${sayMany(members)}${saySpread(view.who)}`;
  find("chosen").textContent = n ? `${n} chosen` : "Click wrong faces (Shift: a range), then say what they are:";
  for (const id of ["move", "new", "not-a-face", "background", "clear"]) { find(id).disabled = !n; }
  find("different").disabled = n !== 2;
  find("merge").disabled = !isCharacter(view.who);
  drawProposal();
  drawTiles();
}

function scrollToFace() {
  const place = ordered().findIndex((a) => a.row === view.row), scroll = find("tiles");
  if (place < 0) { return; }
  const top = TILE_H * Math.floor(place / columns());
  if (top < scroll.scrollTop) { scroll.scrollTop = top; }
  if (top + TILE_H > scroll.scrollTop + scroll.clientHeight) { scroll.scrollTop = top + TILE_H - scroll.clientHeight; }
}

function choose(row, range) {
  const rows = ordered().map((a) => a.row);
  if (range && rows.includes(lastClicked)) {
    const [from, to] = [rows.indexOf(lastClicked), rows.indexOf(row)].sort((a, b) => a - b);
    rows.slice(from, to + 1).forEach((r) => chosen.add(r));
  } else if (chosen.has(row)) { chosen.delete(row); } else { chosen.add(row); }
  lastClicked = row;
}

// Say something of the chosen faces; then the next of the same character is looked at.
async function correct(change) {
  const some = [...chosen].map((row) => appearances[row]);
  if (!some.length) { return; }
  if (await change(some) !== false) { chosen.clear(); }
  goOn();
}

// After a change: whoever was looked at, if anything is left of them.
function goOn() {
  if (!membersOf(view.who).length) { view.who = current() ? current().who : cast()[0].id; }
  if (!current() || current().who !== view.who) { view.row = portraitOf(membersOf(view.who)).row; }
  draw();
}

const moveChosen = (id) => correct(async (some) => (id in KINDS || await mayJoin(some, membersOf(id)) ? move(some, id) : false));
const startMoving = () => { if (chosen.size) { pick(`Who ${chosen.size === 1 ? "is this" : "are these"}?`, moveChosen); } };
const someoneNew = () => correct((some) => split(some));
const notAFace = () => correct((some) => move(some, "not_a_face"));
const toBackground = () => correct((some) => move(some, "background"));
const twoPeople = () => { if (chosen.size === 2) { correct(([one, other]) => keepTwoApart(one, other)); } };

function wireFaces() {
  const scroll = find("tiles");
  scroll.addEventListener("scroll", drawTiles);
  scroll.addEventListener("click", (event) => {
    const node = event.target.closest(".tile");
    if (!node) { return; }
    const row = Number(node.dataset.row);
    if (event.shiftKey) { getSelection().removeAllRanges(); }
    choose(row, event.shiftKey);
      inspect(appearances[row]);
    scroll.focus({ preventScroll: true });
  });
  scroll.addEventListener("dblclick", (event) => {
    const node = event.target.closest(".tile");
    if (node) { playAll([appearances[node.dataset.row]]); }
  });
  scroll.addEventListener("dragstart", (event) => {
    const node = event.target.closest(".tile");
    if (!node) { return; }
    chosen.add(Number(node.dataset.row));
    event.dataTransfer.setData("text/plain", "faces");
  });
  scroll.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns(), ArrowUp: -columns() }[event.key];
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      event.stopPropagation();
      choose(view.row, false);
      drawFaces();
    }
    if (!step) { return; }
    event.preventDefault();
    event.stopPropagation();
    const all = ordered(), at = all.findIndex((a) => a.row === view.row);
    const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
    if (event.shiftKey) { chosen.add(view.row); lastClicked = view.row; choose(next.row, true); }
      inspect(next);
    scrollToFace();
  });
  find("order").addEventListener("change", drawFaces);
  find("move").addEventListener("click", startMoving);
  find("new").addEventListener("click", someoneNew);
  find("not-a-face").addEventListener("click", notAFace);
  find("background").addEventListener("click", toBackground);
  find("different").addEventListener("click", twoPeople);
  find("merge").addEventListener("click", startMerging);
  find("clear").addEventListener("click", () => { chosen.clear(); drawFaces(); });
}

// Draw what is in sight again after each change; keys; print.
const DRAW = { faces: drawFaces, questions: drawQuestions, together: drawTogether, corrections: drawJournal, shots: drawShots, about: () => {} };

function keepFocus(redraw) {
  const here = document.activeElement;
  const name = here && here !== document.body ? here.getAttribute("aria-label") : null;
  redraw();
  if (!name || document.activeElement !== document.body) { return; }
  const again = [...document.querySelectorAll("#main [aria-label]")].find((node) => node.getAttribute("aria-label") === name);
  if (again) { again.focus({ preventScroll: true }); }
}

function draw() {
  keepFocus(() => {
    drawTabs();
    drawStrip();
    drawTimeline();
    drawFilm();
    DRAW[view.tab]();
    if (view.tab === "faces") { scrollToFace(); }
    drawSaveBar();
    find("n-questions").textContent = toAsk().length || "";
    find("n-corrections").textContent = new Set([...data.journal, ...unapplied, ...pending].map((row) => row.operation)).size || "";
  });
  remember();
}

const KEYS = {
  n: () => find("name-next").click(), m: startMerging, v: startMoving, s: someoneNew, x: notAFace, b: toBackground, d: twoPeople,
  t: cutTrack, h: turnShot, y: confirmName, r: refuseName, a: () => startNaming(view.who),
  p: () => playAll([current()]), " ": () => (video.paused ? playOn() : pause()), ",": () => stepFrame(-1), ".": () => stepFrame(1),
  j: () => { showTime(view.time - 1); }, k: pause, l: faster,
  "+": () => setZoom(view.zoom * 1.5), "=": () => setZoom(view.zoom * 1.5), "-": () => setZoom(view.zoom / 1.5),
  f: () => openTab("faces"), q: () => { view.tab = "questions"; lookAtQuestion(); }, c: () => openTab("corrections"), "?": () => openTab("about"),
  arrowright: () => stepAppearance(1), arrowleft: () => stepAppearance(-1), arrowdown: () => stepPerson(1), arrowup: () => stepPerson(-1),
  escape: () => { if (view.pick) { view.pick = null; } else { chosen.clear(); } draw(); },
  0: skipQuestion,
};

function byKey(event) {
  if (takeBackByKey(event) || event.ctrlKey || event.metaKey || event.altKey || find("ask").open) { return; }
  const { target } = event, key = event.key.toLowerCase();
  if (/^(input|select|textarea)$/i.test(target.tagName) && !/^(checkbox|range)$/.test(target.type)) { return; }
  const arrows = target.type === "range" || target.closest("[role=tabpanel]") && target.id !== "tiles";
  if (key === " " && /^(button|input)$/i.test(target.tagName) || arrows && key.startsWith("arrow")) { return; }
  const number = view.tab === "questions" && /^[1-9]$/.test(key);
  if (key === "0" && view.tab !== "questions" || !number && !KEYS[key]) { return; }
  event.preventDefault();
  if (number) { answer(Number(key) - 1); } else { KEYS[key](); }
}

// On paper: of each character its time, its lane and its surest faces.
const ON_PAPER = 16;
function drawPrint() {
  const order = cast();
  find("print").replaceChildren(...order.map((c) => {
    const faces = witnesses(c.members, ON_PAPER).map((a) => faceOf(a));
    const lane = laneOf(c.id).lastChild.firstChild.cloneNode();
    lane.getContext("2d").drawImage(laneOf(c.id).lastChild.firstChild, 0, 0);
    const node = make("section", { class: "sheet" }, make("h3", {}, `${title(c.id)}: ${sayMany(c.members)}`), lane, make("div", { class: "tiles" }, ...faces));
    node.style.setProperty("--c", colourOf(c.id));
    return node;
  }));
}

find("redact").addEventListener("change", (event) => document.body.classList.toggle("redacted", event.target.checked));
for (const kind of ["pointerdown", "keydown"]) { addEventListener(kind, () => { view.asked = true; }, true); }
addEventListener("keydown", byKey);
matchMedia("print").addEventListener("change", (event) => { if (event.matches) { drawPrint(); } else { find("print").replaceChildren(); } });
wireView();
wireStrip();
wirePlayer();
wireCuts();
wireTimeline();
wireFaces();
wireShots();
wireJournal();
cast().forEach((c) => colourOf(c.id));
recall();
showTime(view.time);
draw();

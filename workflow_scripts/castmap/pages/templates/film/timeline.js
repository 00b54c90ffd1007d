// The timeline: a lane per character, the one that is looked at on top. Lanes are drawn, not built: a long film has thousands of bars.
const TICK_STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const LANE_PX = 24, THINNEST_PX = 2, FRAME_PX = 71.2, MARKS_APART_PX = 4;
const lanes = new Map(); // by character: its row

const span = () => data.duration_s / view.zoom;
const laneWidth = () => Math.max(1, find("lanes").clientWidth - labelWidth());
const labelWidth = () => parseFloat(getComputedStyle(find("timeline-pane")).getPropertyValue("--label"));
const xAt = (time, width) => width * (time - view.from) / span();
const timeAt = (x, width) => Math.min(data.duration_s, Math.max(0, view.from + span() * x / width));

function canvasOf(node, width, height) {
  const ratio = window.devicePixelRatio || 1;
  node.width = Math.round(width * ratio);
  node.height = Math.round(height * ratio);
  const pen = node.getContext("2d");
  pen.scale(ratio, ratio);
  return pen;
}

function laneOf(id) {
  if (!lanes.has(id)) {
    const who = make("span", { class: "who" }, make("b", {}));
    const lane = make("div", { class: "lane", role: "slider", tabindex: "0", "data-id": id, "aria-orientation": "horizontal" }, make("canvas"));
    lanes.set(id, make("div", { class: "row", "data-id": id }, who, lane));
  }
  return lanes.get(id);
}

const inTime = (members) => members.slice().sort((a, b) => a.start - b.start || a.row - b.row);

function labelLane(row, { id, members }) {
  const lane = row.lastChild, ordered = inTime(members);
  const at = Math.max(0, ordered.findIndex((a) => a.row === view.row));
  const says = { "aria-label": title(id), "aria-valuemin": 1, "aria-valuemax": ordered.length, "aria-valuenow": at + 1, "aria-valuetext": describe(ordered[at]).join(", ") };
  Object.entries(says).forEach(([key, value]) => lane.setAttribute(key, value));
  row.firstChild.firstChild.textContent = title(id);
  row.classList.toggle("on", id === view.who);
  row.style.setProperty("--c", colourOf(id));
}

function drawLane(row, members, width, inks, marked) {
  const pen = canvasOf(row.lastChild.firstChild, width, LANE_PX);
  const onlyUnsure = find("unsure").checked, id = row.dataset.id;
  marked.forEach(([from, to, said]) => {
    pen.fillStyle = said ? inks.fresh : inks.line;
    pen.fillRect(from, 0, Math.max(said ? 2 : 1, to - from), LANE_PX);
  });
  pen.fillStyle = isCharacter(id) ? colourOf(id) : inks.soft;
  for (const a of members) {
    const from = xAt(a.start, width), to = Math.max(from + THINNEST_PX, xAt(a.end, width));
    if (to < 0 || from > width) { continue; }
    const on = a.row === view.row;
    pen.globalAlpha = on ? 1 : onlyUnsure && a.sure >= data.unsure ? 0.12 : 0.42 + 0.58 * a.sure;
    const place = [from, on ? 1 : 5, to - from, on ? LANE_PX - 2 : LANE_PX - 10];
    pen.clearRect(...place); // what is pale is not taken for a mark
    pen.fillRect(...place);
    if (fresh().rows.has(a.row)) { underline(pen, from, to, inks.fresh); }
    if (on) { pen.strokeStyle = inks.ink; pen.lineWidth = 1; pen.strokeRect(from - 0.5, 0.5, to - from + 1, LANE_PX - 1); }
  }
  pen.globalAlpha = 1;
}

function underline(pen, from, to, ink) {
  pen.save();
  pen.globalAlpha = 1;
  pen.fillStyle = ink;
  pen.fillRect(from, LANE_PX - 4, to - from, 3);
  pen.restore();
}

// Cuts and dissolves, where they are not so many that they would hide the rest, and cuts that somebody made.
function marks(width) {
  const made = new Set([...unapplied, ...pending].filter((op) => op.action === "cut_shot").map((op) => op.rows[0].face[0]));
  const visible = (list) => list.filter(([from, to]) => to >= view.from && from <= view.from + span());
  const cuts = visible(data.cuts.map((time) => [time, time]));
  const drawn = cuts.filter(([time]) => made.has(time) || cuts.length * MARKS_APART_PX < width);
  return [...drawn, ...visible(data.graduals)].map(([from, to]) => [xAt(from, width), xAt(to, width), made.has(from)]);
}

function inksNow() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(["line", "soft", "ink", "fresh"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

// Who is looked at, then the others by screen time.
function laneOrder() {
  const unsure = find("unsure").checked;
  const shownOnes = listed().filter((c) => !unsure || c.members.some((a) => a.sure < data.unsure));
  return [...shownOnes.filter((c) => c.id === view.who), ...shownOnes.filter((c) => c.id !== view.who)];
}

function drawTimeline() {
  const order = laneOrder();
  [...lanes.keys()].filter((id) => !membersOf(id).length).forEach((id) => lanes.delete(id));
  const rows = order.map((c) => laneOf(c.id));
  if (rows.some((row, i) => find("timeline-rows").children[i] !== row) || find("timeline-rows").childElementCount !== rows.length) {
    find("timeline-rows").replaceChildren(...rows);
  }
  const width = laneWidth(), inks = inksNow(), marked = marks(width);
  order.forEach((c, i) => { labelLane(rows[i], c); drawLane(rows[i], c.members, width, inks, marked); });
  drawScale(width, inks);
}

function drawScale(width, inks) {
  for (const id of ["axis", "frames", "pan"]) { find(id).style.width = `${width}px`; }
  const pen = canvasOf(find("axis"), width, 22);
  const step = TICK_STEPS.find((s) => span() / s <= Math.max(2, width / 90)) || 7200;
  pen.fillStyle = inks.soft;
  pen.font = "11px system-ui, sans-serif";
  pen.textAlign = "center";
  for (let t = Math.ceil(view.from / step) * step; t <= view.from + span(); t += step) {
    const x = xAt(t, width);
    pen.fillRect(x, 0, 1, 5);
    if (x > 18 && x < width - 18) { pen.fillText(timeCode(t, step < 1 ? 1 : 0), x, 17); }
  }
  const frames = [];
  for (let x = 0; x < width && data.sprites.shots; x += FRAME_PX) {
    const node = frameOf(shotAt(timeAt(x + FRAME_PX / 2, width)), "");
    node.style.left = `${x}px`;
    frames.push(node);
  }
  find("frames").replaceChildren(...frames);
  find("zoom").value = Math.log2(view.zoom);
  find("zoom-value").textContent = `${view.zoom.toFixed(view.zoom < 9.95 && view.zoom > 1 ? 1 : 0)}×`;
  find("pan").firstChild.style.width = `${width * view.zoom}px`;
  find("pan").scrollLeft = view.from / data.duration_s * width * view.zoom;
  drawPlayhead();
}

function drawPlayhead() {
  const width = laneWidth(), x = xAt(view.time, width), head = find("playhead");
  head.hidden = x < 0 || x > width;
  const top = find("frames").offsetTop;
  Object.assign(head.style, { left: `${find("frames").offsetLeft + x}px`, top: `${top}px`, height: `${find("axis").offsetTop + 6 - top}px` });
}

// Zoom; the moment at x (pixels from the lanes' left edge; the playhead's where it is in sight) stays where it is.
function setZoom(value, x = null) {
  const width = laneWidth(), head = xAt(view.time, width);
  const at = x === null ? (head >= 0 && head <= width ? head : width / 2) : x;
  const time = timeAt(at, width);
  view.zoom = Math.min(LONGEST_ZOOM, Math.max(1, value));
  panTo(time - span() * at / width);
}

function panTo(from) {
  view.from = Math.min(Math.max(0, from), data.duration_s - span());
  drawTimeline();
  remember();
}

function keepInSight(time) {
  if (time < view.from || time > view.from + span()) { view.from = Math.min(Math.max(0, time - span() / 2), data.duration_s - span()); }
}

// While the film runs, its moment stays in sight.
function follow() {
  if (view.time < view.from || view.time > view.from + span()) { panTo(view.time - span() / 10); }
}

// The appearance that is drawn at a place of a lane.
function barAt(lane, clientX) {
  const box = lane.getBoundingClientRect(), x = clientX - box.left;
  const near = membersOf(lane.dataset.id).map((a) => {
    const from = xAt(a.start, box.width), to = Math.max(from + THINNEST_PX, xAt(a.end, box.width));
    return [a, Math.max(0, from - x, x - to)];
  }).filter(([, away]) => away <= 2);
  return near.length ? near.reduce((one, other) => (other[1] < one[1] ? other : one))[0] : null;
}

function stepAppearance(step, id = view.who) {
  const ordered = inTime(membersOf(id));
  const at = ordered.findIndex((a) => a.row === view.row);
  const next = ordered[Math.min(ordered.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  if (next) { inspect(next); }
}

// Another lane: the appearance of that character which is nearest in time.
function stepLane(id, step) {
  const ids = laneOrder().map((c) => c.id), next = ids[ids.indexOf(id) + step];
  if (!next) { return; }
  find("lanes").scrollTop = 0;
  inspect(membersOf(next).reduce((a, b) => (Math.abs(b.start - view.time) < Math.abs(a.start - view.time) ? b : a)));
  laneOf(next).lastChild.focus({ preventScroll: true });
}

function scrub(event) {
  const box = find("axis").getBoundingClientRect();
  showTime(timeAt(event.clientX - box.left, box.width));
}

function wireTimeline() {
  const pane = find("timeline-pane"), scroll = find("lanes");
  find("zoom").addEventListener("input", (event) => setZoom(2 ** event.target.value));
  find("zoom-in").addEventListener("click", () => setZoom(view.zoom * 1.5));
  find("zoom-out").addEventListener("click", () => setZoom(view.zoom / 1.5));
  find("unsure").addEventListener("change", draw);
  find("pan").addEventListener("scroll", () => {
    const from = find("pan").scrollLeft / (laneWidth() * view.zoom) * data.duration_s;
    if (Math.abs(from - view.from) > span() / laneWidth()) { panTo(from); }
  });
  pane.addEventListener("wheel", (event) => {
    const sideways = event.deltaX || (event.shiftKey ? event.deltaY : 0);
    if (!event.ctrlKey && !sideways) { return; }
    event.preventDefault();
    const box = find("axis").getBoundingClientRect();
    if (event.ctrlKey) { setZoom(view.zoom * (event.deltaY < 0 ? 1.25 : 0.8), Math.min(box.width, Math.max(0, event.clientX - box.left))); } else { panTo(view.from + span() * sideways / box.width); }
  }, { passive: false });
  for (const id of ["axis", "frames"]) {
    find(id).addEventListener("pointerdown", (event) => { find(id).setPointerCapture(event.pointerId); scrub(event); });
    find(id).addEventListener("pointermove", (event) => { if (event.buttons) { scrub(event); } });
  }
  scroll.addEventListener("click", (event) => {
    const lane = event.target.closest(".lane"), who = event.target.closest(".who");
    if (who) { lookAt(who.parentNode.dataset.id); }
    if (!lane) { return; }
    const a = barAt(lane, event.clientX);
      if (a) { inspect(a); } else { scrub(event); }
  });
  scroll.addEventListener("dblclick", (event) => {
    const lane = event.target.closest(".lane"), a = lane && barAt(lane, event.clientX);
    if (a) { playAll([a]); }
  });
  scroll.addEventListener("pointermove", (event) => {
    const lane = event.target.closest(".lane"), a = lane && barAt(lane, event.clientX);
    find("tip").hidden = !a;
    if (!a) { return; }
    find("tip").textContent = `${title(a.who)}  ${timeCode(a.start, 1)}, ${sayLength(a.end - a.start)}, ${saySure(a)}`;
    find("tip").style.left = `${Math.min(event.clientX + 12, innerWidth - find("tip").offsetWidth - 8)}px`;
    find("tip").style.top = `${event.clientY + 18}px`;
  });
  scroll.addEventListener("pointerleave", () => { find("tip").hidden = true; });
  scroll.addEventListener("keydown", (event) => {
    const lane = event.target.closest(".lane");
    if (!lane) { return; }
    const across = { ArrowRight: 1, ArrowLeft: -1, Home: -1e9, End: 1e9 }[event.key], down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!across && !down) { if (event.key === "Enter") { playAll([current()]); } return; }
    event.preventDefault();
    event.stopPropagation();
    if (across) { stepAppearance(across, lane.dataset.id); } else { stepLane(lane.dataset.id, down); }
  });
  addEventListener("resize", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

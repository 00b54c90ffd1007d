// The timeline: a row per character, zoomed and filtered.
const LONGEST_ZOOM = 64;
const TICK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
let zoom = 1;

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") { node.className = value; } else if (key.startsWith("on")) { node.addEventListener(key.slice(2), value); } else if (value !== null) { node.setAttribute(key, value); }
  }
  node.append(...children);
  return node;
}
const find = (id) => document.getElementById(id);

function picture(kind, name, index, label) {
  const { columns, rows } = data.sprites[name];
  const node = make("span", { class: `${kind} s-${name}`, role: label ? "img" : null, "aria-label": label || null, "aria-hidden": label ? null : "true" });
  const across = 100 * (index % columns) / Math.max(columns - 1, 1);
  const down = 100 * Math.floor(index / columns) / Math.max(rows - 1, 1);
  node.style.backgroundPosition = `${across}% ${down}%`;
  return node;
}

function colourOf(rank, id) {
  return isCharacter(id) ? data.colours[rank % data.colours.length] : "var(--soft)";
}

function describe(a) {
  const span = `${timeCode(a.start, 3)} – ${timeCode(a.end, 3)}`;
  const faces = `${a.faces} face${a.faces === 1 ? "" : "s"}`;
  return [`${title(a.who)}  ${span}`, `shot ${a.shot}, track ${a.track}, ${faces}, confidence ${a.sure.toFixed(2)}${a.corrected ? ", corrected" : ""}`];
}

function bar(a) {
  const [text, more] = describe(a);
  const node = make("button", { class: "bar", type: "button", "data-row": a.row, "aria-label": `${text}, ${more}`, "aria-pressed": "false", tabindex: "-1" });
  node.style.left = `${100 * a.start / data.duration_s}%`;
  node.style.width = `${100 * (a.end - a.start) / data.duration_s}%`;
  node.style.setProperty("--sure", a.sure);
  return node;
}

function row(character, rank) {
  const { id, members, seconds, sure } = character;
  const share = (100 * seconds / data.duration_s).toFixed(0);
  const facts = [timeCode(seconds), `${share}%`, ...(isCharacter(id) ? [sure.toFixed(2)] : [])];
  const label = make("span", {}, make("b", {}, title(id)), make("small", {}, facts.join(" · ")));
  const who = make("a", { class: "who", href: `#${anchorOf(id)}` }, picture("face", "faces", portraitOf(members).first, ""), label);
  const lane = make("div", { class: "lane" }, ...members.slice().sort((a, b) => a.start - b.start).map(bar));
  if (lane.firstChild) { lane.firstChild.tabIndex = 0; }
  const node = make("div", { class: "row", "data-id": id }, who, lane);
  node.style.setProperty("--c", colourOf(rank, id));
  return node;
}

const anchorOf = (id) => `who-${id.replace(/[^A-Za-z0-9]/g, "-")}`;

function drawTimeline(listed) {
  find("timeline-rows").replaceChildren(...listed.map(row));
  drawScale();
}

// Key frames and ticks, as many as there is room for.
function drawScale() {
  find("rows").style.setProperty("--zoom", zoom);
  const wide = (find("timeline-scroll").clientWidth - labelWidth()) * zoom;
  const step = TICK_STEPS.find((s) => data.duration_s / s <= Math.max(2, wide / 110)) || 7200;
  const ticks = [];
  for (let t = 0; t < data.duration_s; t += step) {
    const tick = make("span", {}, timeCode(t, 0));
    tick.style.left = `${100 * t / data.duration_s}%`;
    ticks.push(tick);
  }
  find("axis").replaceChildren(...ticks);
  const wanted = Math.max(4, Math.round(wide / 64));
  const frames = [];
  for (let i = 0; i < wanted && data.shots.length; i += 1) {
    const time = (i + 0.5) * data.duration_s / wanted;
    let low = 0, high = data.shots.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (data.shots[middle] <= time) { low = middle; } else { high = middle - 1; }
    }
    frames.push(picture("frame", "shots", Math.min(low, data.sprites.shots.count - 1), ""));
  }
  if (data.sprites.shots) { find("strip").replaceChildren(...frames); }
}

const labelWidth = () => parseFloat(getComputedStyle(find("rows")).getPropertyValue("--label"));

// Zoom in or out; the moment under ``x`` (pixels from the lanes' left edge) stays where it is.
function setZoom(value, x = null) {
  const scroll = find("timeline-scroll");
  const width = scroll.clientWidth - labelWidth();
  const at = x === null ? width / 2 : x;
  const moment = (scroll.scrollLeft + at) / (width * zoom);
  zoom = Math.min(LONGEST_ZOOM, Math.max(1, value));
  find("zoom").value = Math.log2(zoom);
  find("zoom-value").textContent = `${zoom.toFixed(zoom < 10 ? 1 : 0)}×`;
  drawScale();
  scroll.scrollLeft = moment * width * zoom - at;
}

function wireTimeline() {
  const scroll = find("timeline-scroll");
  find("zoom").addEventListener("input", (event) => setZoom(2 ** event.target.value));
  scroll.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) { return; }
    event.preventDefault();
    const x = event.clientX - scroll.getBoundingClientRect().left - labelWidth();
    setZoom(zoom * (event.deltaY < 0 ? 1.25 : 0.8), Math.max(0, x));
  }, { passive: false });
  scroll.addEventListener("keydown", (event) => {
    if (event.key === "+" || event.key === "=") { setZoom(zoom * 1.5); }
    if (event.key === "-") { setZoom(zoom / 1.5); }
    const here = event.target.closest(".bar");
    const next = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" }[event.key];
    if (here && next) {
      event.preventDefault();
      if (here[next]) { here[next].focus(); }
    }
    const over = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (here && over) {
      event.preventDefault();
      const other = here.closest(".row")[over];
      const target = other && other.querySelector(".bar");
      if (target) { target.focus(); }
    }
  });
  addEventListener("resize", drawScale);
}

// Every face of every character, what is chosen among them, and what can be said of it.
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\ufffe\uffff]/u; // as formats/names.py says
const chosen = new Set(); // rows of appearances
let pinned = null; // the appearance that is pinned
const SEEK_PAUSE_MS = 100;
let moment = null; // what is played, on the browser's clock
let lastClicked = null;

function tile(a) {
  const node = make("button", { class: "tile", type: "button", "data-row": a.row, "aria-pressed": String(chosen.has(a.row)), "aria-label": describe(a).join(", ") }, picture("face", "faces", a.first, ""), make("span", { class: "code" }, timeCode(a.start)));
  node.style.setProperty("--sure", a.sure);
  if (a.corrected) { node.classList.add("corrected"); }
  return node;
}

function sheet(character, rank) {
  const { id, members, seconds, sure } = character;
  const n = members.length;
  const facts = [`${timeCode(seconds)} on screen`, `${n} appearance${n === 1 ? "" : "s"}`];
  if (isCharacter(id)) { facts.push(`confidence ${sure.toFixed(2)}`); }
  const header = make("header", {}, make("h3", {}, title(id)), ...facts.map((fact) => make("span", {}, fact)));
  if (isCharacter(id)) { header.append(...controls(id)); }
  const tiles = members.slice().sort((a, b) => b.sure - a.sure || a.start - b.start).map(tile);
  const node = make("section", { class: "sheet", id: anchorOf(id), "data-id": id, "aria-label": title(id) }, header, make("div", { class: "tiles" }, ...tiles));
  node.style.setProperty("--c", colourOf(rank, id));
  return node;
}

function controls(id) {
  const name = make("input", { class: "name", type: "text", maxlength: data.longest_name, placeholder: "Name", value: names.get(id) || "", "aria-label": `Name of ${title(id)}`, autocomplete: "off" });
  name.addEventListener("change", () => {
    const text = name.value.normalize("NFC").trim();
    if (HIDDEN.test(text)) {
      tell("A name cannot hold control characters or marks of text direction: type it again.");
    } else if (text !== (names.get(id) || "")) { rename(id, text); }
    draw();
  });
  const others = cast().map((c) => c.id).filter((other) => isCharacter(other) && other !== id);
  const into = choice(`Merge ${title(id)} into`, "Merge into …", others);
  into.addEventListener("change", () => {
    if (mayMerge(id, into.value)) { merge(id, into.value); }
    draw();
  });
  return [name, into];
}

function choice(label, prompt, ids) {
  const options = ids.map((id) => make("option", { value: id }, title(id)));
  return make("select", { "aria-label": label }, make("option", { value: "" }, prompt), ...options);
}

// Two faces seen at the same time are two people, unless one is a mirror's or a picture's: the reader decides.
function mayJoin(some, others) {
  const there = new Set(others.map((a) => a.row));
  const here = new Set(some.map((a) => a.row));
  const met = data.cannot_links.filter(([a, b]) => (here.has(a) && there.has(b)) || (here.has(b) && there.has(a)));
  if (!met.length) { return true; }
  const time = timeCode(Math.max(...met[0].map((row) => appearances[row].start)));
  return confirm(`They are seen at the same time, first about ${time}. Are they one person nevertheless (a mirror, a picture)?`);
}

// Two names are two people, until somebody says that they are not.
function mayMerge(from, into) {
  const [one, other] = [names.get(from), names.get(into)];
  const asks = one !== undefined && other !== undefined && one !== other;
  if (asks && !confirm(`They have two names, ${one} and ${other}. Are they one person nevertheless, called ${other}?`)) { return false; }
  return mayJoin(membersOf(from), membersOf(into));
}

function drawFaces(listed) {
  find("sheets").replaceChildren(...listed.map(sheet));
  const target = find("move");
  const kinds = ["background", "not_a_face"];
  const ids = listed.map((c) => c.id).filter(isCharacter);
  target.replaceChildren(...choice("", "Move to …", [...ids, ...kinds]).children);
  target.value = "";
}

function drawChosen() {
  document.querySelectorAll(".tile").forEach((node) => node.setAttribute("aria-pressed", chosen.has(Number(node.dataset.row))));
  const n = chosen.size;
  find("tools").hidden = n === 0;
  find("chosen").textContent = `${n} appearance${n === 1 ? "" : "s"} selected`;
  find("different").disabled = n !== 2;
}

function choose(row, several) {
  if (several && lastClicked !== null) {
    const rows = [...document.querySelectorAll(".tile")].map((node) => Number(node.dataset.row));
    const [from, to] = [rows.indexOf(lastClicked), rows.indexOf(row)].sort((a, b) => a - b);
    rows.slice(from, to + 1).forEach((r) => chosen.add(r));
  } else if (chosen.has(row)) { chosen.delete(row); } else { chosen.add(row); }
  lastClicked = row;
  drawChosen();
}

function correct(change) {
  const some = [...chosen].map((row) => appearances[row]);
  if (change(some) !== false) { chosen.clear(); }
  draw();
}

// A closer view: all kept faces of an appearance, its time codes, and the moment in the film.
function inspect(a, stay) {
  const [text, more] = describe(a);
  find("readout-code").textContent = text;
  find("readout-more").textContent = more;
  find("readout-faces").replaceChildren(...a.times.map((time, i) =>
    make("span", { class: "shown" }, picture("face", "faces", a.first + i, `${title(a.who)} at ${timeCode(time)}`), timeCode(time))));
  find("play").hidden = false;
  if (!stay) { return; }
  pinned = pinned === a ? null : a;
  document.querySelectorAll(".bar").forEach((node) => node.setAttribute("aria-pressed", String(pinned !== null && Number(node.dataset.row) === pinned.row)));
}

function play(a) {
  const video = find("film");
  find("player").hidden = false;
  const source = location.protocol === "file:" ? data.film_url : "../film";
  // Browsers keep the film's own clock, which need not start at zero.
  moment = { begin: data.clock_start_s + a.start, end: data.clock_start_s + a.end, reached: -1 };
  const start = () => { video.currentTime = moment.begin; video.play().catch(() => {}); };
  find("player-note").textContent = `${title(a.who)}, ${timeCode(a.start, 3)} – ${timeCode(a.end, 3)}`;
  if (video.getAttribute("src")) { start(); return; }
  video.addEventListener("timeupdate", () => {
    if (moment && video.currentTime >= moment.end) { video.pause(); moment = null; }
  });
  video.addEventListener("seeked", () => setTimeout(seekOn, SEEK_PAUSE_MS));
  video.addEventListener("loadedmetadata", start, { once: true });
  video.addEventListener("error", () => {
    find("player-note").textContent = `This browser cannot play ${data.film_url}: the file is missing, or of a format that it does not know.`;
  }, { once: true });
  video.preload = "auto"; // nothing is read before somebody asks
  video.src = source;
}

// Chromium takes an MP4 whose clock starts late for shorter than it is until it has read on, and
// seeks no further than that: seek again from there, as long as that leads on.
function seekOn() {
  const video = find("film");
  if (!moment || video.currentTime >= moment.begin - 0.1 || video.currentTime <= moment.reached) { return; }
  moment.reached = video.currentTime;
  video.currentTime = moment.begin;
}

function wireFaces() {
  document.addEventListener("pointerover", (event) => {
    const over = event.target.closest && event.target.closest(".bar");
    if (over) { inspect(appearances[over.dataset.row], false); } else if (pinned) { inspect(pinned, false); }
  });
  document.addEventListener("focusin", (event) => {
    const over = event.target.closest(".bar, .tile");
    if (over) { inspect(appearances[over.dataset.row], false); }
  });
  document.addEventListener("click", (event) => {
    const bar = event.target.closest(".bar"), tile = event.target.closest(".tile");
    if (bar) { inspect(appearances[bar.dataset.row], true); }
    if (tile) { choose(Number(tile.dataset.row), event.shiftKey); }
  });
  find("move").addEventListener("change", (event) => correct((some) => {
    const id = event.target.value;
    return id in KINDS || mayJoin(some, membersOf(id)) ? move(some, id) : false;
  }));
  find("new").addEventListener("click", () => correct((some) => { split(some); }));
  find("not-a-face").addEventListener("click", () => correct((some) => move(some, "not_a_face")));
  find("background").addEventListener("click", () => correct((some) => move(some, "background")));
  find("different").addEventListener("click", () => correct(([one, other]) => keepTwoApart(one, other)));
  find("play-chosen").addEventListener("click", () => play(appearances[[...chosen].pop()]));
  find("clear").addEventListener("click", () => { chosen.clear(); drawChosen(); });
  find("play").addEventListener("click", () => play(pinned || appearances[document.querySelector(".bar").dataset.row]));
}

// What is looked at: whose faces, which appearance, when, how near. The address holds it, so that a moment can be sent.
const TABS = ["faces", "questions", "together", "corrections", "shots", "about"];
const ADDRESS_PAUSE_MS = 250;
const LONGEST_ZOOM = 128;
const view = { who: null, row: null, time: 0, zoom: 1, from: 0, tab: "faces", pick: null, asked: false }; // asked: the reader does something, so the film may be read
const chosen = new Set(); // rows of appearances
let writing = null;

const current = () => (view.row === null ? null : appearances[view.row]);

// The cast as it is filtered.
function listed() {
  const text = find("filter").value.trim().toLowerCase();
  return cast().filter((c) => `${title(c.id)} ${c.id}`.toLowerCase().includes(text));
}

function remember() {
  clearTimeout(writing);
  writing = setTimeout(() => {
    const said = new URLSearchParams({ t: view.time.toFixed(3), z: view.zoom.toFixed(2), from: view.from.toFixed(2), tab: view.tab });
    if (view.who) { said.set("who", view.who); }
    if (current()) { said.set("track", current().track); }
    history.replaceState(null, "", `#${said}`);
  }, ADDRESS_PAUSE_MS);
}

// Numbers of characters change when corrections are applied, those of tracks do not.
function recall() {
  const said = new URLSearchParams(location.hash.slice(1));
  const number = (key, low, high, other) => {
    const value = Number.parseFloat(said.get(key));
    return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : other;
  };
  const a = appearances.find((one) => String(one.track) === said.get("track"));
  view.row = a ? a.row : null;
  view.who = a ? a.who : membersOf(said.get("who")).length ? said.get("who") : null;
  view.time = number("t", 0, data.duration_s, a ? a.start : 0);
  view.zoom = number("z", 1, LONGEST_ZOOM, 1);
  view.from = number("from", 0, data.duration_s * (1 - 1 / view.zoom), 0);
  view.tab = TABS.includes(said.get("tab")) ? said.get("tab") : "faces";
  view.asked = a !== undefined;
  if (view.who) { return; }
  view.who = cast()[0].id;
  view.row = portraitOf(membersOf(view.who)).row;
  view.time = current().start;
}

// Look at a character, by the appearance that shows it best unless one of its own is looked at.
function lookAt(id) {
  if (!membersOf(id).length) { return; }
  if (view.who !== id) { chosen.clear(); }
  view.who = id;
  const here = current();
  inspect(here && here.who === id ? here : portraitOf(membersOf(id)));
}

// Look at an appearance: its character, its faces, its first picture.
function inspect(a) {
  if (view.who !== a.who) { chosen.clear(); }
  view.who = a.who;
  view.row = a.row;
  showTime(a.start);
  keepInSight(a.start);
  draw();
}

function openTab(tab) {
  view.tab = tab;
  draw();
}

function drawTabs() {
  TABS.forEach((tab) => {
    const on = tab === view.tab;
    find(tab).hidden = !on;
    find(`tab-${tab}`).setAttribute("aria-selected", String(on));
    find(`tab-${tab}`).tabIndex = on ? 0 : -1;
  });
}

// The next thing that is clicked in the cast is what was asked for: whom to merge with, whose the faces are.
function pick(words, act) {
  view.pick = { words, act };
  drawStrip();
  find("strip").focus();
}

function picked(id) {
  const { act } = view.pick;
  view.pick = null;
  act(id);
}

function wireView() {
  TABS.forEach((tab) => find(`tab-${tab}`).addEventListener("click", () => openTab(tab)));
  find("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) { return; }
    event.preventDefault();
    event.stopPropagation();
    openTab(TABS[(TABS.indexOf(view.tab) + step + TABS.length) % TABS.length]);
    find(`tab-${view.tab}`).focus();
  });
  find("pick-none").addEventListener("click", () => { view.pick = null; drawStrip(); });
  addEventListener("hashchange", () => { recall(); showTime(view.time); draw(); });
}

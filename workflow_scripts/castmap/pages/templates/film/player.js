// The film, or where it cannot be shown the key frame of the shot; who is where in the picture; playing a moment.
const SEEK_PAUSE_MS = 100;
const INSTANT_S = 0.001; // within a frame, beyond what rounding takes away
const SETTLE_FRAMES = 2.5; // before the last one: playing stops, and that frame is sought
const SPEEDS = [0.25, 0.5, 1, 1.5, 2, 4];
const video = find("film");
let filmState = "unasked"; // then loading, then there or missing
let goal = null; // what is sought, on the browser's clock
let moment = null; // what is played
let queue = []; // what is played after it

const shotAt = (time) => {
  let low = 0, high = data.shots.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (data.shots[middle][0] <= time) { low = middle; } else { high = middle - 1; }
  }
  return low;
};

// The picture of each shot: of those taken in it the one nearest its middle; -1 where there is none, as when somebody cut the shot off.
const pictures = () => followsFrom("pictures", () => {
  const nearest = data.shots.map(() => -1);
  data.key_times.forEach((time, i) => {
    const shot = shotAt(time), [start, end] = data.shots[shot];
    const away = (one) => Math.abs(data.key_times[one] - (start + end) / 2);
    if (nearest[shot] < 0 || away(i) < away(nearest[shot])) { nearest[shot] = i; }
  });
  return nearest;
});
const frameOf = (shot, label) => picture("frame", "shots", pictures()[shot], label);

// Where a face is at a time, in thousandths of the frame: x, y, width, height.
function placeAt(a, time) {
  const ms = (time - a.began) * 1000, path = a.path;
  const next = path.findIndex(([at]) => at > ms);
  if (next === 0) { return path[0].slice(1); }
  if (next < 0) { return path[path.length - 1].slice(1); }
  const one = path[next - 1], other = path[next];
  const share = (ms - one[0]) / (other[0] - one[0]);
  return one.slice(1).map((value, i) => value + share * (other[i + 1] - value));
}
const seenAt = (time) => appearances.filter((a) => a.start <= time + INSTANT_S && time < a.end - INSTANT_S);

function drawBoxes(time) {
  find("boxes").replaceChildren(...seenAt(time).map((a) => {
    const [x, y, width, height] = placeAt(a, time);
    const node = make("button", { type: "button", class: "box", tabindex: "-1", "data-row": a.row, "aria-label": title(a.who) }, make("span", {}, title(a.who)));
    Object.assign(node.style, { left: `${x / 10}%`, top: `${y / 10}%`, width: `${width / 10}%`, height: `${height / 10}%` });
    node.style.setProperty("--c", a.who in KINDS ? "#bbb" : colourOf(a.who));
    node.classList.toggle("on", a.row === view.row);
    node.classList.toggle("high", y < 90);
    node.classList.toggle("right", x > 700);
    return node;
  }));
}

const filmShows = () => filmState === "there" && !video.hidden;

function drawFilm() {
  const shot = shotAt(view.time), pictured = data.key_times[pictures()[shot]];
  if (data.sprites.shots) { find("key-frame").replaceChildren(frameOf(shot, "")); }
  drawBoxes(filmShows() || pictured === undefined ? view.time : pictured);
  find("clock").textContent = timeCode(view.time, 2);
  drawCuts();
  find("pause").textContent = video.paused ? "▶" : "❚❚";
  const a = current();
  find("play").disabled = !a;
  if (!a) { return; }
  const [text, more, technical] = describe(a);
  if (find("readout-code").textContent === text && find("readout-faces").dataset.row === String(a.row)) { return; }
  find("readout-code").textContent = text;
  find("readout-more").textContent = more;
  find("readout").title = technical;
  find("readout-faces").dataset.row = a.row;
  find("readout-faces").replaceChildren(...a.crops.map(([index, time]) => {
    const node = button("", () => showTime(time), { "aria-label": `${title(a.who)} at ${timeCode(time)}`, title: "Go to this picture" });
    node.append(picture("face", "faces", index, ""));
    return node;
  }));
}

// Show a time. The film is read when somebody asks for a moment, not before.
function showTime(time) {
  view.time = Math.min(Math.max(0, time), data.duration_s);
  moment = null;
  queue = [];
  if (!video.paused) { video.pause(); }
  if (view.asked) { loadFilm(); seek(view.time); }
  drawFilm();
  drawPlayhead();
  remember();
}

function loadFilm() {
  if (filmState !== "unasked") { return; }
  filmState = "loading";
  video.preload = "auto";
  video.src = location.protocol === "file:" ? data.film_url : "../film";
}

function cannotShow(why) {
  filmState = "missing";
  video.hidden = true;
  moment = null;
  find("film-note").hidden = false;
  find("film-note").textContent = `${why} Key frames are shown.`;
  drawFilm();
}

// Browsers keep the film's own clock, which need not start at zero.
function seek(time) {
  goal = { time: data.clock_start_s + time + INSTANT_S, reached: -1 };
  if (filmState === "there") { video.currentTime = goal.time; }
}

// Chromium takes an MP4 whose clock starts late for shorter than it is until it has read on, and
// seeks no further than that: seek again from there, as long as that leads on.
function seekOn() {
  if (!goal || video.currentTime >= goal.time - 0.1 || video.currentTime <= goal.reached) { return; }
  goal.reached = video.currentTime;
  video.currentTime = goal.time;
}

function arrived() {
  if (goal && video.currentTime < goal.time - 0.1) { setTimeout(seekOn, SEEK_PAUSE_MS); return; }
  if (video.hidden) { video.hidden = false; drawFilm(); }
  if (!moment) { return; }
  if (moment.settling) { ended(); return; }
  if (!moment.started) { moment.started = true; video.play().catch(() => {}); }
}

// From the first frame of an appearance to its last; what is played stops a little before and seeks that frame, so that nothing of the next shot is shown.
function play(a) {
  view.row = a.row;
  loadFilm();
  if (filmState === "missing") { tell(find("film-note").textContent); return; }
  video.pause();
  moment = { a, last: data.clock_start_s + a.last, started: false, settling: false };
  tell(`${title(a.who)}, ${timeCode(a.start, 3)} – ${timeCode(a.end, 3)}`);
  seek(a.start);
}

function playAll(some) {
  queue = some.slice(1);
  if (some.length) { play(some[0]); }
}

function ended() {
  moment = null;
  drawFilm();
  if (queue.length) { play(queue.shift()); }
}

// Playing is over when the next pictures would be beyond the last one.
function watch(time) {
  if (!moment || !moment.started || moment.settling) { return; }
  if (time < moment.last - SETTLE_FRAMES * data.frame_s * Math.max(1, video.playbackRate)) { return; }
  moment.settling = true;
  video.pause();
  seek(moment.a.last);
}

function shown(_, frame) {
  video.requestVideoFrameCallback(shown);
  if (video.hidden) { return; }
  watch(frame.mediaTime);
  view.time = Math.max(0, frame.mediaTime - data.clock_start_s);
  drawBoxes(view.time);
  find("clock").textContent = timeCode(view.time, 2);
  drawCuts();
  drawPlayhead();
  if (!video.paused) { follow(); }
}

// A frame on or back: from the one sought last, for a browser does not say how long a frame is shown.
function stepFrame(step) {
  const here = goal && Math.abs(goal.time - data.clock_start_s - view.time) < 5 * data.frame_s ? goal.time - data.clock_start_s - INSTANT_S : view.time;
  showTime(here + step * data.frame_s);
}

function playOn() {
  loadFilm();
  if (filmState === "missing") { tell(find("film-note").textContent); return; }
  moment = null;
  queue = [];
  if (filmState !== "there") { moment = { a: { last: data.duration_s }, last: Infinity, started: false, settling: false }; seek(view.time); } else { video.play().catch(() => {}); }
}

function pause() {
  moment = null;
  queue = [];
  video.pause();
  remember();
}

function setSpeed(rate) {
  video.defaultPlaybackRate = video.playbackRate = rate;
  find("speed").value = String(rate);
}

function faster() {
  if (video.paused) { setSpeed(1); playOn(); return; }
  setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, SPEEDS.indexOf(video.playbackRate) + 1)]);
}

function sizePicture() {
  const shape = data.width / data.height, wide = 16 / 9;
  find("picture").style.width = `${Math.min(100, 100 * shape / wide)}%`;
  find("picture").style.height = `${Math.min(100, 100 * wide / shape)}%`;
}

function wirePlayer() {
  sizePicture();
  video.addEventListener("loadedmetadata", () => {
    if (!video.videoWidth) { cannotShow(`This browser knows no ${data.codec}.`); return; }
    filmState = "there";
    if (goal) { video.currentTime = goal.time; }
  });
  video.addEventListener("error", () => cannotShow(`${data.film_url} is not there, or this browser knows no ${data.codec}.`));
  video.addEventListener("seeked", arrived);
  video.addEventListener("timeupdate", () => watch(video.currentTime));
  video.addEventListener("play", drawFilm);
  video.addEventListener("pause", drawFilm);
  if (video.requestVideoFrameCallback) { video.requestVideoFrameCallback(shown); }
  find("play").addEventListener("click", () => playAll([current()]));
  find("pause").addEventListener("click", () => (video.paused ? playOn() : pause()));
  find("back").addEventListener("click", () => stepFrame(-1));
  find("forth").addEventListener("click", () => stepFrame(1));
  find("speed").addEventListener("change", (event) => setSpeed(Number(event.target.value)));
  find("boxes").addEventListener("click", (event) => {
    const box = event.target.closest(".box");
    if (box) { const time = view.time; inspect(appearances[box.dataset.row]); showTime(time); }
  });
}

// Appearances that are cut in two, and shots that are cut or joined: as the run does it that applies them, but by what the page knows of faces.
function anchorAt(a, time) {
  const [x, y, width, height] = placeAt(a, time).map((value) => value / 1000);
  return [time, x, y, x + width, y + height];
}

const goesOnOver = (a, time) => a.start + INSTANT_S < time && time < a.last + INSTANT_S;

function pieceOf(a, start, end, own) {
  const inside = (time) => time >= start - INSTANT_S && time < end - INSTANT_S;
  const crops = a.crops.filter(([, time]) => inside(time));
  const anchor = inside(a.anchor[0]) ? a.anchor : anchorAt(a, crops.length ? crops[0][1] : (start + end) / 2);
  const faces = Math.max(1, Math.round(a.faces * (end - start) / (a.end - a.start)));
  return { ...a, start, end, seen: [start, end], last: end < a.end ? Math.max(start, end - data.frame_s) : a.last, crops, anchor, faces, cut: true, ...own };
}

// What is cut off has the number that it will have: its place is found again when it is applied.
function cutOff(a, time) {
  const track = 1 + appearances.reduce((most, b) => Math.max(most, b.track), 0);
  appearances.push(pieceOf(a, time, a.end, { row: appearances.length, track }));
  appearances[a.row] = pieceOf(a, a.start, time, {});
}

// The shot that begins at a time, or so near that it is this boundary; -1 for none.
function beginningAt(time) {
  const away = (index) => {
    const [start] = data.shots[index];
    const [from, to] = data.graduals.find((span) => span[0] <= start && start <= span[1]) || [start, start];
    return Math.max(from - time, time - to, 0);
  };
  const here = shotAt(time), next = Math.min(here + 1, data.shots.length - 1);
  const nearest = away(next) < away(here) ? next : here;
  return away(nearest) <= data.boundary_reach_s + INSTANT_S ? nearest : -1;
}

function cutTrack() {
  const a = current(), { time } = view;
  if (!a || !goesOnOver(a, time)) { tell("Choose an appearance, and go to the first picture of the other face: , and . or the timeline."); return; }
  pause();
  const row = appearances.length;
  say(() => {
    record("cut_track", [{ face: anchorAt(a, time), row }], `cut an appearance in two at ${timeCode(time, 2)}`);
    cutOff(a, time);
  });
  view.row = row;
  chosen.clear();
  chosen.add(row);
  draw();
  tell("Cut. The part from here on is chosen: say who it is (V, S).");
}

function cutShot(time) {
  const index = shotAt(time), [start, end, how] = data.shots[index];
  record("cut_shot", [{ face: [time] }], `said that a shot begins at ${timeCode(time, 2)}`);
  appearances.filter((a) => goesOnOver(a, time)).sort((a, b) => a.track - b.track).forEach((a) => cutOff(a, time));
  data.shots = [...data.shots.slice(0, index), [start, time, how, true], [time, end, "a cut", true], ...data.shots.slice(index + 1)];
  data.cuts = [...data.cuts, time];
}

function joinShots(index) {
  const [start, end] = data.shots[index], [from, , how] = data.shots[index - 1];
  record("join_shots", [{ face: [start] }], `said that no shot begins at ${timeCode(start, 2)}`);
  data.shots = [...data.shots.slice(0, index - 1), [from, end, how, true], ...data.shots.slice(index + 1)];
  data.cuts = data.cuts.filter((time) => time !== start);
  data.graduals = data.graduals.filter((span) => start < span[0] || span[1] < start);
}

function turnShot() {
  const { time } = view, index = beginningAt(time);
  if (index === 0) { tell("The film begins here."); return; }
  pause();
  say(() => (index > 0 ? joinShots(index) : cutShot(time)));
  draw();
  tell(index > 0 ? "The two shots are one." : "A shot begins here.");
}

// What the two buttons would do now.
function drawCuts() {
  const a = current(), index = beginningAt(view.time);
  find("cut-track").disabled = !a || !goesOnOver(a, view.time);
  find("cut-shot").disabled = index === 0;
  find("cut-shot-words").textContent = index > 0 ? "No shot begins here" : "A shot begins here";
}

function wireCuts() {
  find("cut-track").addEventListener("click", cutTrack);
  find("cut-shot").addEventListener("click", turnShot);
}

// The shots, with who is seen in each. Only those in sight are in the page.
const SHOT_H = 62;

const seenInShots = () => followsFrom("shots", () => {
  const seen = data.shots.map(() => new Set());
  appearances.filter((a) => isCharacter(a.who)).forEach((a) => seen[shotAt(a.start)].add(a.who));
  return seen;
});

function shotRow(index) {
  const [start, end, how, said] = data.shots[index];
  const chips = [...seenInShots()[index]].map((id) => {
    const chip = make("span", { class: "chip" }, title(id));
    chip.style.setProperty("--c", colourOf(id));
    return chip;
  });
  const node = make("div", { class: "shot", role: "row", "data-shot": index },
    make("span", { role: "cell" }, String(index)), make("span", { role: "cell" }, frameOf(index, `Shot ${index}`)),
    make("span", { role: "cell" }, `${timeCode(start, 2)} – ${timeCode(end, 2)}`), make("span", { role: "cell", class: "how" }, `${sayLength(end - start)}, begins with ${how}`, ...(said ? [" · ", make("span", { class: "fresh" }, "not yet applied")] : [])),
    make("span", { role: "cell", class: "seen" }, ...(chips.length ? chips : ["nobody"])));
  node.style.top = `${SHOT_H * index}px`;
  node.classList.toggle("at", index === shotAt(view.time));
  return node;
}

function drawShots() {
  const scroll = find("shot-list"), sheet = scroll.firstElementChild;
  const first = Math.max(0, Math.floor(scroll.scrollTop / SHOT_H) - 2);
  const last = Math.min(data.shots.length, Math.ceil((scroll.scrollTop + scroll.clientHeight) / SHOT_H) + 2);
  sheet.style.height = `${SHOT_H * data.shots.length}px`;
  sheet.replaceChildren(...Array.from({ length: Math.max(0, last - first) }, (_, i) => shotRow(first + i)));
}

function wireShots() {
  const scroll = find("shot-list");
  scroll.addEventListener("scroll", drawShots);
  const go = (index) => {
      showTime(data.shots[index][0]);
    keepInSight(view.time);
    draw();
  };
  scroll.addEventListener("click", (event) => {
    const node = event.target.closest(".shot");
    if (node) { go(Number(node.dataset.shot)); }
  });
  scroll.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (!step) { return; }
    event.preventDefault();
    event.stopPropagation();
    const index = Math.min(data.shots.length - 1, Math.max(0, shotAt(view.time) + step));
    go(index);
    scroll.scrollTop = Math.min(SHOT_H * index, Math.max(scroll.scrollTop, SHOT_H * (index + 1) - scroll.clientHeight));
  });
}

// Who is seen with whom: a matrix in seconds, and the same as a network.
const MOST_TOGETHER = 16;
const SVG = "http://www.w3.org/2000/svg";

function drawTogether() {
  const shown = cast().filter((c) => isCharacter(c.id)).slice(0, MOST_TOGETHER);
  const seconds = shown.map((one) => shown.map((other) => overlap(one.spans, other.spans)));
  const most = Math.max(1e-9, ...seconds.flatMap((line, i) => line.filter((_, j) => j !== i)));
  const head = make("tr", {}, make("td"), ...shown.map((c) => make("th", { scope: "col" }, title(c.id))));
  const lines = shown.map((c, i) => make("tr", {}, make("th", { scope: "row" }, title(c.id)), ...shown.map((other, j) => {
    const cell = make("td", { class: i === j ? "n own" : "n" }, seconds[i][j] ? seconds[i][j].toFixed(1) : "–");
    if (i !== j) { cell.style.setProperty("--much", seconds[i][j] / most); }
    return cell;
  })));
  find("matrix").replaceChildren(head, ...lines);
  drawNet(shown, seconds, most);
}

function drawNet(shown, seconds, most) {
  const draw = (tag, attributes, text) => {
    const node = document.createElementNS(SVG, tag);
    Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
    if (text) { node.textContent = text; }
    return node;
  };
  const place = (i, radius) => {
    const angle = 2 * Math.PI * i / shown.length - Math.PI / 2;
    return [220 + radius * Math.cos(angle), 160 + radius * Math.sin(angle)];
  };
  const longest = Math.max(...shown.map((c) => c.seconds), 1e-9);
  const parts = [];
  shown.forEach((_, i) => shown.slice(0, i).forEach((__, j) => {
    if (!seconds[i][j]) { return; }
    const [x1, y1] = place(i, 110), [x2, y2] = place(j, 110);
    parts.push(draw("line", { x1, y1, x2, y2, class: "tie", "stroke-width": 1 + 9 * seconds[i][j] / most }));
  }));
  shown.forEach((c, i) => {
    const [x, y] = place(i, 110), [tx, ty] = place(i, 136);
    parts.push(draw("circle", { cx: x, cy: y, r: 6 + 12 * Math.sqrt(c.seconds / longest), fill: colourOf(c.id) }));
    const anchor = Math.abs(tx - 220) < 20 ? "middle" : (tx > 220 ? "start" : "end");
    parts.push(draw("text", { x: tx, y: ty + 4, "text-anchor": anchor }, title(c.id).slice(0, 18)));
  });
  find("net").replaceChildren(...parts);
}

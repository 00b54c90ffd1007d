// Draw everything again after each change; filter; hide faces.
function keepFocus(redraw) {
  const here = document.activeElement;
  const name = here && here.getAttribute("aria-label");
  redraw();
  if (!name || document.activeElement !== document.body) { return; }
  const again = [...document.querySelectorAll("#main [aria-label]")].find((node) => node.getAttribute("aria-label") === name);
  if (again) { again.focus({ preventScroll: true }); }
}

function draw() {
  keepFocus(() => {
    const listed = cast();
    drawTimeline(listed);
    drawFaces(listed);
    drawChosen();
    drawReview();
    drawTogether(listed);
    drawJournal();
    filter();
  });
}

function filter() {
  const text = find("filter").value.trim().toLowerCase();
  const unsure = find("unsure").checked;
  document.querySelectorAll(".row, .sheet").forEach((node) => {
    const { id } = node.dataset;
    const hit = `${title(id)} ${id}`.toLowerCase().includes(text);
    node.hidden = !hit || (unsure && !membersOf(id).some((a) => a.sure < data.unsure));
  });
  document.querySelectorAll(".bar, .tile").forEach((node) => {
    node.classList.toggle("faint", unsure && appearances[node.dataset.row].sure >= data.unsure);
  });
}

find("filter").addEventListener("input", filter);
find("unsure").addEventListener("change", filter);
find("redact").addEventListener("change", (event) => document.body.classList.toggle("redacted", event.target.checked));
wireTimeline();
wireFaces();
wireJournal();
draw();

"""What WCAG 2.2 AA asks of a page and a machine can tell: names, headings, contrast, focus."""

_FAULTS = """() => {
  const faults = [];
  const shown = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && node.getClientRects().length > 0;
  const say = (what, node) => {
    const start = node.cloneNode(false).outerHTML.slice(0, 120);
    faults.push(`${what}: ${start} ${node.textContent.trim().slice(0, 40)}`);
  };

  // Names: of the page, of what is pointed at, of pictures.
  if (!document.documentElement.lang || !document.title) { faults.push("no language or title"); }
  const named = (node) => {
    const by = (node.getAttribute("aria-labelledby") || "").split(" ")
      .map((id) => document.getElementById(id)).filter(Boolean);
    const labels = [...(node.labels || []), ...by].map((label) => label.textContent).join("");
    const content = node.matches("select, input") ? "" : node.textContent;
    return Boolean((node.ariaLabel || labels || content || node.title || "").trim());
  };
  const controls = "a[href], button, input, select, textarea, [tabindex='0'], "
    + "[role=tab], [role=listbox], [role=option], [role=slider], [role=table], dialog, video";
  document.querySelectorAll(controls).forEach((node) => {
    if (shown(node) && !node.closest("[aria-hidden=true]") && !named(node)) {
      say("no name", node);
    }
  });
  const told = "[aria-hidden=true], [aria-live], [role=option], button, [role=img][aria-label]";
  document.querySelectorAll("img, svg, canvas, [role=img], .face, .frame").forEach((node) => {
    if (shown(node) && !node.closest(told) && !node.ariaLabel && !node.closest("[role=slider]")) {
      say("a picture without words", node);
    }
  });
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  ids.filter((id, place) => ids.indexOf(id) < place)
    .forEach((id) => faults.push(`id twice: ${id}`));

  // Headings: one title, and no level is left out on the way down.
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(shown);
  let level = 0;
  headings.forEach((node) => {
    const own = Number(node.tagName[1]);
    if (own > level + 1 || (own === 1 && level > 0)) { say("heading out of order", node); }
    level = own;
  });
  if (level === 0) { faults.push("no heading"); }

  // Contrast: of each piece of text with what is behind it.
  const parse = (colour) => {
    const parts = colour.match(/[\\d.]+/g).map(Number);
    const whole = colour.startsWith("color(srgb") ? 255 : 1;
    const rgb = parts.slice(0, 3).map((part) => part * whole);
    return { rgb, alpha: parts.length > 3 ? parts[3] : 1 };
  };
  const over = (top, alpha, below) => top.map((part, i) => alpha * part + (1 - alpha) * below[i]);
  const behind = (node) => {
    const layers = [];
    for (; node; node = node.parentElement) {
      const style = getComputedStyle(node);
      if (style.backgroundImage !== "none") { return null; }  // a picture: nobody can say
      const ground = parse(style.backgroundColor);
      if (ground.alpha > 0) { layers.push(ground); }
      if (ground.alpha === 1) { break; }
    }
    return layers.reverse().reduce((below, l) => over(l.rgb, l.alpha, below), [255, 255, 255]);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const seen = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || seen.has(node) || !shown(node)) { continue; }
    seen.add(node);
    if (node.closest("script, style, noscript, datalist, option, :disabled")) { continue; }
    const paper = behind(node);
    if (!paper) { continue; }
    const style = getComputedStyle(node);
    const ink = parse(node.closest("svg") ? style.fill : style.color);
    let alpha = ink.alpha;
    for (let up = node; up; up = up.parentElement) { alpha *= getComputedStyle(up).opacity; }
    const two = [luminance(over(ink.rgb, alpha, paper)), luminance(paper)].sort((a, b) => b - a);
    const ratio = (two[0] + 0.05) / (two[1] + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) { say(`contrast ${ratio.toFixed(2)}`, node); }
  }
  return faults;
}"""

_FOCUSED = """() => {
  const node = document.activeElement;
  if (node === document.body) { return null; }
  const drawn = [null, "::before", "::after"].map((part) => getComputedStyle(node, part))
    .some((style) => style.outlineStyle !== "none" || style.boxShadow !== "none");
  const box = node.getBoundingClientRect();
  const within = box.right > 0 && box.bottom > 0 && box.top < innerHeight && box.left < innerWidth;
  const what = node.cloneNode(false).outerHTML.slice(0, 120);
  return { what, fault: drawn ? (within ? "" : "is out of sight") : "does not show the focus" };
}"""
_MOST_STOPS = 150


def faults(page) -> list[str]:
    """What is wrong with what a page shows now, a sentence for each."""
    return page.evaluate(_FAULTS)


def focus_faults(page) -> list[str]:
    """What is wrong with the places that the Tab key goes to."""
    found = []
    page.evaluate("document.activeElement.blur()")
    for _ in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if focused is None:
            return found
        if focused["fault"]:
            found.append(f"{focused['what']} {focused['fault']}")
    return [*found, f"more than {_MOST_STOPS} stops"]

// What is wrong with the layout of a page, as texts: nothing may stand outside of the window, no
// text may be cut off or lie on another one, and each control is large enough and has a name.
() => {
  const LEAST = 24; // pixels of a control on each side (WCAG 2.2, 2.5.8)
  const ARROWS = 15; // pixels, of a field for numbers
  const wrong = new Set();
  const root = document.documentElement;
  const width = root.clientWidth;
  const overlap = (a, b) => Math.min(Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
  const called = (element) => {
    const near = element.closest("[data-box], [data-group], figure, section, header, #newest");
    const words = (element.textContent || element.getAttribute("aria-label") || "").trim().slice(0, 50);
    return `${near?.dataset.box ?? near?.dataset.group ?? near?.id ?? ""} ${element.localName} "${words}"`;
  };
  // Those that are for screen readers, that lie above the page while it scrolls, or in a region
  // that scrolls by itself, are no part of the layout.
  const apart = (element) => element.closest(".unseen, .skip, #newest, .scroll table, .lines, svg, canvas, .uplot, option");
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });

  if (root.scrollWidth > width) wrong.add(`the page is ${root.scrollWidth} px wide, the window ${width}`);
  const elements = [...document.body.querySelectorAll("*")].filter((element) => seen(element) && !apart(element));
  for (const element of elements) {
    const { left, right } = element.getBoundingClientRect();
    if (left < -0.5 || right > width + 0.5) wrong.add(`outside of the window: ${called(element)}`);
  }

  const texts = [];
  for (const element of elements) {
    for (const node of element.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const place of range.getClientRects()) texts.push({ element, place });
    }
  }
  for (const { element, place } of texts) {
    for (let above = element; above; above = above.parentElement) {
      if (getComputedStyle(above).overflowX === "visible") continue;
      const box = above.getBoundingClientRect();
      const cut = Math.max(place.right - box.right, box.left - place.left, place.bottom - box.bottom, box.top - place.top);
      if (cut > 1) wrong.add(`cut off by ${Math.ceil(cut)} px: ${called(element)}`);
    }
  }

  const controls = elements.filter((element) => element.matches("a, button, input, select, [role=button]"));
  for (const control of controls) {
    const { width: across, height } = control.getBoundingClientRect();
    if (Math.min(across, height) < LEAST - 0.01) wrong.add(`${across.toFixed()} x ${height.toFixed()} px: ${called(control)}`);
    const name = control.getAttribute("aria-label") ?? [...(control.labels ?? [])].map((label) => label.textContent).join(" ");
    if (!(name || control.textContent).trim()) wrong.add(`without a name: ${called(control)}`);
    if (control.placeholder) {
      const pen = document.createElement("canvas").getContext("2d");
      pen.font = getComputedStyle(control).font;
      const room = control.clientWidth - 2 * parseFloat(getComputedStyle(control).paddingLeft) - ARROWS;
      if (pen.measureText(control.placeholder).width > room) wrong.add(`cut off: ${control.placeholder}`);
    }
    if (control.matches("select, input") && control.scrollWidth > control.clientWidth + 1) wrong.add(`cut off: ${called(control)}`);
  }

  const things = [...texts, ...controls.map((element) => ({ element, place: element.getBoundingClientRect() }))];
  things.forEach((one, n) => {
    for (const other of things.slice(n + 1)) {
      if (one.element === other.element || one.element.contains(other.element) || other.element.contains(one.element)) continue;
      if (overlap(one.place, other.place) > 1.5) wrong.add(`on each other: ${called(one.element)} and ${called(other.element)}`);
    }
  });
  return [...wrong];
}

// The lines between the boxes, and the way that a dot takes along them.

import { s } from "./dom.js";
import { EDGES } from "./places.js";

const STEPS = 24; // points of a way
const wide = matchMedia("(min-width: 75rem)"); // as in board.css
const GUTTER = 13; // pixels from the border, where the ways run between boxes of one column

/**
 * Makes the lines. Returns {measure, update, way(from, to)}: measure() after a change of size, which
 * tells whether a box has moved.
 */
export function createEdges(svg, stage, boxes) {
  const lines = EDGES.map((edge) => {
    const path = s("path", { class: "edge" });
    svg.append(path);
    return { ...edge, path };
  });
  let places = new Map();
  let width = 0;
  let ways = new Map();

  const measure = () => {
    const origin = stage.getBoundingClientRect();
    width = origin.width;
    const before = JSON.stringify([...places]);
    places = new Map();
    ways = new Map();
    for (const [name, element] of boxes) {
      const { left, top, width: w, height } = element.getBoundingClientRect();
      if (w) places.set(name, { name, x: left - origin.left, y: top - origin.top, w, h: height });
    }
    for (const { from, to, path } of lines) {
      if (!places.has(from) || !places.has(to)) continue; // an empty slot of a narrow page
      const [a, b, c, d] = curve(places.get(from), places.get(to), width);
      path.setAttribute("d", `M${a} C${b} ${c} ${d}`);
    }
    return before !== JSON.stringify([...places]);
  };

  const update = (picture, known) => {
    for (const { from, to, of, path } of lines) {
      const there = [from, to].every((name) => picture.boxes.get(name)?.state !== "absent");
      const value = known ? picture.edges[of] : 0;
      const share = of === `${from}>${to}` ? 1 : (picture.boxes.get(from)?.share ?? 0);
      path.dataset.there = there;
      path.dataset.busy = value > 0;
      path.style.strokeWidth = `${1 + Math.min(9, Math.sqrt((value ?? 0) * share) * 0.75)}px`;
    }
  };

  /** The points from one box to another, [[x, y], ...]. */
  const way = (from, to) => {
    const key = `${from}>${to}`;
    if (!places.has(from) || !places.has(to)) return null;
    if (!ways.has(key)) ways.set(key, points(curve(places.get(from), places.get(to), width)));
    return ways.get(key);
  };
  return { measure, update, way };
}

// The four points of a Bezier curve between the sides that face each other.
function curve(a, b, width) {
  const middle = (box) => box.y + box.h / 2;
  if (b.x >= a.x + a.w - 1) return sideways([a.x + a.w, middle(a)], [b.x, middle(b)], 1);
  if (b.x + b.w <= a.x + 1) return sideways([a.x, middle(a)], [b.x + b.w, middle(b)], -1);
  if (!wide.matches) {
    // One below the other: along the left border what comes in, along the right one what goes on.
    const right = !["shoppers", "haproxy"].includes(a.name);
    const x = right ? width - GUTTER + 4 : GUTTER - 8;
    const side = (box) => (right ? box.x + box.w : box.x);
    return [[side(a), middle(a)], [x, middle(a)], [x, middle(b)], [side(b), middle(b)]];
  }
  // In one column: along its left side, not behind the boxes between them.
  return [[a.x, middle(a)], [a.x - GUTTER, middle(a)], [b.x - GUTTER, middle(b)], [b.x, middle(b)]];
}

function sideways(from, to, direction) {
  const pull = direction * Math.max(18, Math.abs(to[0] - from[0]) * 0.55);
  return [from, [from[0] + pull, from[1]], [to[0] - pull, to[1]], to];
}

function points([a, b, c, d]) {
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const v = step / STEPS;
    const u = 1 - v;
    return [0, 1].map(
      (axis) => u ** 3 * a[axis] + 3 * u * u * v * b[axis] + 3 * u * v * v * c[axis] + v ** 3 * d[axis],
    );
  });
}

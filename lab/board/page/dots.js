// Real requests as dots on one canvas. A dot starts when its record is known, a second late at
// most; its colour and its shape tell how the request ended.

const TRAVEL = 1300; // milliseconds from the shoppers to the end, for a fast request
const LONGEST_WAIT = 4000; // how long a dot may stand at its box
const MOST = 400; // dots at once
const OUTCOMES = ["ok", "cache", "refused", "failed"];
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Makes the layer. Returns {add, clear, resize, at}; `edges` gives the ways. */
export function createDots(canvas, stage, edges) {
  const context = canvas.getContext("2d");
  let dots = [];
  let colors = {};
  let frame = null;

  const resize = () => {
    const { width, height } = stage.getBoundingClientRect();
    const scale = Math.min(2, devicePixelRatio || 1);
    canvas.width = width * scale;
    canvas.height = height * scale;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const style = getComputedStyle(stage);
    colors = Object.fromEntries(OUTCOMES.map((name) => [name, style.getPropertyValue(`--${name}`)]));
  };

  const add = (picture, speed = 1) => {
    if (still.matches || document.hidden) return;
    const first = picture.at - 1;
    const now = performance.now();
    for (const dot of picture.dots.list) {
      if (dots.length >= MOST) break;
      const legs = legsOf(dot);
      if (!legs.length) continue;
      const late = Math.min(1, Math.max(0, dot.t - first)) * 1000;
      const wait = Math.min(LONGEST_WAIT, Math.max(0, (dot.d - 0.15) * 1000));
      dots.push({ ...dot, legs, start: now + late / speed, wait, speed });
    }
    frame ??= requestAnimationFrame(draw);
  };

  // The ways of a dot, one after the other. `back`: it ran into a dead box and turns.
  function legsOf({ to, from, outcome }) {
    const stops = ["shoppers", "haproxy"];
    const legs = [{ way: edges.way(...stops) }];
    if (from && from !== to) {
      const way = edges.way("haproxy", from);
      if (way) legs.push({ way, hit: true }, { way: [...way].reverse() });
    }
    if (edges.way("haproxy", to)) {
      legs.push({ way: edges.way("haproxy", to), at: true });
      const end = outcome === "cache" ? "cache" : outcome === "ok" ? database(to) : null;
      if (end) legs.push({ way: edges.way(to, end) });
    }
    return legs.filter((leg) => leg.way);
  }

  function draw(now) {
    context.clearRect(0, 0, canvas.width, canvas.height);
    dots = dots.filter((dot) => step(dot, now));
    frame = dots.length ? requestAnimationFrame(draw) : null;
  }

  function step(dot, now) {
    const passed = (now - dot.start) * dot.speed;
    if (passed < 0) return true;
    const leg = TRAVEL / 3;
    let rest = passed;
    for (const [n, { way, at, hit }] of dot.legs.entries()) {
      if (rest <= leg) return place(dot, way, ease(rest / leg), 1);
      rest -= leg;
      if (hit && rest < 260) ring(way.at(-1), rest / 260);
      if (at && rest <= dot.wait) return place(dot, way, 1, 1);
      if (at) rest -= dot.wait;
      if (n === dot.legs.length - 1 && rest <= 350) return place(dot, way, 1, 1 - rest / 350);
    }
    return false;
  }

  function place(dot, way, part, alpha) {
    const exact = part * (way.length - 1);
    const n = Math.min(way.length - 2, Math.floor(exact));
    const between = exact - n;
    dot.x = way[n][0] + (way[n + 1][0] - way[n][0]) * between;
    dot.y = way[n][1] + (way[n + 1][1] - way[n][1]) * between;
    context.globalAlpha = alpha;
    shape(dot);
    context.globalAlpha = 1;
    return true;
  }

  function shape({ x, y, outcome, kind }) {
    const color = colors[outcome] ?? colors.ok;
    context.fillStyle = context.strokeStyle = color;
    context.lineWidth = 2.5;
    context.beginPath();
    if (outcome === "failed") {
      context.moveTo(x - 4, y - 4);
      context.lineTo(x + 4, y + 4);
      context.moveTo(x + 4, y - 4);
      context.lineTo(x - 4, y + 4);
      context.stroke();
    } else if (outcome === "refused") {
      context.moveTo(x, y - 5);
      context.lineTo(x + 5, y + 4);
      context.lineTo(x - 5, y + 4);
      context.fill();
    } else if (kind === "order") {
      context.rect(x - 3.6, y - 3.6, 7.2, 7.2);
      context.fill();
    } else {
      context.arc(x, y, outcome === "cache" ? 3.2 : 4, 0, 7);
      if (outcome === "cache") context.stroke();
      else context.fill();
    }
  }

  function ring([x, y], part) {
    context.globalAlpha = 1 - part;
    context.strokeStyle = colors.failed;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 3 + part * 14, 0, 7);
    context.stroke();
    context.globalAlpha = 1;
  }

  /** The order that is drawn nearest to this point, or null. */
  const at = (x, y) => {
    const near = dots
      .filter((dot) => dot.order && dot.x !== undefined)
      .map((dot) => [Math.hypot(dot.x - x, dot.y - y), dot])
      .filter(([distance]) => distance < 14)
      .sort((one, other) => one[0] - other[0]);
    return near.length ? near[0][1] : null;
  };
  const clear = () => {
    dots = [];
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", resize);
  return { add, at, clear, resize };
}

function database(instance) {
  return instance?.startsWith("analytics") ? "postgres-analytics" : "postgres-core";
}

function ease(part) {
  return part < 0.5 ? 2 * part * part : 1 - (-2 * part + 2) ** 2 / 2;
}

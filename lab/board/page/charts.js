// Four charts of the last two minutes with one cursor, and the acts as numbered marks on all.
// uPlot is a classic script: it sets window.uPlot.

import { h, put } from "./dom.js";
import { SECONDS_SHOWN, SERIES } from "./store.js";
import { clock, count, rate, seconds, t } from "./text.js";

const ms = (value) => (value === null || value === undefined ? "–" : value < 999.5 ? `${count(value)} ms` : seconds(value / 1000));
const percent = (value) => (value === null || value === undefined ? "–" : `${count(value)} %`);
// Beside the colour, each series of a chart has a dash of its own.
const line = (name, color, dash, format = rate, scale = "y") => ({ name, color, dash, format, scale });
const CHARTS = [
  {
    id: "requests",
    series: [line("offered", "ink", [2, 3]), line("ok", "ok", []), line("refused", "refused", [6, 3]), line("failed", "failed", [3, 2])],
  },
  { id: "times", log: true, series: [line("p50_ms", "ok", [], ms), line("p95_ms", "cache", [6, 3], ms), line("max_ms", "ink", [2, 3], ms)] },
  { id: "saved", right: true, series: [line("hits", "cache", [], percent, "right"), line("sql", "ink", [6, 3])] },
  { id: "queues", series: [line("q_haproxy", "failed", [], count), line("q_outbox", "ok", [6, 3], count), line("q_broker", "refused", [3, 2], count), line("q_jobs", "ink", [2, 3], count)] },
];

/** Makes the charts. Returns {update(picture, columns, acts), resize}. */
export function createCharts(place) {
  let marks = [];
  const charts = CHARTS.map((chart) => createChart(place, chart, () => marks));
  let drawn = null;
  const update = (picture, columns, acts, force = false) => {
    const second = `${Math.round(picture.at)} ${acts.length}`;
    if (second === drawn && !force) return;
    drawn = second;
    marks = acts;
    for (const chart of charts) chart.update(picture.at, columns);
  };
  const resize = () => charts.forEach((chart) => chart.resize());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((chart) => chart.paint()));
  return { update, resize };
}

function createChart(place, chart, marks) {
  const title = t(`chart_${chart.id}`);
  const values = chart.series.map(() => h("b"));
  const legend = chart.series.map((series, n) => h("span", { class: `key ${series.color}`, "data-dash": series.dash.join("-") }, t(`series_${series.name}`), " ", values[n]));
  const holder = h("div", { class: "plot", role: "img", "aria-label": title });
  const figure = h("figure", {}, h("figcaption", {}, h("strong", {}, title), " ", ...legend), holder);
  place.append(figure);
  const columns = chart.series.map((series) => SERIES.indexOf(series.name) + 1);
  let plot = null;
  let drawnFor = null;
  let data = null;

  const paint = () => {
    plot?.destroy();
    drawnFor = scaleOfText();
    plot = new window.uPlot(options(chart, holder, marks), data ?? [[], ...columns.map(() => [])], holder);
  };
  const update = (at, all) => {
    data = [all[0], ...columns.map((n) => all[n])];
    if (!plot) paint();
    plot.batch(() => {
      plot.setData(data, false);
      plot.setScale("x", { min: at - SECONDS_SHOWN, max: at });
    });
    let now = all[0].length - 1;
    while (now > 0 && all[0][now] > at + 1) now -= 1; // in a replay there is more to come
    chart.series.forEach((series, n) => put(values[n], series.format(data[n + 1][now])));
    const shown = marks().filter((act) => act.at > at - SECONDS_SHOWN).map((act) => act.number);
    const text = figure.querySelector("figcaption").textContent;
    holder.setAttribute("aria-label", shown.length ? `${text}; ${t("chart_acts", { numbers: shown.join(", ") })}` : text);
  };
  const resize = () => {
    if (drawnFor !== scaleOfText() && plot) paint(); // the projector's text is larger, also on an axis
    else plot?.setSize({ width: holder.clientWidth, height: holder.clientHeight });
  };
  return { update, resize, paint };
}

/** How many times larger than usual the text of the page is. */
function scaleOfText() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

function options(chart, holder, marks) {
  const big = scaleOfText();
  const style = getComputedStyle(holder);
  const color = (name) => style.getPropertyValue(`--${name}`).trim();
  const axis = (more) => ({
    stroke: color("soft"),
    font: `${11 * big}px sans-serif`,
    grid: { stroke: color("hair"), width: 1 },
    ticks: { show: false },
    ...more,
  });
  const top = (plot, low, high) => [0, Math.max(1, (high ?? 0) * 1.1)];
  const value = (plot, splits) => splits.map((n) => (n === null ? "" : chart.log ? ms(n) : rate(n)));
  // As wide as the longest number needs.
  const width = (least) => (plot, values) => Math.max(least, 12 + 6.5 * Math.max(0, ...(values ?? []).map((text) => text.length))) * big;
  const axes = [
    axis({ values: (plot, splits) => splits.map((at) => clock(at).slice(0, 8)), space: 90 * big, size: 26 * big }),
    axis({ size: width(chart.log ? 50 : 36), space: 28 * big, values: value, ...(chart.log ? { splits: () => [1, 10, 100, 1000, 10000] } : {}) }),
  ];
  if (chart.right) axes.push(axis({ side: 1, scale: "right", size: 36 * big, space: 28 * big, grid: { show: false }, values: (plot, splits) => splits.map(percent) }));
  return {
    width: holder.clientWidth,
    height: holder.clientHeight,
    legend: { show: false },
    cursor: { sync: { key: "board" }, drag: { x: false, y: false }, points: { size: 6 } },
    padding: [14 * big, chart.right ? 4 : 30 * big, 0, 0],
    scales: {
      x: { time: false, auto: false },
      y: chart.log ? { distr: 3, range: (plot, low, high) => [1, Math.max(1000, 10 ** Math.ceil(Math.log10(high || 1)))] } : { range: top },
      right: { range: [0, 100] },
    },
    axes,
    series: [{}, ...chart.series.map((series) => ({ scale: series.scale, stroke: color(series.color), width: 2, dash: series.dash, points: { show: false }, spanGaps: false }))],
    hooks: { draw: [(plot) => drawMarks(plot, marks(), color)] },
  };
}

function drawMarks(plot, acts, color) {
  const { ctx, bbox } = plot;
  const scale = (devicePixelRatio || 1) * scaleOfText();
  ctx.save();
  ctx.font = `600 ${10 * scale}px sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  const labels = []; // marks that are close to each other share one label
  for (const { at, number } of acts) {
    const x = plot.valToPos(at, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = color("mark");
    ctx.lineWidth = scale;
    ctx.setLineDash([3 * scale, 3 * scale]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const last = labels.at(-1);
    const left = Math.min(x - 7 * scale, bbox.left + bbox.width - 14 * scale);
    if (last && left < last.x + last.width + 2 * scale) {
      last.text = `${last.text.split("–")[0]}–${number}`;
      last.width = (last.text.length * 6.4 + 4) * scale;
    } else labels.push({ x: left, text: `${number}`, width: Math.max(14, `${number}`.length * 6.4 + 4) * scale });
  }
  for (const { x: wanted, text, width } of labels) {
    const x = Math.max(bbox.left, Math.min(wanted, bbox.left + bbox.width - width)); // clear of the axes
    ctx.fillStyle = color("mark");
    ctx.beginPath();
    ctx.roundRect(x, bbox.top - 14 * scale, width, 14 * scale, 7 * scale);
    ctx.fill();
    ctx.fillStyle = color("card");
    ctx.fillText(text, x + width / 2, bbox.top - 6.5 * scale);
  }
  ctx.restore();
}

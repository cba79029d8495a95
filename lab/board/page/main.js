// The page: connects what is heard (or recorded) with what is shown.

import { createBoxes } from "./boxes.js";
import { createCards } from "./cards.js";
import { createCharts } from "./charts.js";
import { button, createControls } from "./controls.js";
import { h, put, show } from "./dom.js";
import { createDots } from "./dots.js";
import { createEdges } from "./edges.js";
import { createCommandLine, createLog } from "./log.js";
import { createOrders } from "./orders.js";
import { isRecording, play, recording } from "./player.js";
import { act, listen, stepsOf } from "./source.js";
import { createStore, takeSnapshot, takeTick } from "./store.js";
import { createTable } from "./table.js";
import { clock, t } from "./text.js";
import { createTruth } from "./truth.js";

const SLOW = 0.25; // of real time
const BEFORE_ACT = 2; // seconds of slow motion before the act
const HELD = 240; // ticks that a paused page keeps

const byId = (id) => document.getElementById(id);
const store = createStore();
const stage = byId("stage");
let mode = "waiting"; // live, lost, paused, slow, replay
let since = Date.now() / 1000; // of the mode
let held = [];
let slow = null;
let shown = null; // the picture on the page: in a recording or in slow motion not the newest one
let pauseButton = null; // of a live page

for (const element of document.querySelectorAll("[data-t]")) put(element, t(element.dataset.t));
const boxes = createBoxes(stage, perform);
const edges = createEdges(byId("edges"), stage, boxes.elements);
const dots = createDots(byId("dots"), stage, edges);
const command = createCommandLine(byId("command"));
const log = createLog(stage, byId("newest"));
const truth = createTruth(byId("truth"));
const charts = createCharts(byId("charts"));
const controls = createControls(boxes.tools, perform);
const orders = createOrders(byId("orders"), isRecording() ? async () => null : stepsOf);
const cards = createCards(byId("cards"), perform);
const table = createTable(byId("table"));
const legend = createLegend(byId("legend"));

/** Asks for an act; whether it was accepted. What becomes of it comes with the ticks. */
async function perform(verb, name = null, value = null) {
  if (mode !== "live") {
    command.say(t("not_live"));
    return false;
  }
  command.say(t("asked", { what: [verb, name, value].filter((word) => word !== null).join(" ") }));
  const answer = await act(verb, name, value);
  command.say(answer.ok ? "" : t("refused_because", { why: answer.text || t("no_answer") }));
  return answer.ok;
}

function draw(picture = store.picture) {
  if (!picture) return;
  shown = picture;
  const known = mode !== "lost" && mode !== "waiting";
  const acts = [...picture.acts.values()].sort((a, b) => a.number - b.number);
  boxes.update(picture, known);
  edges.update(picture, known);
  truth.update(picture, known, since);
  controls.update(picture, known);
  charts.update(picture, store.columns, acts);
  log.update(acts);
  command.update(acts);
  cards.learn(acts);
  orders.update(store.orders);
  legend(picture);
  if (!byId("table").hidden) table.update(picture, known);
}

function setMode(next, words = {}) {
  mode = next;
  since = Date.now() / 1000;
  document.body.dataset.link = next;
  if (pauseButton) put(pauseButton, t(["paused", "slow"].includes(next) ? "resume" : "pause"));
  put(byId("link"), t(`link_${next}`, { ...words, at: clock(words.at ?? since) }));
}

function live() {
  listen({
    snapshot(document) {
      held = [];
      takeSnapshot(store, document);
      cards.set(store.cards);
      if (mode === "lost" || mode === "waiting") setMode("live");
      draw();
    },
    tick(tick) {
      if (mode === "waiting") return;
      if (mode === "paused" || mode === "slow") {
        held.push(tick);
        held.splice(0, Math.max(0, held.length - HELD));
        return;
      }
      take(tick);
    },
    lost() {
      slow?.pause();
      setMode("lost");
      dots.clear();
      draw();
    },
    found() {
      setMode("live");
    },
  });
}

function take(tick) {
  takeTick(store, tick);
  if (tick.cards) cards.set(tick.cards);
  dots.add(store.picture);
  draw();
}

function pause() {
  if (mode === "live") return setMode("paused");
  slow?.pause();
  slow = null;
  setMode("live");
  for (const tick of held.splice(0)) takeTick(store, tick);
  return draw();
}

function slowMotion() {
  const last = [...(store.picture?.acts.values() ?? [])].at(-1);
  const from = store.ring.findIndex((picture) => last && picture.at >= last.at - BEFORE_ACT);
  if (mode !== "live" || from < 0) return command.say(t("no_act_yet"));
  setMode("slow", { number: last.number });
  dots.clear();
  slow = play(store.ring.slice(from), {
    speed: SLOW,
    show(picture) {
      dots.add(picture, SLOW);
      draw(picture);
    },
    ended: pause,
  });
  return null;
}

function replay(session) {
  store.limited = false;
  const told = new Set(session.history.flatMap((tick) => tick.acts.map((one) => one.number)));
  const before = session.acts.filter((one) => !told.has(one.number));
  const ticks = session.history.map((tick, n) => {
    takeTick(store, n ? tick : { ...tick, acts: [...before, ...tick.acts] });
    return store.picture;
  });
  setMode("replay", { at: session.history[0]?.at });
  const place = h("input", { type: "range", min: 0, max: ticks.length - 1, value: 0, "aria-label": t("replay_place") });
  const speed = h("select", { "aria-label": t("replay_speed") }, ...[0.25, 1, 4].map((n) => h("option", { value: n, selected: n === 1 }, t("times", { n }))));
  const time = h("output");
  const player = play(ticks, {
    show(picture, index, jumped) {
      if (jumped) dots.clear();
      place.value = index;
      put(time, clock(picture.at));
      dots.add(picture, Number(speed.value));
      draw(picture);
    },
    ended: () => put(toggle, t("replay_play")),
  });
  const toggle = h("button", { type: "button", on: { click: turn } }, t("pause"));
  function turn() {
    if (player.playing) player.pause();
    else player.resume();
    put(toggle, t(player.playing ? "pause" : "replay_play"));
  }
  place.addEventListener("input", () => player.seek(Number(place.value)));
  speed.addEventListener("change", () => (player.speed = Number(speed.value)));
  byId("views").prepend(toggle, place, time, speed);
}

function createLegend(place) {
  const scale = h("strong");
  const outcome = (name) => h("span", { class: `key ${name}` }, t(`outcome_${name}`));
  place.append(scale, " ", ...["ok", "cache", "refused", "failed"].map(outcome), h("span", { class: "key order" }, t("legend_order")));
  return (picture) => put(scale, t(picture.dots.k === 1 ? "dot_is_one" : "dot_is", { n: picture.dots.k }));
}

function createViews(isReplay) {
  const toggles = {
    table: (on) => {
      show(byId("table"), on);
      if (shown) draw(shown);
      if (on) byId("table").scrollIntoView(); // it is below the charts
    },
    wall: (on) => {
      document.body.classList.toggle("wall", on);
      location.hash = on ? "wall" : "";
      settle();
    },
  };
  const toggle = (name) => {
    const control = h("button", { type: "button", "aria-pressed": "false", title: t(`view_${name}_help`), on: { click: turn } }, t(`view_${name}`));
    function turn() {
      const on = control.getAttribute("aria-pressed") !== "true";
      control.setAttribute("aria-pressed", on);
      toggles[name](on);
    }
    return control;
  };
  const views = [toggle("table"), toggle("wall")];
  byId("views").append(...views);
  if (isReplay) return null;
  const field = (name, more) => h("input", { type: "number", placeholder: t(name), "aria-label": t(`${name}_label`), ...more });
  const [faults, seed] = [field("faults", { min: 1, max: 50 }), field("seed", { min: 0, max: 1e6 })];
  const storm = button("storm", t("storm"), () => {
    if (![faults, seed].every((one) => one.reportValidity())) return;
    perform("storm", faults.value || null, seed.value === "" ? null : Number(seed.value));
  });
  pauseButton = button("pause", t("pause"), pause);
  byId("views").prepend(pauseButton, button("slow", t("slow"), slowMotion));
  byId("views").append(h("a", { href: "/replay", download: true }, t("save")));
  byId("command").append(h("span", { class: "global" }, storm, faults, seed, button("audit", t("audit"), () => perform("audit"))));
  if (location.hash === "#wall") views[1].click();
  return null;
}

// Measures again: the lines, the canvas and the charts follow the boxes. Dots on a way that is no
// more are dropped.
function settle() {
  if (edges.measure()) dots.clear();
  dots.resize();
  charts.resize();
  if (shown) draw(shown);
}

stage.addEventListener("click", (event) => {
  const origin = stage.getBoundingClientRect();
  const dot = dots.at(event.clientX - origin.left, event.clientY - origin.top);
  if (dot) orders.follow(dot);
});
document.body.classList.toggle("recorded", isRecording());
createViews(isRecording());
const observer = new ResizeObserver(settle);
for (const element of [stage, ...boxes.elements.values()]) observer.observe(element);
setMode("waiting");
if (isRecording()) recording().then(replay);
else live();

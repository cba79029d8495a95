// The controls that stand beside what they change. They show what is in force: a value comes from
// the ticks, never from the click. Each tells its command in `data-command`.

import { h, put } from "./dom.js";
import { commandOf } from "./places.js";
import { count, t } from "./text.js";

const START_RATE = 60; // requests/s of the one button that begins
const LEVERS = {
  haproxy: { BALANCE: ["leastconn", "roundrobin", "random"], EDGE_CACHE: ["off", "on"] },
  cache: { CACHE: ["redis", "near", "local", "off"] },
};
const HOLD_MS = 1500; // so long a control waits for the ticks after a change
const REST_MS = 200; // a slider moved by keys changes at each step: only where it rests is asked for

/** Makes the controls of the groups. Returns {update(picture, known)}. */
export function createControls(tools, perform) {
  const parts = [
    createSlider(tools.get("shoppers"), "rate", perform),
    createSlider(tools.get("shoppers"), "orders", perform),
    createSwitch(tools.get("shoppers"), perform),
    createStepper(tools.get("core"), "scale", "replicas", 8, perform),
    createStepper(tools.get("workers"), "workers", "workers", 4, perform),
    ...Object.entries(LEVERS).flatMap(([group, levers]) =>
      Object.entries(levers).map(([name, values]) => createLever(tools.get(group), name, values, perform)),
    ),
  ];
  tools.get("core").append(button("rolling-restart", t("rolling_restart"), () => perform("rolling-restart")));
  tools.get("cache").append(button("flush-cache", t("flush_cache"), () => perform("flush-cache")));
  return {
    update(picture, known) {
      const controls = picture.controls;
      for (const part of parts) part(controls, known);
    },
  };
}

/** A button with its command. */
export function button(verb, label, click, name = null) {
  return h("button", { type: "button", "data-command": commandOf(verb, name), on: { click } }, label);
}

function createSlider(place, name, perform) {
  let changed = -HOLD_MS;
  let resting = null;
  const value = h("b", {}, "–"); // no <output>: a label names the first control inside it
  const input = h("input", { type: "range", min: 0, max: 100, step: 5, value: 0, on: { change: send, input: move } });
  place.append(h("label", { class: "slider" }, h("span", {}, t(`${name}_label`)), value, input));
  function move() {
    changed = performance.now();
    put(value, t(`${name}_value`, { n: count(Number(input.value)) }));
  }
  function send() {
    move();
    clearTimeout(resting);
    resting = setTimeout(() => perform(name, null, Number(input.value)), REST_MS);
  }
  return (controls) => {
    if (performance.now() - changed < HOLD_MS || controls[name] === undefined) return;
    if (input.value !== String(controls[name])) input.value = controls[name];
    put(value, t(`${name}_value`, { n: count(controls[name]) }));
  };
}

function createSwitch(place, perform) {
  let on = false;
  const control = h("button", { type: "button", class: "main", on: { click: () => perform("rate", null, on ? 0 : START_RATE) } });
  place.append(control);
  return (controls) => {
    on = (controls.rate ?? 0) > 0;
    put(control, on ? t("stop_sending") : t("start_sending", { n: count(START_RATE) }));
    control.classList.toggle("on", on);
  };
}

function createStepper(place, verb, field, most, perform) {
  let now = null;
  const value = h("output", {}, "–");
  const step = (by) =>
    h("button", { type: "button", class: "step", on: { click: () => move(by) } }, by < 0 ? "−" : "+");
  const [less, more] = [step(-1), step(1)];
  place.append(h("span", { class: "stepper" }, less, value, more));
  function move(by) {
    if (now !== null) perform(verb, null, now + by);
  }
  return (controls) => {
    if (now === controls[field]) return;
    now = controls[field] ?? null;
    put(value, count(now));
    for (const [control, by] of [[less, -1], [more, 1]]) {
      const command = commandOf(verb, null, (now ?? 0) + by);
      control.dataset.command = command;
      control.setAttribute("aria-label", command.replace("./escala ", ""));
      control.disabled = now === null || now + by < 1 || now + by > most;
    }
  };
}

function createLever(place, name, values, perform) {
  const select = h("select", { "data-command": commandOf("lever", name, values[0]), on: { change: send } }, ...values.map((value) => h("option", {}, value)));
  let changed = -HOLD_MS;
  place.append(h("label", { class: "lever" }, h("span", {}, name), select));
  function send() {
    changed = performance.now();
    select.dataset.command = commandOf("lever", name, select.value);
    perform("lever", name, select.value);
  }
  return (controls) => {
    const value = controls.levers?.[name];
    if (value === undefined || performance.now() - changed < HOLD_MS || select.value === value) return;
    select.value = value;
  };
}

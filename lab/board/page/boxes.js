// The boxes: one for each part. A state is told by a word, a shape and a colour.

import { h, icon, put, show } from "./dom.js";
import { GROUPS, commandOf, processOf, verbsFor } from "./places.js";
import { count, hasText, rate, seconds, shortCount, t } from "./text.js";

const THREADS = 16; // of an instance: the length of its bar when all are busy

/** The state of a box in this picture: an idle shopper is not called stopped. */
export function stateOf(name, picture, known) {
  const state = known ? (picture.boxes.get(name)?.state ?? "unknown") : "unknown";
  return name === "shoppers" && state === "stopped" ? "idle" : state;
}

/** Makes the groups and their boxes. Returns {update, elements: Map, tools: Map}. */
export function createBoxes(stage, perform) {
  const boxes = new Map();
  const tools = new Map();
  const rests = [];
  for (const group of GROUPS) {
    const tool = h("div", { class: "tools" });
    const holder = h("div", { class: "boxes" });
    const title = h("h3", {}, t(`group_${group.id}`));
    stage.append(
      h("section", { class: "group", "data-group": group.id }, h("div", { class: "head" }, title, tool), holder),
    );
    tools.set(group.id, tool);
    for (const name of group.boxes) {
      const box = createBox(name);
      boxes.set(name, box);
      holder.append(box.element);
    }
    if (group.boxes.length > 2) {
      const rest = h("p", { class: "rest" });
      holder.append(rest);
      rests.push([rest, group.boxes]);
    }
  }
  // Both databases are one process: what strikes it stands once, on their common frame.
  const frame = { begin: h("span", { class: "begin" }), buttons: h("span", { class: "buttons" }), verbs: "" };
  tools.get("postgres").append(h("div", { class: "second" }, frame.begin, frame.buttons));

  const update = (picture, known) => {
    for (const [name, box] of boxes) {
      const state = stateOf(name, picture, known);
      draw(box, name, state, (known && picture.boxes.get(name)) || {});
      if (processOf(name) === name) offer(box, name, state, perform);
    }
    for (const [rest, names] of rests) {
      const absent = names.filter((name) => known && picture.boxes.get(name)?.state === "absent");
      put(rest, absent.length ? t("rest", { names: inShort(absent) }) : "");
    }
    const postgres = picture.boxes.get("postgres-core")?.state;
    offer(frame, "postgres", known ? postgres : "unknown", perform);
  };
  const elements = new Map([...boxes].map(([name, box]) => [name, box.element]));
  return { update, elements, tools };
}

// The empty slots of a group in one line, for a narrow page: "core-4 to core-8", or one by one.
function inShort(names) {
  const number = (name) => Number(name.split("-").at(-1));
  const [first, last] = [names[0], names.at(-1)];
  const inOneRow = names.length > 1 && number(last) - number(first) === names.length - 1;
  return inOneRow ? t("from_to", { first, last }) : names.join(", ");
}

function createBox(name) {
  const box = {
    verbs: "",
    state: "",
    shape: h("span", { class: "shape" }),
    word: h("b"),
    rate: h("span", { class: "rate" }),
    belief: h("span", { class: "belief" }),
    again: h("span", { class: "again", title: t("again_help") }),
    note: h("span", { class: "note" }),
    begin: h("span", { class: "begin" }),
    buttons: h("span", { class: "buttons" }),
    bar: h("i", { class: "busy" }),
  };
  box.element = h(
    "div",
    { class: "box", "data-box": name, role: "group", "aria-label": name },
    h("p", { class: "first" }, h("span", { class: "title" }, box.shape, h("span", { class: "name" }, name, " ", box.word)), box.again, box.rate),
    h("div", { class: "second" }, box.begin, box.belief, box.note, box.buttons),
    box.bar,
  );
  return box;
}

function draw(box, name, state, data) {
  if (box.state !== state) {
    // What has died falls apart once; what comes back is seen to come.
    box.element.dataset.was = box.state;
    box.element.dataset.state = state;
    box.shape.replaceChildren(icon(hasText(`state_${state}`) ? state : "unknown"));
    box.state = state;
  }
  put(box.word, t(`state_${state}`));
  // A part without a rate has its note in the place of the rate; beside `start` if there is one.
  const rated = data.rate !== null && data.rate !== undefined && state !== "absent";
  const beside = !rated && processOf(name) === name && !verbsFor(name, state).includes("start");
  put(box.rate, rated ? t("per_second", { n: rate(data.rate) }) : beside ? (data.note ?? "") : "");
  box.rate.classList.toggle("noted", !rated);
  put(box.note, beside ? "" : (data.note ?? ""));
  put(box.belief, belief(data));
  box.belief.classList.toggle("differs", Boolean(data.disagree));
  const again = state === "absent" ? 0 : (data.again ?? 0);
  put(box.again, t("again", { n: shortCount(again) }));
  show(box.again, again > 0);
  box.bar.style.width = `${Math.min(100, ((data.busy ?? 0) / THREADS) * 100)}%`;
  box.bar.title = data.busy ? t("busy", { n: count(data.busy) }) : "";
}

// What HAProxy believes, and for how long that has not been what the process is.
function belief(data) {
  if (!data.haproxy || data.state === "absent") return "";
  const words = { state: data.haproxy, for: seconds(data.disagree) };
  return t(data.disagree ? "haproxy_differs" : "haproxy_believes", words);
}

// Makes the buttons anew when other verbs are possible. The focus stays in the box, on no button: a
// second Enter must not press another verb.
function offer(box, name, state, perform) {
  const verbs = verbsFor(name, state);
  if (box.verbs === verbs.join()) return;
  const focused = [box.begin, box.buttons].some((place) => place.contains(document.activeElement));
  box.verbs = verbs.join();
  const buttons = verbs.map((verb) => button(verb, name, perform));
  box.begin.replaceChildren(...buttons.filter((one) => one.matches(".start")));
  box.buttons.replaceChildren(...buttons.filter((one) => !one.matches(".start")));
  if (focused) {
    box.begin.parentElement.tabIndex = -1;
    box.begin.parentElement.focus();
  }
}

function button(verb, name, perform) {
  return h(
    "button",
    {
      type: "button",
      class: `verb ${verb}`,
      "aria-label": `${verb} ${name}`,
      "data-command": commandOf(verb, name),
      on: { click: () => perform(verb, name) },
    },
    t(`verb_${verb}`),
  );
}

// The same data as a table: for screen readers, for copying, and for whoever likes tables.

import { stateOf } from "./boxes.js";
import { h, put } from "./dom.js";
import { BOXES } from "./places.js";
import { count, rate, seconds, t } from "./text.js";

const COLUMNS = ["part", "state", "haproxy", "rate", "under_way", "again", "note"];

/** Makes the tables. Returns {update(picture, known)}. */
export function createTable(place) {
  const parts = grid("table_parts", COLUMNS, BOXES);
  const lines = grid("table_lines", ["line", "amount"], []);
  place.append(parts.element, lines.element);
  const update = (picture, known) => {
    for (const name of BOXES) {
      const box = (known && picture.boxes.get(name)) || {};
      const differs = box.disagree ? ` (${t("differs", { for: seconds(box.disagree) })})` : "";
      parts.fill(name, [name, t(`state_${stateOf(name, picture, known)}`), `${box.haproxy ?? "–"}${differs}`, rate(box.rate), count(box.busy), count(box.again), box.note ?? ""]);
    }
    for (const [name, value] of [...Object.entries(picture.edges), ...Object.entries(picture.queues)]) {
      const words = name.includes(">") ? name.split(">").join(" → ") : t("queue_of", { name });
      lines.fill(name, [words, known ? rate(value) : "–"]);
    }
  };
  return { update };
}

function grid(caption, columns, names) {
  const body = h("tbody");
  const rows = new Map();
  const head = h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, t(`column_${name}`))));
  const table = h("table", {}, h("caption", {}, t(caption)), h("thead", {}, head), body);
  const fill = (name, values) => {
    if (!rows.has(name)) {
      const cells = values.map((_, n) => h(n ? "td" : "th", n ? {} : { scope: "row" }));
      rows.set(name, cells);
      body.append(h("tr", {}, ...cells));
    }
    rows.get(name).forEach((cell, n) => put(cell, values[n]));
  };
  names.forEach((name) => fill(name, columns.map(() => "")));
  return { element: h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t(caption) }, table), fill };
}

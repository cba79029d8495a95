// The truth line: what was acknowledged, what core recorded and what analytics counted. A number
// that is not known now is grey and says since when; an old one is never shown as today's.

import { h, icon, put } from "./dom.js";
import { clock, count, seconds, t } from "./text.js";

const OLD = 10; // seconds after which an event is sent again: travelling longer is worth a look

/** Makes the line. Returns {update(picture, known, since)}. */
export function createTruth(place) {
  const sum = ["acknowledged", "recorded", "counted"].map((name) => figure(name));
  const wrong = ["lost", "doubled", "in_doubt"].map((name) => figure(name));
  const travelling = h("span", { class: "travelling" });
  const asOf = h("span", { class: "as-of" });
  const [acknowledged, recorded, counted] = sum.map((item) => item.element);
  // On a narrow page the sign begins the next line together with its number.
  for (const element of [recorded, counted]) element.prepend(h("span", { class: "equals" }, "="), " ");
  const first = h("p", { class: "sum" }, acknowledged, " ", recorded, " ", counted, " ", travelling);
  const second = h("p", { class: "wrong" }, ...wrong.flatMap((item) => [item.element, " "]), asOf);
  place.append(first, second);

  const update = (picture, known, since) => {
    const truth = picture.truth ?? {};
    const unknown = truth.unknown_since ?? {};
    const gone = known ? null : since;
    draw(sum[0], truth.acknowledged, gone);
    draw(sum[1], truth.recorded, gone ?? unknown.core);
    draw(sum[2], truth.counted, gone ?? unknown.analytics);
    const doubt = gone ?? unknown.core;
    draw(wrong[0], truth.lost, doubt);
    draw(wrong[1], truth.doubled, doubt ?? unknown.analytics);
    draw(wrong[2], truth.in_doubt, gone);
    const words = { n: count(truth.travelling), oldest: seconds(truth.oldest ?? 0) };
    const moving = !gone && !unknown.core && !unknown.analytics && truth.travelling;
    put(travelling, moving ? t("travelling", words) : "");
    travelling.classList.toggle("old", moving && truth.oldest > OLD);
    const age = truth.as_of ? picture.at - truth.as_of : null;
    put(asOf, gone || unknown.core || unknown.analytics || age === null ? "" : t("as_of", { age: seconds(age) }));
  };
  return { update };
}

function figure(name) {
  const value = h("b", { class: "value" });
  const word = h("span", { class: "word" }, t(name));
  const shape = h("span", { class: "shape" });
  const asSum = ["acknowledged", "recorded", "counted"].includes(name);
  const parts = asSum ? [value, " ", word] : [shape, word, " ", value];
  return { value, shape, asSum, element: h("span", { class: "figure", title: t(`${name}_help`) }, ...parts) };
}

function draw({ element, value, shape, asSum }, number, unknownSince) {
  const known = !unknownSince && number !== null && number !== undefined;
  const words = asSum ? t("not_known", { at: clock(unknownSince ?? 0) }) : t("state_unknown");
  put(value, unknownSince ? words : count(number));
  const state = !known ? "unknown" : asSum ? "plain" : number ? "bad" : "good";
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  if (!asSum) shape.replaceChildren(icon({ bad: "failed", good: "up", unknown: "unknown" }[state]));
}

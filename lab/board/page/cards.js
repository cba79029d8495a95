// What-if cards: a question, your guess, one button, and what was measured.

import { h, put } from "./dom.js";
import { rate, t } from "./text.js";

/** Makes the cards when the snapshot brings them. Returns {set(cards), learn(acts)}. */
export function createCards(place, perform) {
  const list = h("div", { class: "cards" });
  place.append(h("p", { class: "hint" }, t("cards_hint")), list);
  let cards = new Map();

  const set = (found) => {
    if (found.map((card) => card.id).join() !== [...cards.keys()].join()) {
      cards = new Map(found.map((card) => [card.id, create(card)]));
      list.replaceChildren(...[...cards.values()].map((card) => card.element));
    }
    for (const card of found) cards.get(card.id).update(card);
  };

  function create(card) {
    const guess = h("input", { type: "number", min: 0, step: "any", inputmode: "decimal", required: true, id: `guess-${card.id}` });
    const answer = h("p", { class: "answer", "aria-live": "polite" });
    const run = h("button", { type: "submit" }, t("card_run"));
    // The board serves these files: the links work without a network.
    const read = (path, text) => h("a", { href: `/read/${path}`, target: "_blank", rel: "noopener" }, text);
    const command = `./escala run ${card.experiment}`;
    const links = h(
      "p",
      { class: "links" },
      read(card.chapter, t("card_chapter", { chapter: card.chapter.replace(/^.*\//, "") })),
      read(card.code, t("card_experiment", { experiment: card.experiment })),
      h("code", { "data-command": command, tabindex: 0 }, command),
    );
    const send = async (event) => {
      event.preventDefault();
      put(answer, t("card_running"));
      if (!(await perform("card", card.id, Number(guess.value)))) put(answer, "");
    };
    const label = h("label", { for: guess.id }, t("card_guess", { unit: card.unit ?? "" }));
    const form = h("form", { on: { submit: send } }, label, guess, run);
    const element = h("article", { class: "card" }, h("h3", {}, card.question), form, answer, links);
    const update = (now) => {
      if (now.measured === null || now.measured === undefined) {
        if (now.text) put(answer, now.text);
        return;
      }
      const words = { guess: rate(now.guess), measured: rate(now.measured), unit: card.unit ?? "" };
      put(answer, `${t("card_answer", words)} ${now.text ?? ""}`);
      element.dataset.done = true;
    };
    return { element, update };
  }
  /** Shows what the acts have measured since the snapshot. */
  const learn = (acts) => {
    for (const one of acts) {
      if (one.verb !== "card" || one.measured === null || one.measured === undefined) continue;
      cards.get(one.name)?.update({ guess: one.value, measured: one.measured, text: one.text });
    }
  };
  return { set, learn };
}

// The latest orders. Click one, here or as a dot, and see every step that is recorded of it.

import { h, icon, put } from "./dom.js";
import { clock, t } from "./text.js";

/** Makes the list. Returns {update(orders), follow(dot)}; `stepsOf` asks the board for a key. */
export function createOrders(place, stepsOf) {
  const list = h("ul", { class: "list" });
  const empty = h("p", { class: "empty" }, t("orders_empty"));
  const steps = h("div", { class: "steps", "aria-live": "polite" });
  place.append(h("p", { class: "hint" }, t("orders_hint")), empty, list, steps);
  let shown = "";

  const update = (orders) => {
    const keys = orders.map((order) => order.order).join();
    if (keys === shown || list.contains(document.activeElement) || list.matches(":hover")) return;
    shown = keys;
    empty.hidden = orders.length > 0;
    list.replaceChildren(...orders.map(row));
  };

  function row(dot) {
    const label = t("order_row", { at: clock(dot.t), to: dot.to ?? "–", outcome: t(`outcome_${dot.outcome}`) });
    const shape = icon({ ok: "up", cache: "up", refused: "stopped" }[dot.outcome] ?? "failed");
    return h("li", {}, h("button", { type: "button", "data-state": dot.outcome, title: dot.order, on: { click: () => follow(dot) } }, shape, label));
  }

  async function follow(dot) {
    steps.replaceChildren(h("p", {}, t("asking")));
    const found = await stepsOf(dot.order);
    const title = h("h3", {}, t("order_steps", { key: dot.order }));
    if (!found) return steps.replaceChildren(title, h("p", {}, t("no_steps")));
    const start = found[0]?.at ?? 0;
    const lines = found.map(({ at, what, where }) =>
      h("li", {}, h("b", {}, t("after", { ms: Math.round((at - start) * 1000) })), " ", what, where ? h("span", {}, ` · ${where}`) : null),
    );
    steps.replaceChildren(title, h("ol", {}, ...lines));
    put(empty, t("orders_empty"));
    return null;
  }
  return { update, follow };
}

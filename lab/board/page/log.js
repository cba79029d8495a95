// The log of acts: one numbered sentence each; the same numbers are on the charts. And the line
// that shows the command of a control, to copy it.

import { h, put, show } from "./dom.js";
import { clock, t } from "./text.js";

const SHOWN = 30;
const KEPT_MS = 5000; // so long a command stays after it was pointed at: time to go and copy it

/**
 * Makes the log, and in `bar` its newest line: on a narrow page it stays in sight, also beside the
 * button that was pressed. Returns {update(acts)}: the newest act comes first.
 */
export function createLog(stage, bar) {
  const list = h("ol", { class: "lines", "aria-live": "polite", "aria-relevant": "additions text", tabindex: 0, "aria-label": t("log_title") });
  const empty = h("p", { class: "empty" }, t("log_empty"));
  stage.append(h("section", { class: "group", "data-group": "log" }, h("div", { class: "head" }, h("h3", {}, t("log_title"))), empty, list));
  const lines = new Map();

  const update = (acts) => {
    const wanted = new Set(acts.slice(-SHOWN).map((act) => act.number));
    for (const [number, line] of lines) {
      if (wanted.has(number)) continue;
      line.element.remove();
      lines.delete(number);
    }
    for (const act of acts.slice(-SHOWN)) {
      if (!lines.has(act.number)) {
        const line = createLine(act);
        lines.set(act.number, line);
        list.prepend(line.element);
      }
      const { element, text } = lines.get(act.number);
      element.dataset.state = act.state;
      put(text, sentence(act));
    }
    empty.hidden = acts.length > 0;
    show(bar, acts.length > 0);
    if (acts.length) put(bar, `${acts.at(-1).number} ${sentence(acts.at(-1))}`);
  };
  return { update };
}

function createLine(act) {
  const text = h("span", { class: "text" });
  const time = h("time", {}, clock(act.at));
  return { text, element: h("li", {}, h("span", { class: "number" }, `${act.number}`), " ", text, " ", time) };
}

/** "kill core-2: HAProxy knew after 0.11 s; 0 failed; ..." A freeze is called so, as its button is. */
export function sentence(act) {
  const what = act.verb === "freeze" ? act.title : (act.command?.replace("./escala ", "") ?? act.title);
  return `${what}: ${act.text || t(`act_${act.state}`)}`;
}

/**
 * Makes the line of the command: of what the pointer or the focus is on, and soon after that of the
 * last act. Returns {say(text), update(acts)}: say() tells what the board answered to a click.
 */
export function createCommandLine(place) {
  const command = h("code", {}, "./escala");
  let last = "./escala";
  let held = false; // the pointer or the focus is, or was just now, on a control
  let timer = null;
  const copied = h("span", { class: "said", role: "status" });
  const copy = h("button", { type: "button", on: { click: () => copyCommand() } }, t("copy"));
  place.append(h("span", { class: "prompt", "aria-hidden": "true" }, "$"), command, copy, copied);
  const release = () => {
    [held, timer] = [false, null];
    put(command, last);
  };
  const point = ({ target }) => {
    const pointed = target.closest?.("[data-command]")?.dataset.command;
    if (pointed) put(command, pointed);
    if (pointed || place.contains(target)) {
      clearTimeout(timer);
      [held, timer] = [true, null];
    } else if (held) timer ??= setTimeout(release, KEPT_MS);
  };
  document.addEventListener("focusin", point);
  document.addEventListener("pointerover", point);

  async function copyCommand() {
    try {
      await navigator.clipboard.writeText(command.textContent);
      put(copied, t("copied"));
    } catch {
      getSelection().selectAllChildren(command); // without the right to copy: ready for Ctrl-C
      put(copied, t("selected"));
    }
  }
  const update = (acts) => {
    last = acts.findLast((act) => act.command)?.command ?? last;
    if (!held) put(command, last);
  };
  return { say: (text) => put(copied, text), update };
}

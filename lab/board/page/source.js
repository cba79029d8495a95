// The stream of the board: a snapshot, then a tick every half second. A page that hears nothing
// says so, and does not go on showing the last green picture.

const SILENT_MS = 3000;

/** Listens. `on` = {snapshot, tick, lost, found}: functions that are called as things happen. */
export function listen(on) {
  const events = new EventSource("/events");
  let heard = performance.now();
  let lost = false;
  const hear = (use) => (event) => {
    heard = performance.now();
    if (lost) on.found();
    lost = false;
    use(JSON.parse(event.data));
  };
  const lose = () => {
    if (!lost) on.lost();
    lost = true;
  };
  events.addEventListener("snapshot", hear(on.snapshot));
  events.addEventListener("tick", hear(on.tick));
  events.onerror = () => {
    lose();
    // An answer that is no stream ends an EventSource for good: begin another.
    if (events.readyState === EventSource.CLOSED) {
      clearInterval(watch);
      setTimeout(() => listen(on), 2000);
    }
  };
  const watch = setInterval(() => {
    if (performance.now() - heard > SILENT_MS) lose();
  }, 500);
}

/** Asks the board to do something. Returns {ok, text}; what becomes of it comes with the ticks. */
export async function act(verb, name = null, value = null) {
  const body = { verb, ...(name === null ? {} : { name }), ...(value === null ? {} : { value }) };
  try {
    const answer = await fetch("/act", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Escala-Board": "1" },
      body: JSON.stringify(body),
    });
    const document = await answer.json().catch(() => ({}));
    const text = document.refused ?? document.detail ?? document.title ?? `${answer.status}`;
    return { ok: answer.ok && !document.refused, text };
  } catch {
    return { ok: false, text: "" };
  }
}

/** The steps of one order, or null when they cannot be had. */
export async function stepsOf(key) {
  try {
    const answer = await fetch(`/order/${key}`);
    return answer.ok ? (await answer.json()).steps : null;
  } catch {
    return null;
  }
}

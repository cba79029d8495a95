// What the page knows: the newest pictures, and two minutes of charts. All of it is bounded, so that
// a page can stay open for days.

export const SECONDS_SHOWN = 120;
const TICKS_KEPT = 240; // two minutes, for slow motion
const ORDERS_KEPT = 12;
const ACTS_KEPT = 100;
export const SERIES = [
  ...["offered", "ok", "refused", "failed", "p50_ms", "p95_ms", "max_ms", "hits", "sql"],
  ...["q_haproxy", "q_outbox", "q_broker", "q_jobs"],
];

/** An empty store: snapshot() and tick() fill it, the views read it. */
export function createStore() {
  return {
    limited: true, // a recording keeps all
    picture: null, // {at, boxes: Map, acts: Map, edges, queues, truth, controls, dots}
    cards: [],
    orders: [],
    ring: [],
    columns: [[], ...SERIES.map(() => [])], // uPlot's shape: times, then one column per series
  };
}

/** Begins anew from a snapshot: what was known before may be from another session. */
export function takeSnapshot(store, snapshot) {
  Object.assign(store, createStore(), { cards: snapshot.cards ?? [] });
  for (const entry of snapshot.history ?? []) addChart(store, entry);
  takeTick(store, { ...snapshot.state, chart: null, acts: snapshot.acts });
}

/** Adds a tick. Boxes that it does not name are as they were. */
export function takeTick(store, tick) {
  const boxes = new Map(store.picture?.boxes);
  for (const box of tick.boxes ?? []) boxes.set(box.name, box);
  const before = store.picture ?? {};
  const picture = {
    at: tick.at,
    boxes,
    acts: withActs(before.acts ?? new Map(), tick.acts ?? []),
    edges: tick.edges ?? before.edges ?? {},
    queues: tick.queues ?? before.queues ?? {},
    truth: tick.truth ?? before.truth ?? null,
    controls: tick.controls ?? before.controls ?? {},
    dots: tick.dots ?? { k: before.dots?.k ?? 1, list: [] },
    chart: tick.chart ?? before.chart ?? null,
  };
  store.picture = picture;
  keep(store.ring, picture, TICKS_KEPT);
  addChart(store, tick);
  for (const dot of picture.dots.list) if (dot.order) addOrder(store, dot);
}

function addChart(store, { at, chart }) {
  const second = Math.round(at);
  const last = store.columns[0].at(-1) ?? 0;
  if (!chart || second <= last) return;
  // Seconds that nobody saw are a gap: uPlot would draw a line across them.
  if (last && second > last + 2) addRow(store, last + 1, {});
  addRow(store, second, chart);
}

function addRow(store, second, chart) {
  const most = store.limited ? SECONDS_SHOWN + 5 : Infinity;
  keep(store.columns[0], second, most);
  SERIES.forEach((name, n) => keep(store.columns[n + 1], chart[name] ?? null, most));
}

// Each picture has the acts as they were known then: one that is shown again, later and slowly, must
// not say how an act will end.
function withActs(before, changed) {
  if (!changed.length) return before;
  const acts = new Map([...before, ...changed.map((act) => [act.number, act])]);
  while (acts.size > ACTS_KEPT) acts.delete(acts.keys().next().value);
  return acts;
}

function addOrder(store, dot) {
  if (store.orders.some((order) => order.order === dot.order)) return;
  store.orders.unshift(dot);
  store.orders.length = Math.min(store.orders.length, ORDERS_KEPT);
}

function keep(list, item, most) {
  list.push(item);
  if (list.length > most) list.shift();
}

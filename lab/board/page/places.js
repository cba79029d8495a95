// Where everything is. Places never move, so that only a change catches the eye.

const numbered = (name, most) => Array.from({ length: most }, (_, n) => `${name}-${n + 1}`);

export const CORE = numbered("core", 8);
export const ANALYTICS = numbered("analytics", 4);
export const WORKERS = numbered("worker", 4);

// Each group is one area of the grid in board.css; the order is that of the flow, and of Tab.
export const GROUPS = [
  { id: "shoppers", boxes: ["shoppers"] },
  { id: "haproxy", boxes: ["haproxy"] },
  { id: "core", boxes: CORE },
  { id: "analytics", boxes: ANALYTICS },
  { id: "cache", boxes: ["cache"] },
  { id: "postgres", boxes: ["postgres-core", "postgres-analytics"] },
  { id: "relay", boxes: ["relay"] },
  { id: "broker", boxes: ["broker"] },
  { id: "recorder", boxes: ["recorder-1"] },
  { id: "workers", boxes: WORKERS },
];
export const BOXES = GROUPS.flatMap((group) => group.boxes);

// Lines from place to place. `of` is the name under which a tick tells the rate of the line:
// the lines of a group share one number.
const line = (from, to, of = `${from}>${to}`) => ({ from, to, of });
export const EDGES = [
  line("shoppers", "haproxy"),
  ...CORE.map((name) => line("haproxy", name)),
  ...ANALYTICS.map((name) => line("haproxy", name)),
  ...CORE.map((name) => line(name, "cache", "core>cache")),
  ...CORE.map((name) => line(name, "postgres-core", "core>postgres-core")),
  ...ANALYTICS.map((name) => line(name, "postgres-analytics", "analytics>postgres-analytics")),
  line("postgres-core", "relay"),
  line("relay", "broker"),
  line("broker", "recorder-1"),
  line("recorder-1", "postgres-analytics"),
  ...WORKERS.map((name) => line("broker", name, "broker>worker")),
];

/** The process that a box stands for: both databases are in one Postgres. */
export function processOf(box) {
  return box.startsWith("postgres-") ? "postgres" : box;
}

// What can be done to a part in each state.
// `kill` is the last of them, at the right border, and `start` stands at the left one: no verb ever
// takes the place of another, so a second click does nothing else.
const RUNNING = ["freeze", "stop", "kill"];
const VERBS = {
  up: RUNNING,
  starting: RUNNING,
  draining: ["kill"],
  frozen: ["kill", "start"],
  killed: ["start"],
  stopped: ["start"],
  failed: ["start"],
};

/** The verbs that this box offers now. */
export function verbsFor(box, state) {
  return box === "shoppers" ? [] : (VERBS[state] ?? []);
}

/** The command that a verb stands for. */
export function commandOf(verb, name, value) {
  const commands = {
    freeze: `kill ${name} --signal STOP`,
    scale: `scale core ${value}`,
    workers: `workers ${value}`,
    "rolling-restart": "rolling-restart",
    lever: `up --set ${name}=${value}`,
    audit: "audit",
  };
  if (["kill", "stop", "start"].includes(verb)) return `./escala ${verb} ${name}`;
  return verb in commands ? `./escala ${commands[verb]}` : null;
}

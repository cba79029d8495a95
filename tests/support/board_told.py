"""What a test tells the page of the board: ticks of states that are rare, or that take an hour.

The page is the real one, from a real board. Only what it hears comes from the test.
"""

from contextlib import contextmanager

from lab.board.acts import LEVERS
from lab.board.boxes import PROCESS
from lab.board.cards import documents
from lab.stack.desired import kind
from tests.support.board_page import SOON

# Instead of the stream of the board. The last tick is told again: a page that hears nothing for
# three seconds calls everything unknown.
SCRIPT = """
window.EventSource = class {
  constructor() {
    this.listeners = {};
    window.stream = this;
    const news = { acts: [], dots: { k: 1, list: [] } };
    setInterval(() => this.last && this.tell("tick", { ...this.last, ...news }), 500);
  }
  addEventListener(name, use) { this.listeners[name] = use; }
  tell(name, document) {
    if (name === "tick") this.last = document;
    this.listeners[name]({ data: JSON.stringify(document) });
  }
};
"""
AT = 1_800_000_000.0  # the first moment that is told
FLOWS = ("shoppers>haproxy", "core>cache", "core>postgres-core", "postgres-core>relay")
FLOWS += ("relay>broker", "broker>recorder-1", "analytics>postgres-analytics")
FLOWS += ("recorder-1>postgres-analytics",)
QUEUES = ("haproxy", "outbox", "analytics", "relay", "long", "jobs")
ORDERS = ("acknowledged", "recorded", "counted")
WRONG = ("lost", "doubled", "in_doubt", "travelling")


def box(name, state="up", **more):
    """The document of a box."""
    empty = dict.fromkeys(("pid", "haproxy", "check", "disagree", "rate", "busy", "share"))
    document = {"name": name, "kind": kind(name), "state": state, "again": 0, "note": ""}
    return document | empty | more


def tick(number, boxes=(), *, chart=None, acts=(), dots=(), truth=None, **more):
    """The tick of this number, half a second after the one before; all boxes but these are up."""
    told = {one["name"]: one for one in boxes}
    orders = dict.fromkeys(ORDERS, 1284) | dict.fromkeys(WRONG, 0)
    at = AT + number / 2
    return {
        **{"n": number, "at": at, "chart": chart, "acts": list(acts)},
        "boxes": [told.get(name, box(name)) for name in ("shoppers", *PROCESS)],
        **{"edges": dict.fromkeys(FLOWS, 60.0), "queues": dict.fromkeys(QUEUES, 2)},
        "truth": {
            **{"oldest": 0.4, "as_of": at - 0.3, "open": 0},
            "unknown_since": {"core": None, "analytics": None},
        }
        | orders
        | (truth or {}),
        "controls": {
            **{"rate": 60, "orders": 20, "replicas": 2, "workers": 1, "analytics": 1},
            **{"levers": {name: values[0] for name, values in LEVERS.items()}, "busy": None},
        }
        | more,
        "dots": {"k": 2, "list": list(dots)},
    }


def tell(page, document):
    """Lets the page hear a tick; the first one as a snapshot."""
    page.evaluate(
        """(tick) => {
          const first = { state: tick, history: [], acts: [], cards: tick.cards };
          if (!stream.last) stream.tell("snapshot", first);
          stream.tell("tick", tick);
        }""",
        {"cards": documents({})} | document,
    )


@contextmanager
def told(browser, viewer):
    """A page of this viewer's board that hears only what tell() says."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(SCRIPT)
    page, wrong = context.new_page(), []
    page.set_default_timeout(SOON)
    page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{viewer.origin}/?token={viewer.token}")
    page.wait_for_function("window.stream")
    yield page
    context.close()
    assert wrong == []

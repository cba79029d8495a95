"""Eight questions of the kind "what if?": a guess, one button, and the measured answer."""

from typing import Any, NamedTuple

from lab.stack.home import ROOT


class Card(NamedTuple):
    """A question, the load under which it is answered, and what is done meanwhile.

    `steps` are (verb, process or None, seconds until the next step). `measure` names what is
    counted meanwhile (see lab/board/series.py); `text` says it with {value} and {again}.
    """

    id: str
    question: str
    unit: str
    chapter: str
    experiment: str
    rate: int
    orders: int
    steps: tuple[tuple[str, str | None, float], ...]
    measure: str
    text: str


FAILED = "{value} failed of {sent}; HAProxy sent {again} again"
CARDS = (
    Card(
        "kill-an-instance",
        "Kill one of three instances under 60 reads/s. How many reads fail?",
        "reads",
        "docs/2-balancing.md",
        "2b",
        *(60, 0, (("kill", "core-2", 4.0), ("start", "core-2", 1.0))),
        *("failed", FAILED),
    ),
    Card(
        "freeze-an-instance",
        "Freeze one of three instances under 40 reads/s: it hangs, and does not refuse."
        " How many milliseconds does the slowest read take?",
        "ms",
        "docs/2-balancing.md",
        "2b",
        *(40, 0, (("freeze", "core-2", 5.0), ("start", "core-2", 1.0))),
        *("slowest", "the slowest of {sent} took {value} ms; {failed} failed; {again} sent again"),
    ),
    Card(
        "kill-among-orders",
        "Kill one of three instances under 20 orders/s."
        " How many acknowledged orders are lost or doubled?",
        "orders",
        "docs/2-balancing.md",
        "2c",
        *(20, 100, (("kill", "core-2", 4.0), ("start", "core-2", 4.0))),
        *("wrong", "{value} lost or doubled of {acknowledged}; HAProxy sent {again} again"),
    ),
    Card(
        "restart-all",
        "Restart every service, one after the other, under 30 reads/s. How many reads fail?",
        "reads",
        "docs/2-balancing.md",
        "2d",
        *(30, 0, (("rolling-restart", None, 1.0),)),
        *("failed", FAILED),
    ),
    Card(
        "kill-the-cache",
        "Kill the cache under 30 reads/s. How many reads fail?",
        "reads",
        "docs/3-cache.md",
        "3e",
        *(30, 0, (("kill", "cache", 4.0), ("start", "cache", 2.0))),
        *("failed", FAILED),
    ),
    Card(
        "freeze-postgres",
        "Freeze Postgres for 4 s under 40 reads/s. How many per cent of the reads fail?",
        "%",
        "docs/3-cache.md",
        "3e",
        *(40, 0, (("freeze", "postgres", 4.0), ("start", "postgres", 2.0))),
        *("failed per cent", "{value} % of {sent} failed; the cache answered {cached}"),
    ),
    Card(
        "kill-the-broker",
        "Kill the broker for 4 s under 20 orders/s. How many orders fail?",
        "orders",
        "docs/5-tasks.md",
        "5c",
        *(20, 100, (("kill", "broker", 4.0), ("start", "broker", 1.0))),
        *("failed", "{value} failed of {sent}: the request path never talks to the broker"),
    ),
    Card(
        "kill-the-relay",
        "Kill the relay for 5 s under 20 orders/s. How many seconds after its start has"
        " analytics counted every order?",
        "s",
        "docs/1-replicas.md",
        "1d",
        *(20, 100, (("kill", "relay", 5.0), ("start", "relay", 0.0))),
        *("catch-up", "analytics had all {acknowledged} after {value} s; {failed} failed"),
    ),
)
BY_ID = {card.id: card for card in CARDS}
REPLICAS = 3


def code_of(experiment: str) -> str:
    """Return the path of an experiment's code, in the repository."""
    (path,) = (ROOT / "lab" / "experiments").glob(f"e{experiment}_*.py")
    return str(path.relative_to(ROOT))


CODE = {card.experiment: code_of(card.experiment) for card in CARDS}
FILES = {card.chapter for card in CARDS} | set(CODE.values())  # what the cards link


def documents(answers: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the cards as the page gets them; `answers` are {id: {guess, measured, text}}."""
    empty = {"guess": None, "measured": None, "text": ""}
    shown = ("id", "question", "unit", "chapter", "experiment")
    return [
        {name: getattr(card, name) for name in shown}
        | {"code": CODE[card.experiment]}
        | empty
        | answers.get(card.id, {})
        for card in CARDS
    ]

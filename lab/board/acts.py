"""Acts: what a viewer can do. Only the verbs listed here; each says the command it stands for."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from lab.board import storm
from lab.board.access import Refusal
from lab.board.boxes import TARGETS
from lab.board.cards import BY_ID
from lab.board.sources import ERRORS
from lab.errors import Failure, failure_of
from lab.stack import levers
from lab.stack.desired import LIMITS

LEVERS = {name: levers.LEVERS[name].choices for name in ("CACHE", "EDGE_CACHE", "BALANCE")}
LEVERS |= {name: levers.LEVERS[name].choices for name in ("TASKS", "ANALYTICS")}
COMMANDS = {
    "kill": "./escala kill {name}",
    "freeze": "./escala kill {name} --signal STOP",
    "stop": "./escala stop {name}",
    "start": "./escala start {name}",
    "scale": "./escala scale {name} {value}",
    "workers": "./escala workers {value}",
    "rolling-restart": "./escala rolling-restart",
    "lever": "./escala up --set {name}={value}",
    "audit": "./escala audit",
    **dict.fromkeys(("flush-cache", "rate", "orders", "storm", "card")),
}
ON_BOX = ("kill", "freeze", "stop", "start")
OF_SHOPPERS = ("rate", "orders")  # they wait for no other act, and no act waits for them


class UnderWay(Exception):
    """Another act is under way, so this one has not begun."""


@dataclass
class Act:
    """Something that a viewer did: `state` is asked, running, done or failed."""

    number: int
    verb: str
    name: str | None
    value: Any
    command: str | None
    at: float
    state: str = "asked"
    text: str = ""
    measured: float | None = None  # the answer of a card

    @property
    def title(self) -> str:
        """The act in words: its command, or its verb."""
        if self.verb == "storm":
            return f"storm of {self.name} faults, seed {self.value}"
        words = (self.verb, self.name, self.value)
        return " ".join(str(word) for word in words if word is not None)

    def document(self) -> dict[str, Any]:
        """Return the act as the page gets it."""
        return asdict(self) | {"title": self.title}


def checked(verb: Any, name: Any, value: Any) -> tuple[str, str | None, Any]:
    """Return (verb, name, value); raise Refusal for what is not on the list."""
    if not isinstance(verb, str) or verb not in COMMANDS:
        raise Refusal(400, f"there is no such act; there are: {', '.join(COMMANDS)}")
    _check(isinstance(name, str | None), "a name is a text")
    if verb in ON_BOX:
        _check(name in TARGETS and value is None, f"{verb} needs a name: {', '.join(TARGETS)}")
    elif verb == "scale":
        name = name or "core"
        _check(name in ("core", "analytics"), "scale takes core or analytics")
        _check_number(value, 1, LIMITS[name])
    elif verb == "workers":
        _check_number(value, 1, LIMITS["worker"])
    elif verb in OF_SHOPPERS:
        _check_number(value, 0, 100)
    elif verb == "lever":
        _check(name in LEVERS, f"lever needs a name: {', '.join(LEVERS)}")
        _check(value in LEVERS[name], f"{name} is one of {', '.join(LEVERS[name])}")
    elif verb == "storm":
        name = name or str(storm.FAULTS)
        _check_number(int(name) if name.isdecimal() else name, 1, storm.MOST)
        value = random.randrange(10_000) if value is None else value
        _check_number(value, 0, 1_000_000)
    elif verb == "card":
        _check(name in BY_ID, f"card needs an id: {', '.join(BY_ID)}")
        _check(value is None or type(value) in (int, float), "a guess is a number")
    return verb, name, value


def _check_number(value: Any, least: int, most: int) -> None:
    _check(type(value) is int and least <= value <= most, f"a whole number from {least} to {most}")


def _check(is_right: bool, detail: str) -> None:
    if not is_right:
        raise Refusal(400, detail)


class Acts:
    """The acts of this session. One is under way at a time; more are refused."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self.tell = tell  # says that something has changed
        self.all: list[Act] = []
        self.changed: dict[int, Act] = {}
        self.current: Act | None = None
        self._tasks: set[asyncio.Task] = set()
        self._count = 0

    def new(self, verb: str, name: str | None, value: Any) -> Act:
        """Return a new act with the next number; the newest 500 are kept."""
        command = COMMANDS[verb]
        self._count += 1
        act = Act(
            *(self._count, verb, name, value),
            command and command.format(name=name, value=value).replace("scale core ", "scale "),
            time.time(),
        )
        self.all = [*self.all[-499:], act]
        return self.note(act)

    def note(self, act: Act, state: str | None = None, text: str | None = None) -> Act:
        """Change an act's state or text, and let the viewers know."""
        act.state, act.text = state or act.state, act.text if text is None else text
        self.changed[act.number] = act
        self.tell()
        return act

    def begin(self, act: Act, work: Awaitable[str]) -> None:
        """Let an act begin, in the background; `work` returns the text of its end."""
        self.current = act
        self.start(self._finish(act, work))

    def start(self, work: Any) -> None:
        """Run something in the background."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, act: Act, work: Awaitable[str]) -> None:
        self.note(act, "running")
        try:
            self.note(act, "done", await work)
        except Failure as failure:
            self.note(act, "failed", f"{failure.what}; next: {failure.next_step}")
        except ERRORS as error:
            found = failure_of(error) if isinstance(error, Exception) else None
            self.note(act, "failed", found.what if found else str(error))
        finally:
            self.current = None
            self.tell()

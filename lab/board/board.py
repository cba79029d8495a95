"""The board itself: what it knows, twice a second one tick of it, and the acts of its viewers."""

import asyncio
import json
import secrets
import time
from collections import deque
from contextlib import suppress
from typing import Any

from lab.board import cards, follow
from lab.board.access import Refusal
from lab.board.acts import COMMANDS, LEVERS, OF_SHOPPERS, Act, Acts, UnderWay, checked
from lab.board.chart import FIGURES, Chart
from lab.board.collector import OFTEN, SELDOM, Collector, wait_for
from lab.board.dots import Dots
from lab.board.effects import Effects
from lab.board.history import History
from lab.board.ledger import Ledger
from lab.board.log_tail import LogTail
from lab.board.series import Series
from lab.board.shoppers import Shoppers
from lab.board.sources import Database
from lab.stack import desired, environment
from lab.stack.desired import DesiredState
from lab.stack.home import Home

MOST_VIEWERS = 20
BEHIND = 40  # ticks that a viewer may be behind before it is cut off; it then connects again


class Board:
    """Everything that the pages show. One task of each kind; no call here blocks."""

    def __init__(self, home: Home) -> None:
        self.home, self.session = home, secrets.token_hex(3)
        self.core, self.analytics = Database(home, "core"), Database(home, "analytics")
        self.woken = asyncio.Event()
        self.collector = Collector(home, self.core, self.analytics)
        self.chart, self.dots = Chart(), Dots()
        self.log = LogTail(home.log("haproxy"))
        self.ledger = Ledger(self.session, self.core, self.analytics)
        self.shoppers = Shoppers(home, self.ledger, self.chart, self.log)
        self.acts = Acts(self.wake)
        self.effects = Effects(
            home, self.log, self.acts, self.collector.known_processes, self.refresh
        )
        self.series = Series(home, self.acts, self.effects, self.shoppers, self.ledger)
        self.history = History()
        self.viewers: set[asyncio.Queue[str]] = set()
        self.number = 0
        self._last: dict[str, Any] | None = None
        self._charted = 0  # the second of the last chart
        self._again: dict[str, int] = {}
        self._moved: deque[set[str]] = deque(maxlen=4)  # instances, by tick

    @property
    def is_watched(self) -> bool:
        """Whether something happens that must be seen: a viewer, shoppers, an act, open orders."""
        busy = self.shoppers.rate or self.acts.current or self.ledger.open
        return bool(self.viewers or busy)

    def wake(self) -> None:
        """Let everything that sleeps because nobody watched look again."""
        self.woken.set()

    async def run(self) -> None:
        """Run for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.collector.run(lambda: self.is_watched, self.woken))
            group.create_task(self.shoppers.run())
            group.create_task(self._check_for_ever())
            group.create_task(self._tick_for_ever())

    async def _tick_for_ever(self) -> None:
        was_watched = False
        while True:
            if self.is_watched and not was_watched:
                self.log.skip()
            was_watched = self.is_watched
            with suppress(OSError):  # too many open files, in a flood of connections
                self.tick()
            self.woken.clear()
            if self.is_watched:
                await asyncio.sleep(OFTEN - time.time() % OFTEN)
            else:
                await wait_for(self.woken, SELDOM)

    async def _check_for_ever(self) -> None:
        while True:
            if self.is_watched:
                await self.ledger.check()
                await asyncio.sleep(1)
            else:
                await wait_for(self.woken, None)

    # What the viewers get.

    def tick(self) -> None:
        """Make one tick, keep it, and give it to all viewers."""
        state = desired.load(self.home)
        if self.is_watched:
            self.log.look()
        self.number += 1
        picture = self.collector.picture(state)
        self.effects.see(picture["boxes"])
        self.effects.count()
        settled = self.shoppers.settled()
        for sent in settled:
            self.chart.add(sent)
        shoppers = self._shoppers_box()
        dots = self.dots.of(settled, rate=self.shoppers.rate, left=self._left(picture["boxes"]))
        changed, self.acts.changed = self.acts.changed, {}
        self._last = {
            **{"n": self.number, "at": round(time.time(), 3)},
            **picture | {"boxes": [shoppers, *picture["boxes"]]},
            **{"chart": self._chart(picture), "truth": self.ledger.truth()},
            **{"controls": self._controls(state), "dots": dots},
            "acts": [act.document() for act in changed.values()],
        }
        text = json.dumps(self._last, separators=(",", ":"))
        self.history.add(self._last, text)
        for queue in list(self.viewers):
            if queue.full():
                self.viewers.discard(queue)  # its handler sees that, and ends
            else:
                queue.put_nowait(text)

    async def refresh(self) -> None:
        """Look at once, and show it: something has just been struck."""
        await asyncio.gather(self.collector.processes.look(), self.collector.haproxy.look())
        self.tick()

    def snapshot(self) -> dict[str, Any]:
        """Return all that a page needs when it opens: the same for each, whenever it comes."""
        if self._last is None:
            self.tick()
        state = desired.load(self.home)
        return {
            **{"session": self.session, "version": 1, "state": self._last},
            **{"history": self.history.seconds(), "acts": [a.document() for a in self.acts.all]},
            **{
                "cards": cards.documents(self.series.answers),
                "front": environment.public_url(self.home, state) + "/",
            },
        }

    def recording(self) -> dict[str, Any]:
        """Return a snapshot whose history has whole ticks, for the replay."""
        return self.snapshot() | {"history": self.history.ticks()}

    async def steps(self, key: str) -> list[dict[str, Any]] | None:
        """Return the way of one order; None when it is unknown."""
        return await follow.steps(key, self.ledger, self.core, self.analytics)

    async def join(self) -> asyncio.Queue[str]:
        """Return the queue of a new viewer; Refusal when there are too many."""
        if len(self.viewers) >= MOST_VIEWERS:
            raise Refusal(429, f"at most {MOST_VIEWERS} pages at a time: close one")
        was_watched = self.is_watched
        queue: asyncio.Queue[str] = asyncio.Queue(BEHIND)
        self.viewers.add(queue)
        if not was_watched:  # what is known may be old
            self.wake()
            await asyncio.sleep(OFTEN)
        return queue

    def _shoppers_box(self) -> dict[str, Any]:
        names = ("pid", "haproxy", "check", "disagree", "busy", "share")
        state = "up" if self.shoppers.rate else "stopped"
        note = "" if self.shoppers.rate else "off"
        box = {"name": "shoppers", "kind": "shoppers", "state": state, "rate": self.shoppers.rate}
        return box | dict.fromkeys(names) | {"again": 0, "note": note}

    def _left(self, boxes: list[dict[str, Any]]) -> str | None:
        """The only instance from which requests were moved in these seconds, or None."""
        counts = {box["name"]: box["again"] for box in boxes}
        grown = {name for name, n in counts.items() if n > self._again.get(name, n)}
        self._again = counts
        self._moved.append(grown)
        left = set().union(*self._moved)
        return left.pop() if len(left) == 1 else None

    def _chart(self, picture: dict[str, Any]) -> dict[str, Any] | None:
        second = int(time.time() - 1)
        if second == self._charted or not self.is_watched:
            return None
        self._charted = second
        # The last requests of that second have settled by the time that the next has begun.
        figures = dict.fromkeys(FIGURES) | self.chart.second(second - 1)
        if not self.shoppers.rate and not figures["offered"]:
            figures |= dict.fromkeys(FIGURES) | self.collector.traffic_rates()
        queues = picture["queues"]
        broker = [queues[name] for name in ("analytics", "relay", "long")]
        return figures | {
            **{"q_haproxy": queues["haproxy"], "q_outbox": queues["outbox"]},
            **{"q_broker": None if None in broker else sum(broker), "q_jobs": queues["jobs"]},
        }

    def _controls(self, state: DesiredState) -> dict[str, Any]:
        act = self.acts.current
        return {
            **{"rate": self.shoppers.rate, "orders": self.shoppers.orders},
            **{"replicas": state.core, "workers": state.worker, "analytics": state.analytics},
            **{"levers": state.levers, "choices": LEVERS, "commands": COMMANDS},
            "busy": act.title if act else None,
        }

    # What the viewers do.

    def act(self, verb: Any, name: Any, value: Any) -> Act:
        """Begin an act and return it; raise Refusal, or UnderWay while it has to wait."""
        verb, name, value = checked(verb, name, value)
        current = self.acts.current
        # The load of a card is a part of its question.
        if current and (verb not in OF_SHOPPERS or current.verb == "card"):
            raise UnderWay(f"{current.title} is under way: wait until it ends")
        if verb in OF_SHOPPERS:
            self.shoppers.set(**{verb: value})
            return self.acts.note(self.acts.new(verb, name, value), "done")
        act = self.acts.new(verb, name, value)
        works = {"storm": self.series.storm, "card": self.series.card}
        self.acts.begin(act, works.get(verb, self.series.one)(act))
        return act

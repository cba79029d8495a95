"""Several acts one after the other, as one act: a storm, or what a card asks about."""

import asyncio
import time
from collections import Counter
from typing import Any

from lab.board import cards, storm
from lab.board.acts import Act, Acts
from lab.board.cards import Card
from lab.board.commands import carry_out
from lab.board.effects import Effects
from lab.board.ledger import Ledger
from lab.board.shoppers import Shoppers
from lab.errors import Failure
from lab.stack import desired
from lab.stack.home import Home

CATCH_UP = 60.0  # seconds that analytics may need
COUNTED = ("acknowledged", "lost", "doubled")
ANSWERS = 20.0  # seconds that a database may need to answer again
SETTLE = 2.0  # seconds after the last step until its requests have ended


class Series:
    """Runs storms and cards; each strike among them is an act with a number of its own."""

    def __init__(
        self, home: Home, acts: Acts, effects: Effects, shoppers: Shoppers, ledger: Ledger
    ) -> None:
        self.home, self.acts, self.effects = home, acts, effects
        self.shoppers, self.ledger = shoppers, ledger
        self.answers: dict[str, dict[str, Any]] = {}

    async def one(self, act: Act) -> str:
        """Carry out one act and say what was observed; return the whole sentence."""
        began = time.monotonic()
        self.effects.begin(act)
        try:
            document = await carry_out(self.home, act.verb, act.name, act.value)
        except BaseException:
            self.effects.forget(act)
            raise
        seconds = time.monotonic() - began
        match act.verb:
            case "audit":
                found = document["violations"]
                what = f"{len(found)} violations, such as: {found[0]}" if found else "no violations"
            case "kill" | "freeze":
                what = ""
            case "start":
                what = f"ready after {seconds:.1f} s"
            case _:
                what = f"done in {seconds:.1f} s"
        self.effects.end(act, what)
        await self.effects.refresh()
        return act.text

    async def storm(self, act: Act) -> str:
        """Cause the faults of a storm and undo each; return how many there were."""
        faults = storm.schedule(
            act.value, desired.load(self.home).core, int(act.name or storm.FAULTS)
        )
        for fault in faults:
            await self._step(fault.verb, fault.name, fault.seconds)
            await self._step("start", fault.name, fault.calm)
        return f"{len(faults)} faults; the same seed repeats them"

    async def card(self, act: Act) -> str:
        """Answer a card's question by doing it; the load and the size are restored afterwards."""
        card = cards.BY_ID[str(act.name)]
        before, rate, orders = desired.load(self.home), self.shoppers.rate, self.shoppers.orders
        if before.core != cards.REPLICAS:
            await carry_out(self.home, "scale", "core", cards.REPLICAS)
        try:
            self.shoppers.set(rate=card.rate, orders=card.orders)
            await self._steady()
            answer = await self._measure(card)
        finally:
            self.shoppers.set(rate=rate, orders=orders)
        self.answers[card.id], act.measured = answer | {"guess": act.value}, answer["measured"]
        if before.core != cards.REPLICAS:
            await carry_out(self.home, "scale", "core", before.core)
        return str(answer["text"])

    async def _measure(self, card: Card) -> dict[str, Any]:
        totals, before = Counter(self.shoppers.totals), await self._orders()
        self.shoppers.slowest = 0.0
        for verb, name, seconds in card.steps:
            await self._step(verb, name, seconds)
        ended = time.monotonic()
        if card.measure == "catch-up":
            self.shoppers.set(rate=0)
            await self._counted()
        caught_up = time.monotonic() - ended
        await asyncio.sleep(SETTLE)
        counts = Counter(self.shoppers.totals)
        counts.subtract(totals)
        now = await self._orders()
        known = {name: now[name] - before[name] for name in COUNTED}
        sent = sum(counts[name] for name in ("ok", "cache", "refused", "failed"))
        value = {
            "failed": counts["failed"],
            "failed per cent": round(100 * counts["failed"] / sent, 1) if sent else 0,
            "slowest": round(1000 * self.shoppers.slowest),
            "wrong": known["lost"] + known["doubled"],
            "catch-up": round(caught_up, 1),
        }[card.measure]
        text = card.text.format(
            **{"value": value, "sent": sent, "again": counts["again"], "cached": counts["cache"]},
            **{"failed": counts["failed"], "acknowledged": known["acknowledged"]},
        )
        return {"measured": value, "text": text}

    async def _orders(self) -> dict[str, int]:
        """Return the numbers of the truth line, once both databases tell them."""
        deadline = time.monotonic() + ANSWERS
        while time.monotonic() < deadline:
            truth = self.ledger.truth()
            if None not in (found := {name: truth[name] for name in COUNTED}).values():
                return found
            await asyncio.sleep(0.2)
        raise Failure(f"a database has not answered for {ANSWERS:.0f} s", "./escala status")

    async def _step(self, verb: str, name: str | None, seconds: float) -> None:
        act = self.acts.new(verb, name, None)
        self.acts.note(act, "running")
        try:
            self.acts.note(act, "done", await self.one(act))
        except Failure as failure:  # such as a part that a rolling restart has just ended
            self.acts.note(act, "failed", failure.what)
        await asyncio.sleep(seconds)

    async def _steady(self) -> None:
        """Wait until the shoppers have had answers for two seconds."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not self.shoppers.totals:
            await asyncio.sleep(0.2)
        await asyncio.sleep(2)

    async def _counted(self) -> None:
        deadline = time.monotonic() + CATCH_UP
        while time.monotonic() < deadline:
            await asyncio.sleep(0.2)
            if not self.ledger.open:
                return
        raise Failure(f"analytics has not caught up within {CATCH_UP:.0f} s", "./escala audit")

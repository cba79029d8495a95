"""What an act did, as it was observed: in the processes, in HAProxy, and to the requests."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import psutil

from lab.board.acts import Act, Acts
from lab.board.boxes import INSTANCES, Processes
from lab.board.log_tail import LogTail
from lab.board.sources import ERRORS, read_haproxy
from lab.stack.home import Home

EVERY = 0.03  # seconds between two looks while an act is under way
PATIENCE = 10.0  # seconds until HAProxy must have noticed
BROKEN = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD, psutil.STATUS_STOPPED)
COUNTED = 60.0  # seconds for which what happens to requests is counted as the doing of an act
# Requests that fail after these are not their doing: after a start, of what took the part down.
UNCOUNTED = ("start", "audit", "rate", "orders")
LATE = 2.0  # seconds after its end: a request that it struck may still be under way


class Effects:
    """Writes the sentence of each act, and goes on until the part works again."""

    def __init__(
        self,
        home: Home,
        log: LogTail,
        acts: Acts,
        processes: Callable[[], Processes],
        refresh: Callable[[], Awaitable[None]],
    ) -> None:
        self.home, self.log, self.acts = home, log, acts
        self.processes, self.refresh = processes, refresh
        self.down: dict[str, Act] = {}  # {process: the act that took it down}
        self.parts: dict[int, dict[str, str]] = {}  # {act's number: the parts of its sentence}
        # {act's number: (act, until when requests that fail are counted as its)}
        self._counted: dict[int, tuple[Act, float]] = {}
        self._seen_down: set[int] = set()  # numbers of acts

    def say(self, act: Act, **parts: str) -> None:
        """Add to an act's sentence, or correct a part of it."""
        known = self.parts.setdefault(act.number, {})
        if known | parts != known:
            known |= parts
            order = ("what", "knew", "failed", "again", "refused", "back")
            text = "; ".join(known[part] for part in order if known.get(part))
            self.acts.note(act, text=text)
        for old in sorted(self.parts)[:-50]:
            del self.parts[old]

    def count(self) -> None:
        """Bring up to date what happened to everybody's requests since each act that goes on."""
        now = time.time()
        self._counted = {act.number: (act, end) for act, end in self._counted.values() if end > now}
        for act, _ in self._counted.values():
            seen = self.log.since(act.at)
            failed = sum(each.failed for each in seen)
            again = sum(each.retries > 0 for each in seen)
            refused = sum(each.refused for each in seen)
            self.say(
                act,
                failed=f"{failed} failed",
                again=f"{again} sent again",
                refused=f"{refused} refused" if refused else "",
            )

    def begin(self, act: Act) -> None:
        """Watch what an act does, from now on."""
        name = str(act.name)
        if act.verb in UNCOUNTED:
            return
        self._counted[act.number] = act, act.at + COUNTED
        if act.verb not in ("kill", "freeze", "stop"):
            return
        self.down[name] = act
        if act.verb != "stop" and name in INSTANCES:
            self.acts.start(self._watch(act, self.processes().get(name, ("", None))[1]))

    def end(self, act: Act, what: str) -> None:
        """Say what an act did; one that took nothing down is over soon."""
        self.say(act, what=what)
        if act.verb == "start" and (struck := self.down.get(str(act.name))):
            self._seen_down.add(struck.number)  # perhaps between two pictures
        if act.number in self._counted and act not in self.down.values():
            self._counted[act.number] = act, time.time() + LATE

    def forget(self, act: Act) -> None:
        """Say no more about an act that failed: it did nothing."""
        self._counted.pop(act.number, None)
        self.down = {name: other for name, other in self.down.items() if other is not act}

    async def _watch(self, act: Act, pid: int | None) -> None:
        """Note how long HAProxy took to know that an instance was struck, from its real end."""
        name, struck = str(act.name), None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if struck is None and not works(pid):
                struck = time.monotonic()
                self.acts.start(self.refresh())
            if struck is not None and await self._is_out(name):
                self.say(act, knew=f"HAProxy knew after {time.monotonic() - struck:.2f} s")
                await self.refresh()
                return
            # One that is killed is frozen first, and wakes to die: that is no end of a freeze.
            if struck is not None and act.verb == "freeze" and works(pid):
                self.say(act, knew="HAProxy did not notice in that time")
                return
            await asyncio.sleep(EVERY)
        if struck is not None:
            self.say(act, knew=f"HAProxy has not noticed for {PATIENCE:.0f} s")

    async def _is_out(self, name: str) -> bool:
        try:
            _, servers = await asyncio.wait_for(read_haproxy(self.home), 0.3)
        except ERRORS:
            return False
        return name in servers and servers[name].status != "UP"

    def see(self, boxes: list[dict[str, Any]]) -> None:
        """Note which parts work again; called with each picture."""
        states = {box["name"]: box for box in boxes}
        for name, act in list(self.down.items()):
            box = states.get(name) or states[f"{name}-core"]
            if box["state"] != "up":
                self._seen_down.add(act.number)
            # Until then the picture is still the one from before the act.
            elif act.number in self._seen_down and box["haproxy"] in ("UP", None):
                del self.down[name]
                self._seen_down.discard(act.number)
                self._counted[act.number] = act, time.time() + LATE
                self.say(act, back=f"back after {time.time() - act.at:.1f} s")


def works(pid: int | None) -> bool:
    """Return whether a process runs: it is not gone, not a zombie, and not suspended."""
    try:
        return pid is not None and psutil.Process(pid).status() not in BROKEN
    except psutil.NoSuchProcess:
        return False

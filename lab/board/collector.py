"""The collector: looks at every source again and again, often while somebody looks on."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import psutil

from lab.board.boxes import Boxes, Processes
from lab.board.rates import Rates
from lab.board.sources import Database, Server, Source, Traffic, read_haproxy, read_redis
from lab.stack.desired import DesiredState
from lab.stack.home import Home
from lab.stack.supervisor import Supervisor

OFTEN, SELDOM = 0.5, 5.0  # seconds between two looks, with and without a viewer
QUEUES = ("analytics", "relay", "long")
# The line that carries what these boxes do in a second: requests, transactions, events.
ENTRANCES = {
    "haproxy": "shoppers>haproxy",
    "postgres-core": "core>postgres-core",
    "postgres-analytics": "analytics>postgres-analytics",
    "recorder-1": "broker>recorder-1",
}
CORE = """
    SELECT (SELECT sum(xact_commit + xact_rollback)::bigint FROM pg_stat_database
            WHERE datname = 'core'),
           (SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'orders_outboxevent'),
           (SELECT count(*) FROM orders_outboxevent WHERE acknowledged IS NULL),
           (SELECT count(*) FROM jobs_job WHERE state = 'queued')"""
JOBS = "SELECT split_part(worker, ':', 1), kind, progress FROM jobs_job WHERE state = 'running'"
ANALYTICS = """
    SELECT (SELECT sum(xact_commit + xact_rollback)::bigint FROM pg_stat_database
            WHERE datname = 'analytics'),
           (SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'sales_recordedevent')"""


class Core(NamedTuple):
    """What the board shows of the database of core; the first two only grow."""

    transactions: int
    events: int
    outbox: int
    queued: int
    running: list[tuple[str, str, int]]  # (worker, kind of job, progress in per cent)


class Collector:
    """The latest answer of every source, and the pictures that follow from them."""

    def __init__(self, home: Home, core: Database, analytics: Database) -> None:
        self.home, self.core, self.analytics = home, core, analytics
        self.boxes = Boxes()
        self._rates = Rates()  # of counters that are no box
        self.haproxy: Source[tuple[Traffic, dict[str, Server]]] = Source(
            partial(read_haproxy, home)
        )
        self.processes: Source[Processes] = Source(
            partial(asyncio.to_thread, Supervisor(home).states)
        )
        self.cache = Source(partial(read_redis, home, "cache"))
        self.broker = Source(partial(read_redis, home, "broker", QUEUES))
        self.core_rows = Source(self._read_core, patience=0.8)
        self.analytics_rows = Source(partial(analytics.rows, ANALYTICS), patience=0.8)
        self._last_known: Processes = {}

    async def _read_core(self) -> Core:
        [(transactions, events, outbox, queued)] = await self.core.rows(CORE)
        return Core(transactions, events, outbox, queued, await self.core.rows(JOBS))

    async def run(self, is_watched: Callable[[], bool], woken: asyncio.Event) -> None:
        """Look for ever: at all sources when somebody watches, else seldom and only at two."""
        often: tuple[Source, ...] = (self.haproxy, self.processes)
        seldom: tuple[Source, ...] = (self.cache, self.broker, self.core_rows, self.analytics_rows)
        # Each in a task of its own: one that does not answer holds up no other.
        async with asyncio.TaskGroup() as group:
            for source in often:
                group.create_task(_repeat(source, OFTEN, SELDOM, is_watched, woken))
            for source in seldom:
                group.create_task(_repeat(source, 2 * OFTEN, None, is_watched, woken))

    def known_processes(self) -> Processes:
        """Return {name: (state, pid)}; while the supervisor is silent, what the pids tell."""
        if self.processes.value is not None:
            self._last_known = self.processes.value
            return self._last_known
        return {name: _look_at(*known) for name, known in self._last_known.items()}

    def picture(self, state: DesiredState) -> dict[str, Any]:
        """Return boxes, edges and queues as they are now."""
        servers, at = self.haproxy.value and self.haproxy.value[1], self.haproxy.at or 0.0
        boxes = self.boxes.build(state, self.known_processes(), servers, at, self._notes())
        edges = {f"haproxy>{box['name']}": box["rate"] for box in boxes if box["rate"] is not None}
        edges |= self._edges()
        for box in boxes:
            if box["name"] in ENTRANCES:
                box["rate"] = edges[ENTRANCES[box["name"]]]
        return {"boxes": boxes, "edges": edges, "queues": self._queues()}

    def traffic_rates(self) -> dict[str, Any]:
        """Return what HAProxy counted per second: requests of everybody, not of shoppers alone."""
        if not self.haproxy.value:
            return {}
        traffic, at = self.haproxy.value[0], self.haproxy.at or 0.0
        offered = self._rates.of("offered", traffic.requests, at)
        refused = self._rates.of("refused", traffic.refused, at)
        failed = self._rates.of("failed", traffic.failed, at)
        if offered is None or refused is None or failed is None:
            return {}
        ok = round(max(0.0, offered - refused - failed), 1)
        counts = {"offered": offered, "ok": ok, "refused": refused, "failed": failed}
        return counts | {"whose": "everyone"}

    def _edges(self) -> dict[str, float | None]:
        traffic = self.haproxy.value and self.haproxy.value[0]
        core, analytics, cache = self.core_rows, self.analytics_rows, self.cache
        counts: dict[str, tuple[Source, Any]] = {
            "shoppers>haproxy": (self.haproxy, traffic and traffic.requests),
            "core>cache": (cache, cache.value and cache.value["commands"]),
            "core>postgres-core": (core, core.value and core.value.transactions),
            "postgres-core>relay": (core, core.value and core.value.events),
            "analytics>postgres-analytics": (analytics, analytics.value and analytics.value[0][0]),
            "broker>recorder-1": (analytics, analytics.value and analytics.value[0][1]),
        }
        rates = {
            name: None if count is None else self._rates.of(name, count, source.at or 0.0)
            for name, (source, count) in counts.items()
        }
        rates["relay>broker"] = rates["postgres-core>relay"]
        rates["recorder-1>postgres-analytics"] = rates["broker>recorder-1"]
        return rates

    def _queues(self) -> dict[str, int | None]:
        traffic = self.haproxy.value and self.haproxy.value[0]
        core, broker = self.core_rows.value, self.broker.value
        return {
            "haproxy": traffic.queue if traffic else None,
            "outbox": core.outbox if core else None,
            **{name: broker[name] if broker else None for name in QUEUES},
            "jobs": core.queued + len(core.running) if core else None,
        }

    def _notes(self) -> dict[str, str]:
        notes = {}
        if core := self.core_rows.value:
            notes = {worker: f"{kind} {progress} %" for worker, kind, progress in core.running}
            notes["relay"] = f"outbox {core.outbox}"
        elif self.core_rows.silent_since:
            notes["postgres-core"] = "no answer"
        if self.analytics_rows.value is None and self.analytics_rows.silent_since:
            notes["postgres-analytics"] = "no answer"
        if broker := self.broker.value:
            notes["broker"] = f"queued {sum(broker[name] for name in QUEUES)}"
        if cache := self.cache.value:
            asked = cache["hits"] + cache["misses"]
            notes["cache"] = f"hit {100 * cache['hits'] / asked:.0f} %" if asked else ""
        return notes


async def _repeat(
    source: Source,
    often: float,
    seldom: float | None,
    is_watched: Callable[[], bool],
    woken: asyncio.Event,
) -> None:
    while True:
        if is_watched() or seldom:
            await source.look()
        if is_watched():
            await asyncio.sleep(often)
        else:
            await wait_for(woken, seldom)


async def wait_for(event: asyncio.Event, seconds: float | None) -> None:
    """Wait until the event is set, but at most so many seconds."""
    waiting = asyncio.ensure_future(event.wait())
    await asyncio.wait({waiting}, timeout=seconds)
    waiting.cancel()


def _look_at(state: str, pid: int | None) -> tuple[str, int | None]:
    if pid is None:
        return state, pid
    try:
        found = psutil.Process(pid).status()
    except psutil.NoSuchProcess:
        return "exited", None
    if found == psutil.STATUS_ZOMBIE:  # it ended, and its parent has not been told
        return "exited", None
    if found == psutil.STATUS_STOPPED:
        return "frozen", pid
    return ("running" if state == "frozen" else state), pid

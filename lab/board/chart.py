"""The figures of each second: requests offered and answered, how long they took, and lengths."""

import math
from collections import defaultdict
from typing import Any, NamedTuple

KEPT = 30  # seconds until a second is forgotten that nobody asked for
FIGURES = (
    *("offered", "ok", "refused", "failed", "p50_ms", "p95_ms", "max_ms", "hits", "sql"),
    *("q_haproxy", "q_outbox", "q_broker", "q_jobs", "whose"),
)
CACHED = ("redis", "near", "local", "edge")


class Sent(NamedTuple):
    """A request of the shoppers and what became of it. Times are Unix times."""

    due: float  # when it was to be sent: latencies count from here
    start: float
    end: float
    kind: str  # read or order
    outcome: str  # ok, cache, refused or failed
    tier: str | None  # X-Cache
    instance: str | None
    queries: int  # SQL statements
    retries: int
    key: str | None


class Chart:
    """Counts the shoppers' requests by the second in which they were due or ended."""

    def __init__(self) -> None:
        self._offered: dict[int, int] = defaultdict(int)
        self._ended: dict[int, list[Sent]] = defaultdict(list)

    def offer(self, due: float) -> None:
        """Count a request that is due."""
        self._offered[int(due)] += 1

    def add(self, sent: Sent) -> None:
        """Count a request that has ended."""
        self._ended[int(sent.end)].append(sent)

    def second(self, second: int) -> dict[str, Any]:
        """Return the figures of this second and forget it and all before."""
        offered, ended = self._offered.pop(second, 0), self._ended.pop(second, [])
        rings: tuple[dict[int, Any], ...] = (self._offered, self._ended)
        for ring in rings:
            for old in [each for each in ring if each < second - KEPT]:
                del ring[old]
        counts = {
            name: sum(sent.outcome in outcomes for sent in ended)
            for name, outcomes in (
                ("ok", ("ok", "cache")),
                ("refused", ("refused",)),
                ("failed", ("failed",)),
            )
        }
        times = sorted(1000 * (sent.end - sent.due) for sent in ended)
        tiers = [sent.tier for sent in ended if sent.tier]
        hits = sum(tier in CACHED for tier in tiers)
        return {
            **{"offered": offered, **counts},
            **{"p50_ms": rank(times, 0.5), "p95_ms": rank(times, 0.95), "max_ms": rank(times, 1)},
            "hits": round(100 * hits / len(tiers)) if tiers else None,
            **{"sql": sum(sent.queries for sent in ended), "whose": "shoppers"},
        }


def rank(ordered: list[float], share: float) -> float | None:
    """Return the smallest value that is not exceeded by this share of them; None if none."""
    if not ordered:
        return None
    return round(ordered[math.ceil(share * len(ordered)) - 1], 1)

"""ROWS of a benchmark: what is asked of whom, asked in turn over and over, and what that took.

In turn, so that whatever else the machine does touches all rows alike; medians, so that a bad
moment touches none.
"""

import statistics
from typing import NamedTuple

from lab import console
from lab.errors import Failure
from lab.stack import process_tree
from lab.workload import wrk


class Row(NamedTuple):
    """One thing that is measured: what is asked, and the process whose time counts (None: only
    throughput does)."""

    name: str
    url: str
    pid: int | None = None
    headers: dict = {}
    order: dict | None = None  # posted under a new key each time
    anew: bool = False  # each address once, so that no cache has the answer
    connections: int = 4  # HAProxy lets 5 into an instance


class Sample(NamedTuple):
    """Microseconds of processor time per request (or None), requests per second, median
    milliseconds of a request."""

    spent: float | None
    rate: float
    p50_ms: float


def measure(make_rows, *, repeats, seconds):
    """{row name: [Sample]}, one for each round; a round that nobody counts comes first, to warm up.

    `make_rows()` is called for each round, because tokens live five minutes.
    """
    samples = {}
    for number in range(repeats + 1):
        with console.step("warmed up" if number == 0 else f"round {number} of {repeats}"):
            for row in make_rows():
                sample = _sample(row, 1 if number == 0 else seconds)
                samples.setdefault(row.name, []).extend([sample] * bool(number))
    return samples


def _sample(row, seconds):
    before = process_tree.cpu_seconds(row.pid) if row.pid else None
    seen = wrk.run(
        row.url,
        seconds=seconds,
        connections=row.connections,
        headers=row.headers,
        order=row.order,
        anew=row.anew,
    )
    if seen.failed or not seen.requests:
        raise Failure(
            f"{row.name}: {seen.failed} of {seen.requests} requests failed", "./escala bench again"
        )
    spent = (process_tree.cpu_seconds(row.pid) - before) * 1e6 / seen.requests if row.pid else None
    return Sample(spent, seen.per_second, seen.p50_ms)


def summary(name, samples):
    """Medians, and how far apart the rounds were: the range of the middle half, as a share of the
    median."""
    spent, rates, _ = zip(*samples, strict=True)
    counted = spent if spent[0] is not None else rates
    quarters = statistics.quantiles(counted, n=4)
    return {
        "name": name,
        "cpu_us_per_request": round(statistics.median(spent)) if spent[0] is not None else None,
        "requests_per_second": round(statistics.median(rates)),
        "spread": round((quarters[2] - quarters[0]) / statistics.median(counted), 3),
    }

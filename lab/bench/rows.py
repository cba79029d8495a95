"""The rows of a benchmark: requests that are measured in turn, round after round.

In turn, so that a disturbance of the machine affects all rows alike. The median of the rounds, so
that one bad round does not count.
"""

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from lab import console
from lab.bench import fleet
from lab.errors import Failure
from lab.stack import audit, process_tree
from lab.stack.home import Home
from lab.workload import wrk


class Row(NamedTuple):
    """A request to measure; `pid` is the process whose processor time counts, or None."""

    name: str
    url: str = ""
    pid: int | None = None
    headers: dict[str, str] = {}
    order: dict | None = None  # posted with a new idempotency key each time
    new_urls: bool = False  # each URL once, so that no cache has the response
    connections: int = 4  # HAProxy allows 5 to an instance
    work: Callable[[], int] | None = None  # instead of requests; returns how much it has done


class Sample(NamedTuple):
    """One round of a row."""

    cpu_us: float | None  # processor time per request, in microseconds
    rate: float  # requests/s
    p50_ms: float
    fleet_us: float | None = None  # the same as cpu_us, of all processes


class Done(NamedTuple):
    """What a row did: requests, or the units of its work."""

    number: int
    rate: float  # a second
    p50_ms: float


def measure(
    make_rows: Callable[[], Iterable[Row]],
    *,
    repeats: int,
    seconds: float,
    home: Home | None = None,
) -> dict[str, list[Sample]]:
    """{name of a row: one sample per round}, after a round to warm up that does not count.

    `make_rows()` is called for each round, because tokens expire after five minutes. With `home`
    the processor time of all processes of that system is measured too.
    """
    samples: dict[str, list[Sample]] = {}
    with console.step("warmed up"):
        for row in make_rows():
            _sample(row, 1, home)
    for number in range(1, repeats + 1):
        with console.step(f"round {number} of {repeats}"):
            for row in make_rows():
                samples.setdefault(row.name, []).append(_sample(row, seconds, home))
    return samples


def _sample(row: Row, seconds: float, home: Home | None) -> Sample:
    fleet_before = fleet.cpu_seconds(home, row.pid) if home else 0
    before = process_tree.cpu_seconds(row.pid) if row.pid else 0
    done = _work(row.work) if row.work else _requests(row, seconds)
    cpu_us = fleet_us = None
    if row.pid:
        cpu_us = (process_tree.cpu_seconds(row.pid) - before) * 1e6 / done.number
    if home:
        if row.order:  # it costs time until it is a fact in analytics and acknowledged
            audit.wait_finished(home, audit.EVENTS)
        fleet_us = (fleet.cpu_seconds(home, row.pid) - fleet_before) * 1e6 / done.number
    return Sample(cpu_us, done.rate, done.p50_ms, fleet_us)


def _requests(row: Row, seconds: float) -> Done:
    result = wrk.run(
        row.url,
        seconds=seconds,
        connections=row.connections,
        headers=row.headers,
        order=row.order,
        new_urls=row.new_urls,
    )
    if result.failed or not result.requests:
        raise Failure(
            f"{row.name}: {result.failed} of {result.requests} requests failed",
            "./escala bench again",
        )
    return Done(result.requests, result.per_second, result.p50_ms)


def _work(work: Callable[[], int]) -> Done:
    started = time.monotonic()
    count = work()
    seconds = time.monotonic() - started
    return Done(count, count / seconds, 1000 * seconds / count)


def summary(name: str, samples: list[Sample]) -> dict[str, Any]:
    """The medians of a row, and the spread of what counts: processor time or else throughput."""
    rates = [sample.rate for sample in samples]
    cpu_us = [sample.cpu_us for sample in samples if sample.cpu_us is not None]
    fleet_us = [sample.fleet_us for sample in samples if sample.fleet_us is not None]
    return {
        "name": name,
        "cpu_us_per_request": round(statistics.median(cpu_us)) if cpu_us else None,
        "fleet_cpu_us_per_request": round(statistics.median(fleet_us)) if fleet_us else None,
        "requests_per_second": round(statistics.median(rates)),
        "spread": spread(cpu_us or rates),
    }


def spread(values: list[float]) -> float:
    """The range of the middle half, as a share of the median; 0 for one value, or a median of 0."""
    median = statistics.median(values)
    if len(values) < 2 or not median:
        return 0.0
    quarters = statistics.quantiles(values, n=4)
    return round((quarters[2] - quarters[0]) / median, 3)

"""What HAProxy and the database know of the requests around the first failed one of a phase.

It is recorded when the phase ends, because the report is made from the records alone.
"""

import time
from typing import Any

from lab.analysis.records import Phase, succeeded
from lab.polling import wait_until
from lab.stack.home import Home
from lab.stack.tracing import haproxy_log
from lab.stack.tracing.haproxy_log import Exchange
from lab.stack.tracing.rows import Rows

AROUND = 5  # requests before it, and as many after it
SAME_SECONDS = 0.05  # a request without an id is the one that reached HAProxy within this time
LOG_SECONDS = 1.0  # HAProxy writes its line shortly after the answer


def around_first_failure(
    home: Home, phase: Phase, position: int, zero: float
) -> dict[str, Any] | None:
    """The fact `attempts` of a phase; None when every request succeeded at its first attempt.

    `position` is the size that HAProxy's log had before the phase, and `zero` its monotonic second
    0. Without a failed request it is about the first one that HAProxy sent again. `attempt` is
    None where HAProxy's log has no line. All times are seconds of the phase.
    """
    log, clock = home.log("haproxy"), time.time() - time.monotonic() + zero
    failed = [number for number, each in enumerate(phase.requests) if not succeeded(each)]
    if failed:
        around = window(phase, failed[0])
        ids = {phase.requests[number].get("id") for number in around} - {None}
        wait_until(
            lambda: ids <= {each.id for each in haproxy_log.exchanges(log, position)},
            seconds=LOG_SECONDS,
        )
    found = list(haproxy_log.exchanges(log, position))
    if not failed:
        again = {each.id for each in found if each.retries}
        first = [n for n, each in enumerate(phase.requests) if each.get("id") in again][:1]
        if not first:
            return None
        around = window(phase, first[0])
    pairs = _pairs(phase, around, found, clock)
    rows = Rows(home).orders_by_key([phase.requests[number].get("note") for number in around])
    return {
        "why": "failed" if failed else "sent again",
        "first": (failed or first)[0],
        "requests": [
            {
                "number": number,
                "attempt": exchange and _as_fact(exchange, clock),
                "rows": [
                    {name: row[name] for name in ("id", "served_by")}
                    | {"at": round(row["created_at"].timestamp() - clock, 3)}
                    for row in rows
                    if row["key"] == phase.requests[number].get("note")
                ],
            }
            for number, exchange in pairs.items()
        ],
    }


def window(phase: Phase, first: int) -> range:
    """The numbers of the requests around this one."""
    return range(max(0, first - AROUND), min(len(phase.requests), first + AROUND + 1))


def _pairs(
    phase: Phase, numbers: range, found: list[Exchange], clock: float
) -> dict[int, Exchange | None]:
    by_id = {each.id: each for each in found}
    known = {each.get("id") for each in phase.requests}
    left = [each for each in found if each.id not in known]
    pairs: dict[int, Exchange | None] = {}
    for number in numbers:
        request = phase.requests[number]
        exchange = by_id.get(request.get("id", ""))
        if not exchange and left:  # without an answer the client has no id
            start = request["start"] + clock
            nearest = min(left, key=lambda each: abs(each.began - start))
            if abs(nearest.began - start) <= SAME_SECONDS:
                left.remove(exchange := nearest)
        pairs[number] = exchange
    return pairs


def _as_fact(exchange: Exchange, clock: float) -> dict[str, Any]:
    times = {name: getattr(exchange, name) for name in ("began", "reached", "ended")}
    relative = {name: at and round(at - clock, 3) for name, at in times.items()}
    return exchange._asdict() | relative | {"attempts": exchange.attempts}

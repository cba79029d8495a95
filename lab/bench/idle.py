"""`./escala bench --idle`: what a whole system uses while nobody asks, and how soon it wakes up.

A wake-up is a thread that slept and runs again: a laptop saves no power while there are many. A
system could save all of them and deliver every event late. So the delay until an order is a fact in
analytics is measured too. The next order follows as soon as the last one is there: then the relay
has just looked, and the order waits for nearly a whole pause of the relay.
"""

import secrets
import statistics
import time
from typing import Any, NamedTuple

from lab import console
from lab.bench import fleet, rows, targets, tiers
from lab.bench.fleet import Use
from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import credentials, machine, postgres
from lab.stack.home import Home
from lab.workload.http_client import bearer, request_ok

ORDERS = 10
LATEST = 30  # seconds until an order must be in analytics, or the benchmark fails


class Round(NamedTuple):
    """One measurement: its length, and what each part used meanwhile."""

    seconds: float
    parts: dict[str, Use]


def idle(*, repeats: int = 5, seconds: float = 20) -> dict[str, Any]:
    """{rows, event_seconds, figures, targets, machine ...}: medians over `repeats` rounds.

    It starts a system of its own, as `./escala up` does, with the board.
    """
    with tiers.system(replicas=2, board=True) as home:
        rounds = []
        for number in range(1, repeats + 1):
            with console.step(f"round {number} of {repeats}: nobody asks"):
                rounds.append(_round(home, seconds))
        with console.step(f"{ORDERS} orders, until each is a fact in analytics"):
            delays = _delays(home)
    document = {"rows": table(rounds), "event_seconds": [round(delay, 3) for delay in delays]}
    figures = targets.idle_figures(document)
    document |= {"figures": figures, "targets": targets.idle_targets(figures)}
    return document | machine.fingerprint()


def _round(home: Home, seconds: float) -> Round:
    started, before = time.monotonic(), fleet.used(home)
    time.sleep(seconds)  # what is measured is that nothing happens
    after = fleet.used(home)
    return Round(time.monotonic() - started, fleet.difference(before, after))


def table(rounds: list[Round]) -> list[dict[str, Any]]:
    """[{name, cpu_percent, wakeups_per_second, spread}], and last the row `all processes`.

    100 % is one processor. The spread is that of the processor time.
    """
    sums = [
        Use(sum(use.cpu_seconds for use in uses), sum(use.wakeups for use in uses))
        for uses in (each.parts.values() for each in rounds)
    ]
    found = {name: [each.parts[name] for each in rounds] for name in rounds[0].parts}
    found["all processes"] = sums
    return [_line(name, uses, [each.seconds for each in rounds]) for name, uses in found.items()]


def _line(name: str, uses: list[Use], seconds: list[float]) -> dict[str, Any]:
    cpu = [100 * use.cpu_seconds / length for use, length in zip(uses, seconds, strict=True)]
    wakeups = [use.wakeups / length for use, length in zip(uses, seconds, strict=True)]
    return {
        "name": name,
        "cpu_percent": round(statistics.median(cpu), 2),
        "wakeups_per_second": round(statistics.median(wakeups), 1),
        "spread": rows.spread(cpu),
    }


def _delays(home: Home) -> list[float]:
    """Seconds from the answer to each order until its event is a fact in analytics."""
    customer = bearer(tiers.token_of(home, "customer"))
    order = tiers.stocked_order(home)
    password = credentials.load(home)["ANALYTICS_DATABASE_PASSWORD"]
    with postgres.connect(home.port("postgres"), "analytics", password) as facts:

        def delay() -> float:
            headers = customer | {"Idempotency-Key": secrets.token_hex(8)}
            front = home.port("haproxy")
            placed = request_ok(front, "POST", "/api/orders/", order, headers).document["id"]
            answered = time.monotonic()
            query = "SELECT 1 FROM sales_recordedevent WHERE order_id = %s"
            recorded = wait_until(
                lambda: facts.execute(query, [placed]).fetchone(), seconds=LATEST, every=0.01
            )
            if not recorded:
                what = f"an order did not reach analytics within {LATEST} s"
                raise Failure(what, "./escala bench --idle again")
            return time.monotonic() - answered

        return [delay() for _ in range(ORDERS)]

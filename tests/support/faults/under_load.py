"""One fault under load, from the first request to the last check."""

import time

from lab.polling import wait_until
from lab.stack import audit
from tests.support.faults import checker
from tests.support.shoppers import shop_load

BEFORE, AFTER = 60, 100  # answers
PATIENCE = 60  # seconds until the system has recovered
EXCUSED = 4  # seconds after the repair in which errors are still excused


def run_under_load(laptop, fault, *, seed=1):
    """Injects the fault into a healthy system under load, and repairs it; the Outcome."""
    outcome = checker.Outcome(fault.name, fault.expected)
    with shop_load(laptop, seed=seed) as load:
        load.wait_for_answers(BEFORE)
        since = time.monotonic()
        with fault.inject(laptop, *fault.targets):
            load.wait_for_answers(fault.answers, seconds=fault.lasts)
            repaired = time.time()
        excused = checker.Excuse(fault.allowed, since, time.monotonic() + EXCUSED)
        outcome.recovery = recovered(laptop, load, repaired) - repaired
        load.wait_for_answers(AFTER)
    checker.check(laptop, load, outcome, excused)
    return outcome


def recovered(laptop, load, repaired):
    """The time when the system has recovered.

    All processes are ready, clients get no errors, and analytics has all events from before
    `repaired`.
    """

    def is_well():
        answered = all(exchange.succeeded for exchange in load.exchanges[-20:])
        healthy = answered and laptop.status()["healthy"]
        return healthy and laptop.sql("core", audit.EVENTS.left, repaired) == [(0,)]

    assert wait_until(is_well, seconds=PATIENCE), (
        f"not recovered {PATIENCE} s after the repair: {laptop.status()}"
    )
    return time.time()

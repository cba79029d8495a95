"""One fault under load, from the first question to the last check."""

import time

from lab.polling import wait_until
from lab.stack import audit
from tests.support.faults import checker
from tests.support.shoppers import shop_load

BEFORE, AFTER = 60, 100  # answers
PATIENCE = 60  # seconds until everything is well again
EXCUSED = 4  # seconds after a fault in which its errors still are


def suffer(laptop, fault, *, seed=1):
    """Lets the fault strike a healthy system under load, and mends it; the Outcome."""
    outcome = checker.Outcome(fault.name, fault.expected)
    with shop_load(laptop, seed=seed) as load:
        load.wait_for_answers(BEFORE)
        since = time.monotonic()
        with fault.strike(laptop, *fault.targets):
            load.wait_for_answers(fault.answers, seconds=fault.lasts)
            mended = time.time()
        excused = checker.Excuse(fault.allowed, since, time.monotonic() + EXCUSED)
        outcome.recovery = recovered(laptop, load, mended) - mended
        load.wait_for_answers(AFTER)
    checker.check(laptop, load, outcome, excused)
    return outcome


def recovered(laptop, load, mended):
    """When every process takes requests again, clients get no errors, and analytics has every event
    before `mended`."""

    def well():
        answered = all(exchange.succeeded for exchange in load.exchanges[-20:])
        healthy = answered and laptop.status()["healthy"]
        return healthy and laptop.sql("core", audit.EVENTS.left, mended) == [(0,)]

    assert wait_until(well, seconds=PATIENCE), (
        f"not well {PATIENCE} s after the fault: {laptop.status()}"
    )
    return time.time()

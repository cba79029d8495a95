"""One fault under load, from the first request to the last check."""

import time

from lab.polling import wait_until
from lab.stack import audit
from tests.support.faults import checker
from tests.support.faults.checked_load import checked_load
from tests.support.faults.pairs import CROWDED, is_crowded, parts

BEFORE, AFTER = 60, 100  # answers
PATIENCE = 60  # seconds until the system has recovered
EXCUSED = 4  # seconds after the repair in which errors are still excused


def run_under_load(laptop, fault, *, seed=1):
    """Injects the fault into a healthy system under load, and repairs it; the Outcome."""
    outcome = checker.Outcome(fault.name, fault.expected)
    options = {"clients": fault.clients, "pause": fault.pause}
    with checked_load(laptop, seed=seed, **options) as checked:
        load = checked.shop
        load.wait_for_answers(BEFORE)
        since = time.monotonic()
        with fault.inject(laptop, *fault.targets):
            load.wait_for_answers(fault.answers, seconds=fault.lasts)
            repaired, until = time.time(), time.monotonic()
        excused = checker.Excuse(fault.allowed, since, time.monotonic() + EXCUSED)
        outcome.recovery = recovered(laptop, load, repaired) - repaired
        load.wait_for_answers(AFTER)
    checker.check(laptop, checked, outcome, excused, lag=fault.lag)
    if "cache" not in parts(fault):
        least, share = fault.cached_reads, CROWDED if is_crowded(fault) else checker.CACHED_READS
        outcome.wrong += checker.cached_reads(checked, since, until, least=least, share=share)
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

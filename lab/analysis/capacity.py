"""Capacity: the highest arrival rate at which p95 stays within the objective and requests succeed.

At most 0.1 % of the requests may fail.
"""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

from lab.analysis.conditions import ALLOWED_FAILURES
from lab.analysis.estimates import Interval
from lab.analysis.records import Phase

STEP = 1.3  # the factor between two rates until one passes and the next one fails
FLOOR = 1 / 8  # of the first rate: so slow is a disturbed machine, not a system at its limit
BUDGET = 90  # seconds for one search; it takes 20 to 40 on a quiet machine


class Objective(NamedTuple):
    """What a phase must achieve for its rate to count as carried."""

    p95_ms: float

    def is_met_by(self, phase: Phase) -> bool:
        few_failed = len(phase.failed) <= ALLOWED_FAILURES * len(phase.counted)
        return few_failed and phase.latency(95) <= self.p95_ms


class Found(NamedTuple):
    """What a search found: the highest rate that was carried.

    When none was, `why` says so, and `rate` is the lowest that was tried.
    """

    rate: float
    why: str = ""


def search(
    passes: Callable[[float], bool],
    guess: float,
    *,
    precision: float,
    seconds: float = BUDGET,
    now: Callable[[], float] = time.monotonic,
) -> Found:
    """Calls `passes(rate)` with higher and lower rates until the capacity is known.

    A precision of 1.1 means within 10 %. A rate that fails is tried once more, because another
    program may have disturbed the first attempt. After `seconds`, and at a rate below FLOOR times
    the guess, the search ends with what it has.
    """
    deadline = now() + seconds
    carried, failed, rate, why = 0.0, math.inf, guess, ""
    while not why and (not carried or failed / carried > precision):
        if now() > deadline:
            why = f"none was carried within {seconds:.0f} s"
        elif rate < FLOOR * guess:
            why = f"not even {failed:.3g} requests/s were carried; {guess:.3g} were expected"
        elif passes(rate) or passes(rate):
            carried = rate
        else:
            failed = rate
        rate = _next_rate(carried, failed)
    return Found(carried) if carried else Found(min(failed, guess), why)


def _next_rate(carried: float, failed: float) -> float:
    if not carried:
        return failed / STEP
    return carried * STEP if math.isinf(failed) else (carried * failed) ** 0.5


def of(phases: list[Phase], objective: Objective) -> Interval:
    """The capacity that these phases show: the highest rate that was carried.

    Its upper bound is the next higher rate, which failed.
    """
    best = best_phase(phases, objective)
    carried = best.rate if best else 0.0
    failed = [phase.rate for phase in phases if phase.rate > carried]
    return Interval(carried, carried, min(failed, default=float("inf")))


def best_phase(phases: list[Phase], objective: Objective) -> Phase | None:
    """The phase with the highest rate that was carried, or None."""
    met = [phase for phase in phases if objective.is_met_by(phase)]
    return max(met, key=lambda phase: phase.rate, default=None)

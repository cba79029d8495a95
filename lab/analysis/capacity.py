"""Capacity: the highest arrival rate at which p95 stays within the objective and requests succeed.

At most 0.1 % of the requests may fail.
"""

from collections.abc import Callable
from typing import NamedTuple

from lab.analysis.conditions import ALLOWED_FAILURES
from lab.analysis.estimates import Interval
from lab.analysis.records import Phase
from lab.errors import Failure

STEP = 1.3  # the factor between two rates until one passes and the next one fails
MAX_PROBES = 24  # a search that takes more has found no limit


class Objective(NamedTuple):
    """What a phase must achieve for its rate to count as carried."""

    p95_ms: float

    def is_met_by(self, phase: Phase) -> bool:
        few_failed = len(phase.failed) <= ALLOWED_FAILURES * len(phase.counted)
        return few_failed and phase.latency(95) <= self.p95_ms


def search(passes: Callable[[float], bool], guess: float, *, precision: float) -> float:
    """Calls `passes(rate)` with higher and lower rates until the capacity is known.

    A precision of 1.1 means within 10 %. A rate that fails is tried once more, because another
    program may have disturbed the first attempt.
    """
    left = MAX_PROBES

    def is_carried(rate: float) -> bool:
        nonlocal left
        left -= 1
        if left < 0:
            raise Failure(
                f"no capacity was found near {guess:.0f} requests/s", "./escala run it again"
            )
        return passes(rate) or passes(rate)

    carried: float | None = None
    failed: float | None = None
    rate = guess
    while carried is None or failed is None:
        if is_carried(rate):
            carried, rate = rate, rate * STEP
        else:
            failed, rate = rate, rate / STEP
    while failed / carried > precision:
        rate = (carried * failed) ** 0.5
        if is_carried(rate):
            carried = rate
        else:
            failed = rate
    return carried


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

"""CAPACITY: the highest rate of arrivals at which p95 is within the objective and at most 0.1 % of
requests fail."""

from typing import NamedTuple

from lab.analysis.estimates import Interval
from lab.analysis.verdict import ERRORS
from lab.errors import Failure

STEP = 1.3  # how far apart the first two rates are that enclose the capacity
PROBES = 24  # after so many, a search has met something that is no capacity


class Objective(NamedTuple):
    """What a probe must keep for its rate to count."""

    p95_ms: float

    def is_met_by(self, phase):
        return len(phase.failed) <= ERRORS * len(phase.counted) and phase.latency(95) <= self.p95_ms


def search(passes, guess, *, precision):
    """Asks `passes(rate)` for higher and lower rates until the capacity is known to `precision`
    (1.1: within 10 %).

    A rate that fails is asked once more, and passes if it passes then: a neighbour's hiccup is no
    limit of ours.
    """
    left = PROBES

    def carries(rate):
        nonlocal left
        left -= 1
        if left < 0:
            raise Failure(
                f"no capacity was found near {guess:.0f} requests a second", "./escala run it again"
            )
        return passes(rate) or passes(rate)

    good = bad = None
    rate = guess
    while not (good and bad):
        if carries(rate):
            good, rate = rate, rate * STEP
        else:
            bad, rate = rate, rate / STEP
    while bad / good > precision:
        rate = (good * bad) ** 0.5
        good, bad = (rate, bad) if carries(rate) else (good, rate)
    return good


def of(phases, objective):
    """The capacity that these probes show: the best rate; its bounds are that one and the next that
    failed."""
    met = [phase.rate for phase in phases if objective.is_met_by(phase)]
    best = max(met, default=0.0)
    failed = [phase.rate for phase in phases if phase.rate > best]
    return Interval(best, best, min(failed, default=float("inf")))


def best_phase(phases, objective):
    """The probe whose rate is the capacity, or None."""
    met = [phase for phase in phases if objective.is_met_by(phase)]
    return max(met, key=lambda phase: phase.rate, default=None)

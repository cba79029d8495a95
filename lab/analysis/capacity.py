"""Capacity: the highest arrival rate at which p95 stays within the objective and requests succeed.

At most 0.1 % of the requests may fail. search() finds it once, search_repeatedly() with an interval
that says how much another search would differ.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy

from lab.analysis.conditions import ALLOWED_FAILURES
from lab.analysis.estimates import Interval
from lab.analysis.records import Phase

MOST_STEP = 1.33  # the greatest factor between two rates, unless less precision is demanded
FLOOR = 1 / 8  # of the first rate: so slow is a disturbed machine, not a system at its limit
HOPELESS = 2  # times the objective; no disturbance of a quiet machine makes p95 so long
BUDGET = 90  # seconds for one search; it takes 20 to 40 on a quiet machine
COARSE = 1.1  # the precision of the search that a repeated one begins with
REPEATS = 7  # of a repeated search; so its interval holds the capacity in 95 of 100 searches
REPEATED_BUDGET = 240  # seconds for a repeated search with attempts of three seconds


class Objective(NamedTuple):
    """What a phase must achieve for its rate to count as carried."""

    p95_ms: float

    def is_met_by(self, phase: Phase) -> bool:
        few_failed = len(phase.failed) <= ALLOWED_FAILURES * len(phase.counted)
        return few_failed and phase.latency(95) <= self.p95_ms

    def is_hopeless(self, phase: Phase) -> bool:
        """Whether the phase missed the objective so clearly that a second attempt would, too."""
        return phase.latency(95) > HOPELESS * self.p95_ms


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
    is_hopeless: Callable[[], bool] = lambda: False,
    now: Callable[[], float] = time.monotonic,
) -> Found:
    """Calls `passes(rate)` with higher and lower rates until the capacity is known.

    A precision of 1.1 means within 10 %. At first the rates are a power of it apart. So halving
    between one that was carried and one that was not ends at the precision. A rate that fails is
    tried once more, because another program may have disturbed the first attempt, unless that
    `is_hopeless()`. After `seconds`, or at a rate below FLOOR times the guess, the search ends with
    what it has.
    """
    deadline, step = now() + seconds, _first_step(precision)
    carried, failed, rate, why = 0.0, math.inf, guess, ""
    while not why and (not carried or failed / carried > precision * (1 + 1e-9)):
        if now() > deadline:
            why = f"none was carried within {seconds:.0f} s"
        elif rate < FLOOR * guess:
            why = f"not even {failed:.3g} requests/s were carried; {guess:.3g} were expected"
        elif passes(rate) or (not is_hopeless() and passes(rate)):
            carried = rate
        else:
            failed = rate
        rate = _next_rate(carried, failed, step)
    return Found(carried) if carried else Found(min(failed, guess), why)


def _first_step(precision: float) -> float:
    step = precision
    while step**2 <= MOST_STEP:
        step **= 2
    return step


def _next_rate(carried: float, failed: float, step: float) -> float:
    if not carried:
        return failed / step
    return carried * step if math.isinf(failed) else (carried * failed) ** 0.5


class Repeated(NamedTuple):
    """What a repeated search found: the capacity with its 95 % interval.

    When the search could not end as planned, `why` says so. Then the interval is wider than it
    should be, or reaches from 0 to infinity.
    """

    interval: Interval
    why: str = ""


def search_repeatedly(
    passes: Callable[[float], bool],
    guess: float,
    *,
    precision: float = 1.04,
    repeats: int = REPEATS,
    seconds: float = REPEATED_BUDGET,
    now: Callable[[], float] = time.monotonic,
) -> Repeated:
    """Calls `passes(rate)` until the capacity was found `repeats` times.

    After a coarse search the rate is raised by `precision` whenever it was carried, and lowered by
    it whenever it failed (an up-and-down staircase). So it stays where half of the attempts fail.
    """
    deadline = now() + seconds
    attempts: list[tuple[float, bool]] = []

    def attempt(rate: float) -> bool:
        attempts.append((rate, passes(rate)))
        return attempts[-1][1]

    found = search(attempt, guess, precision=COARSE, seconds=seconds, now=now)
    rate, why = found.rate * COARSE**0.5, found.why
    while not why and len(list(_brackets(attempts, precision))) < repeats:
        if now() > deadline:
            count = len(list(_brackets(attempts, precision)))
            why = f"it was found {count} of {repeats} times within {seconds:.0f} s"
        else:
            rate = rate * precision if attempt(rate) else rate / precision
    interval = of_attempts(attempts, precision)
    return Repeated(interval or Interval(found.rate, 0, math.inf), why)


def of_attempts(attempts: Iterable[tuple[float, bool]], precision: float) -> Interval | None:
    """The capacity that the attempts (rate, carried) of a repeated search show, in their order.

    Each time that the outcome changes between two neighbouring rates, the capacity was found once:
    it is between them. The value is the mean of all, and the interval reaches from the lowest to
    the highest of these rates. None when there is no such change.
    """
    found = list(_brackets(attempts, precision))
    if not found:
        return None
    value = float(numpy.exp(numpy.log(found).mean()))
    return Interval(value, min(low for low, _ in found), max(high for _, high in found))


def _brackets(
    attempts: Iterable[tuple[float, bool]], precision: float
) -> Iterator[tuple[float, float]]:
    """(carried, failed) for each two successive attempts that differ in outcome, one step apart."""
    for one, two in itertools.pairwise(attempts):
        (carried, passed), (failed, too) = sorted((one, two))
        if passed and not too and failed / carried < precision * (1 + 1e-6):
            yield carried, failed


def of_repeated(
    phases: list[Phase], objective: Objective, precision: float = 1.04
) -> Interval | None:
    """The capacity that these phases of a repeated search show; None when it was not found.

    They include those of its coarse search, whose rates are too far apart to count.
    """
    attempts = [(phase.rate, objective.is_met_by(phase)) for phase in phases]
    return of_attempts(attempts, precision)


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

"""Estimates: medians and changes with intervals, the Universal Scalability Law, Little's law."""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy
from numpy.typing import ArrayLike
from scipy import optimize, stats

SMALLEST_EFFECT = 0.05  # no experiment claims a smaller difference
RESAMPLES, RATIO_RESAMPLES = 2000, 600
LEVEL = 0.95  # the share of intervals that contain the truth


class Interval(NamedTuple):
    """An estimate with the bounds of its interval, of 95 % where nothing else is said."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> "Interval":
        """The interval in another unit; a factor of 100 makes percent of a share."""
        return Interval(*(bound * factor for bound in self))

    def over(self, other: "Interval") -> "Interval":
        """This divided by another estimate, with the bounds of both; NaN for 0 / 0."""
        pairs = ((self.value, other.value), (self.low, other.high), (self.high, other.low))
        return Interval(*(_quotient(one, two) for one, two in pairs))


def _quotient(one: float, two: float) -> float:
    return one / two if two else math.inf if one else math.nan


def median(values: ArrayLike, *, seed: int = 0) -> Interval:
    """The median with its bootstrap 95 % interval; the same seed gives the same interval."""
    numbers = numpy.asarray(values, dtype=float)
    middle = float(numpy.median(numbers))
    if len(numbers) < 2 or not numpy.isfinite(numbers).all() or numpy.ptp(numbers) == 0:
        return Interval(middle, float(numbers.min()), float(numbers.max()))
    found = stats.bootstrap(
        (numbers,),
        numpy.median,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=numpy.random.default_rng(seed),
    ).confidence_interval
    return Interval(middle, float(found.low), float(found.high))


def share(count: int, total: int) -> Interval:
    """`count` as a share of `total`, with Wilson's 95 % interval."""
    bounds = stats.binomtest(count, total).proportion_ci(method="wilson")
    return Interval(count / total, float(bounds.low), float(bounds.high))


def change(before: ArrayLike, after: ArrayLike, *, seed: int = 0) -> Interval:
    """The relative change from `before` to `after` (0.2: 20 % more), as the median over pairs."""
    first, second = numpy.asarray(before, dtype=float), numpy.asarray(after, dtype=float)
    return median(second / first - 1, seed=seed)


def mean_change(before: ArrayLike, after: ArrayLike, *, level: float = LEVEL) -> Interval:
    """The relative change as the geometric mean over pairs, with Student's interval.

    Unlike change() it is right with as few as three pairs, when their noise is about normal. One
    disturbed pair makes the interval wide.
    """
    first, second = numpy.asarray(before, dtype=float), numpy.asarray(after, dtype=float)
    with numpy.errstate(divide="ignore", invalid="ignore"):
        logs = numpy.log(second / first)
        middle, spread = float(logs.mean()), float(stats.sem(logs)) if len(logs) > 1 else math.inf
    half = spread * float(stats.t.ppf((1 + level) / 2, max(1, len(logs) - 1)))
    return Interval(*(math.exp(value) - 1 for value in (middle, middle - half, middle + half)))


Blocks = list[list[float]]  # of one phase, see Phase.blocks


def percentile_ratio(
    before: list[Blocks],
    after: list[Blocks],
    percentile: float,
    *,
    seed: int = 0,
    level: float = LEVEL,
) -> Interval:
    """A percentile after / before, with its bootstrap interval; NaN for infinite / infinite.

    Each side has one list of blocks for each phase; phases at the same place are a pair. First
    pairs are drawn, because a disturbance lasts, and then blocks within them, because neighbours in
    a queue are slow together. So one slow phase among several decides nothing. A side without any
    value is infinite.
    """
    random = numpy.random.default_rng(seed)
    pairs = list(zip(before, after, strict=True))

    def of(phases: list[Blocks]) -> float:
        values = [value for blocks in phases for block in blocks for value in block]
        return float(numpy.percentile(values, percentile)) if values else math.inf

    def drawn() -> float:
        chosen = [pairs[place] for place in random.integers(len(pairs), size=len(pairs))]
        sides = ([_drawn(blocks, random) for blocks in side] for side in zip(*chosen, strict=True))
        first, second = sides
        return of(second) / of(first)

    value = of(after) / of(before)
    ratios = sorted([value, *(drawn() for _ in range(RATIO_RESAMPLES if pairs else 0))])
    cut = int(len(ratios) * (1 - level) / 2)  # at either end
    return Interval(value, min(ratios[cut], value), max(ratios[-1 - cut], value))


def _drawn(blocks: Blocks, random: numpy.random.Generator) -> Blocks:
    return [blocks[place] for place in random.integers(max(1, len(blocks)), size=len(blocks))]


def is_difference(change: Interval, smallest: float = SMALLEST_EFFECT) -> bool:
    """Whether a relative change counts: its interval excludes 0 and its median exceeds `smallest`.

    The interval alone is not enough. With few pairs it often excludes 0 where nothing differs.
    """
    if smallest < SMALLEST_EFFECT:
        raise ValueError(f"a smallest effect under {SMALLEST_EFFECT:.0%} is noise")
    measured = numpy.isfinite(change.value)  # it is not when no request succeeded
    excludes_zero = change.low > 0 or change.high < 0
    return bool(measured and excludes_zero and abs(change.value) > smallest)


class Law(NamedTuple):
    """The Universal Scalability Law: the capacity of n instances.

    capacity(n) = first * n / (1 + sigma (n - 1) + kappa n (n - 1)). `sigma` is the share of the
    work that has to queue, `kappa` the cost of agreement between each pair of instances.
    """

    first: float
    sigma: float
    kappa: float

    def __call__(self, n: Any) -> Any:
        n = numpy.asarray(n, dtype=float)
        return self.first * n / (1 + self.sigma * (n - 1) + self.kappa * n * (n - 1))


def fit_law(numbers: Iterable[int], capacities: Iterable[float]) -> Law:
    """The law that fits these capacities of so many instances best; sigma and kappa are >= 0."""
    instances = numpy.asarray(list(numbers), dtype=float)
    measured = numpy.asarray(list(capacities), dtype=float)

    def residuals(parameters: tuple[float, float, float]) -> Any:
        return Law(*parameters)(instances) / measured - 1

    first = measured[instances.argmin()] / instances.min()
    found = optimize.least_squares(
        residuals,
        [first, 0.01, 0.001],
        bounds=([0, 0, 0], [numpy.inf, 1, 1]),
        x_scale=[first, 0.1, 0.01],
    )
    return Law(*(float(parameter) for parameter in found.x))


def misfit(law: Law, numbers: Iterable[int], capacities: Iterable[float]) -> float:
    """The greatest error of the law at one of these points, as a share of the capacity there."""
    pairs = zip(numbers, capacities, strict=True)
    return max(abs(float(law(number)) / capacity - 1) for number, capacity in pairs)


def concurrency(starts: ArrayLike, ends: ArrayLike, since: float, until: float) -> float:
    """How many requests were in flight on average between two moments."""
    begun, ended = numpy.clip(starts, since, until), numpy.clip(ends, since, until)
    return float((ended - begun).sum() / (until - since))


def littles_error(starts: ArrayLike, ends: ArrayLike, since: float, until: float) -> float:
    """How far mean concurrency is from throughput x mean latency in this window, as a share.

    Little's law holds when as many requests end as begin. A large error says that the queue grew
    all the time, or that the times are wrong. In both cases the latencies mean nothing.
    """
    begun, ended = numpy.asarray(starts, dtype=float), numpy.asarray(ends, dtype=float)
    within = (begun >= since) & (begun < until)
    expected = (ended[within] - begun[within]).sum() / (until - since)
    if not expected:
        return float("inf")
    return float(abs(concurrency(begun, ended, since, until) / expected - 1))

"""Estimates: medians and changes with intervals, and the Universal Scalability Law."""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy
from numpy.typing import ArrayLike
from scipy import optimize, stats

SMALLEST_EFFECT = 0.05  # no experiment claims a smaller difference
RESAMPLES = 2000
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


def median(values: ArrayLike, *, seed: int = 0, level: float = LEVEL) -> Interval:
    """The median with its bootstrap interval; the same seed gives the same interval.

    All n values lie on one side of the true median in 2^(1-n) of all cases. Where that is more than
    the level allows, the interval has no bounds. So a condition about few values needs mean().
    """
    numbers = numpy.asarray(values, dtype=float)
    middle = float(numpy.median(numbers))
    if 2 ** (1 - len(numbers)) > 1 - level:
        return Interval(middle, -math.inf, math.inf)
    if not numpy.isfinite(numbers).all() or numpy.ptp(numbers) == 0:
        return span(values)
    found = stats.bootstrap(
        (numbers,),
        numpy.median,
        n_resamples=RESAMPLES,
        confidence_level=level,
        method="percentile",
        rng=numpy.random.default_rng(seed),
    ).confidence_interval
    return Interval(middle, float(found.low), float(found.high))


def span(values: ArrayLike) -> Interval:
    """The median with the lowest and the highest value: what was measured, and no estimate."""
    numbers = numpy.asarray(values, dtype=float)
    return Interval(float(numpy.median(numbers)), float(numbers.min()), float(numbers.max()))


def share(count: int, total: int, *, level: float = LEVEL) -> Interval:
    """`count` as a share of `total`, with Wilson's interval."""
    bounds = stats.binomtest(count, total).proportion_ci(level, method="wilson")
    return Interval(count / total, float(bounds.low), float(bounds.high))


def exact_share(count: int, total: int, *, level: float = LEVEL) -> Interval:
    """`count` as a share of `total`, with the exact interval of Clopper and Pearson.

    Wilson's interval is shorter. For rare things it is too short: 1 of 100 would lie above 0.1 %,
    although that happens in one of ten runs.
    """
    bounds = stats.binomtest(count, total).proportion_ci(level, method="exact")
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


def mean(values: list[float], *, level: float = LEVEL) -> Interval:
    """The mean of what is never negative, with Student's interval; 0 to infinity for one value.

    It is right with as few as two values, when their noise is about normal.
    """
    value = float(numpy.mean(values))
    if len(values) < 2:
        return Interval(value, 0.0, math.inf)
    half = float(stats.sem(values)) * float(stats.t.ppf((1 + level) / 2, len(values) - 1))
    return Interval(value, max(0.0, value - half), value + half)


def half_width(level: float) -> float:
    """How many standard errors a normal interval of this level reaches to either side."""
    return float(stats.norm.ppf((1 + level) / 2))


def ratio(before: list[float], after: list[float], *, level: float = LEVEL) -> Interval:
    """`after` divided by `before`: their geometric means, with Welch's interval.

    It is right with as few as two values on each side, also when one side varies more than the
    other, when their noise is about normal. With a single value on a side it is 0 to infinity, and
    so it is when a value is infinite, as the latency of requests that were never answered.
    """
    with numpy.errstate(divide="ignore", invalid="ignore"):
        first, second = (numpy.log(numpy.asarray(side, dtype=float)) for side in (before, after))
        middle = float(second.mean() - first.mean()) if len(first) and len(second) else math.nan
    value = math.nan if math.isnan(middle) else float(numpy.exp(middle))
    if min(len(first), len(second)) < 2 or not math.isfinite(middle):
        return Interval(value, 0.0, math.inf)
    errors = [float(side.var(ddof=1)) / len(side) for side in (first, second)]
    half = 0.0
    if error := sum(errors):
        sides = zip(errors, (first, second), strict=True)
        free = error**2 / sum(each**2 / (len(side) - 1) for each, side in sides)
        half = float(stats.t.ppf((1 + level) / 2, free)) * math.sqrt(error)
    return Interval(*(float(numpy.exp(bound)) for bound in (middle, middle - half, middle + half)))


def is_difference(change: Interval, smallest: float = SMALLEST_EFFECT) -> bool:
    """Whether a relative change counts: its interval excludes 0 and its median exceeds `smallest`.

    The interval alone is not enough. With few pairs it often excludes 0 where nothing differs.
    """
    if smallest < SMALLEST_EFFECT:
        raise ValueError(f"a smallest effect under {100 * SMALLEST_EFFECT:.0f} % is noise")
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

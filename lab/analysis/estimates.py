"""STATISTICS: when a difference counts, the Universal Scalability Law, and whether a measurement
holds together."""

from typing import NamedTuple

import numpy
from scipy import optimize, stats

SMALLEST_EFFECT = 0.05  # no experiment claims a smaller difference
RESAMPLES = 2000


class Interval(NamedTuple):
    """A median with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


def median(values, *, seed=0):
    """The median with its bootstrap 95 % interval; the same for the same values and seed."""
    values = numpy.asarray(values, dtype=float)
    middle = float(numpy.median(values))
    if len(values) < 2 or not numpy.isfinite(values).all() or numpy.ptp(values) == 0:
        return Interval(middle, float(values.min()), float(values.max()))
    found = stats.bootstrap(
        (values,),
        numpy.median,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=numpy.random.default_rng(seed),
    ).confidence_interval
    return Interval(middle, float(found.low), float(found.high))


def share(count, number):
    """What part `count` of `number` is, with Wilson's 95 % interval."""
    bounds = stats.binomtest(count, number).proportion_ci(method="wilson")
    return Interval(count / number, float(bounds.low), float(bounds.high))


def change(before, after, *, seed=0):
    """The relative change from `before` to `after` (0.2: a fifth more), as the median over
    pairs."""
    before, after = numpy.asarray(before, dtype=float), numpy.asarray(after, dtype=float)
    return median(after / before - 1, seed=seed)


def counts(difference, smallest=SMALLEST_EFFECT):
    """Whether a relative change is a difference: its interval excludes zero *and* its median
    exceeds `smallest`.

    The interval alone is not enough: with few pairs it finds differences between equals.
    """
    if smallest < SMALLEST_EFFECT:
        raise ValueError(f"a smallest effect under {SMALLEST_EFFECT:.0%} is noise")
    measured = numpy.isfinite(difference.value)  # it is not where nothing succeeded
    return bool(
        measured
        and (difference.low > 0 or difference.high < 0)
        and abs(difference.value) > smallest
    )


class Law(NamedTuple):
    """The Universal Scalability Law: capacity(n) = first * n / (1 + sigma (n - 1) + kappa n (n -
    1)).

    sigma: the share of the work that waits in a queue; kappa: what keeping each pair in agreement
    costs.
    """

    first: float
    sigma: float
    kappa: float

    def __call__(self, n):
        n = numpy.asarray(n, dtype=float)
        return self.first * n / (1 + self.sigma * (n - 1) + self.kappa * n * (n - 1))


def fit_law(numbers, capacities):
    """The law that comes closest to the capacities measured with so many instances; sigma and kappa
    are at least 0."""
    numbers, capacities = (
        numpy.asarray(numbers, dtype=float),
        numpy.asarray(capacities, dtype=float),
    )

    def residuals(parameters):
        return Law(*parameters)(numbers) / capacities - 1

    first = capacities[numbers.argmin()] / numbers.min()
    found = optimize.least_squares(
        residuals,
        [first, 0.01, 0.001],
        bounds=([0, 0, 0], [numpy.inf, 1, 1]),
        x_scale=[first, 0.1, 0.01],
    )
    return Law(*(float(parameter) for parameter in found.x))


def concurrency(starts, ends, since, until):
    """How many requests were under way on average between two moments."""
    starts, ends = numpy.clip(starts, since, until), numpy.clip(ends, since, until)
    return float((ends - starts).sum() / (until - since))


def littles_error(starts, ends, since, until):
    """How far mean concurrency is from throughput x mean latency in this window, as a share of it.

    Little's law holds when as many requests end as begin. A large error says that the queue grew
    all the while, or that the times are wrong: in both cases a latency taken from them means
    nothing.
    """
    starts, ends = numpy.asarray(starts, dtype=float), numpy.asarray(ends, dtype=float)
    within = (starts >= since) & (starts < until)
    expected = (ends[within] - starts[within]).sum() / (until - since)
    return abs(concurrency(starts, ends, since, until) / expected - 1) if expected else float("inf")

"""Prediction: the capacity of more instances than were measured, with its 90 % interval.

Two things limit n instances: what they carry together as long as a processor is free, which the
Universal Scalability Law says, and the processors, which all parts of the system share:

    capacity(n) = min(law(n), processors / processor seconds per request)

Few measurements, each with an error, fit many laws. So many laws are drawn from all that are
plausible, and each gets a weight: how well it explains what was measured. The interval holds the
middle 90 % of what they predict.
"""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy

from lab.analysis import capacity
from lab.analysis.capacity import Objective
from lab.analysis.estimates import Interval
from lab.analysis.records import Phase, Records

DRAWS = 100_000
FEWEST_POINTS = 3
LEVEL = 0.90  # of the interval of a prediction
ERROR = 0.035  # of a measured capacity and of a measured cost, besides the interval it has
USABLE = 0.95  # of the processors, until p95 exceeds its objective
MAX_MISFIT = 0.15  # between what was measured at a point and what the laws say there
FEWEST_LAWS = 100  # that must explain the measurements, for their quantiles to mean something


class Point(NamedTuple):
    """What was measured with so many instances."""

    instances: int
    capacity: Interval  # requests/s
    cost: float  # seconds of processor time per request, of the whole system


class Prediction(NamedTuple):
    """A capacity that was not measured, in requests/s, with the bounds of its 90 % interval."""

    value: float
    low: float
    high: float
    by_processors: float = 0.0  # the probability that the processors are what limits it

    @property
    def width(self) -> float:
        """The width of the interval as a share of the value; infinite when nothing is predicted."""
        return (self.high - self.low) / self.value if self.value else math.inf


NONE = Prediction(0, 0, math.inf)  # no law explains what was measured


class _Laws(NamedTuple):
    """Many laws at once: each field has one value per law."""

    first: Any
    sigma: Any
    kappa: Any
    processors: Any  # how many can be used until p95 exceeds its objective
    cost: Any  # of a request with the most instances that were measured
    growth: Any  # of the cost: it is proportional to n ** growth

    def by_instances(self, n: Any) -> Any:
        sigma, kappa = self.sigma[:, None], self.kappa[:, None]
        return self.first[:, None] * n / (1 + sigma * (n - 1) + kappa * n * (n - 1))

    def by_processors(self, n: Any, most: int) -> Any:
        cost = self.cost[:, None] * (n / most) ** self.growth[:, None]
        return self.processors[:, None] / cost


def costs(records: Records, phase: Phase) -> dict[str, float]:
    """{part: seconds of processor time per request of this phase}; empty when not measured."""
    (*_, fact) = records.facts("processor time", phase=phase.number) or [{"seconds": {}}]
    return {part: spent / len(phase.requests) for part, spent in fact["seconds"].items()}


def points(records: Records, objective: Objective, **labels: Any) -> list[Point]:
    """What was measured under these labels with each number of instances, the fewest first.

    The cost is that at the highest rate that was carried. Where none was, there is no point.
    """
    phases = records.where(**labels)
    found = []
    for number in sorted({phase.labels["instances"] for phase in phases}):
        own = [phase for phase in phases if phase.labels["instances"] == number]
        if best := capacity.best_phase(own, objective):
            cost = sum(costs(records, best).values())
            found.append(Point(number, middle(capacity.of(own, objective)), cost))
    return found


def middle(capacity: Interval) -> Interval:
    """The capacity between the highest rate that was carried and the next, which was not."""
    _, low, high = capacity
    return Interval(low if math.isinf(high) else math.sqrt(low * high), low, high)


def predict(
    points: list[Point], cores: float, numbers: Iterable[int], *, seed: int = 0
) -> dict[int, Prediction]:
    """{n: the capacity of n instances} for each of `numbers`; NONE where no law fits the points.

    The points are those of points(). The same arguments give the same predictions. With infinite
    `cores` the law does not know the processors.
    """
    random, wanted = numpy.random.default_rng(seed), list(numbers)
    if len(points) < FEWEST_POINTS or not points[-1].cost:
        return dict.fromkeys(wanted, NONE)
    measured = numpy.array([point.instances for point in points], dtype=float)
    asked, most = numpy.array(wanted, dtype=float), points[-1].instances
    laws = _plausible(points, cores, random)
    expected = numpy.minimum(laws.by_instances(measured), laws.by_processors(measured, most))
    weights = _weights(expected, points)
    means = numpy.exp(weights @ numpy.log(expected))
    misfit = max(abs(means / [point.capacity.value for point in points] - 1))
    if 1 / (weights**2).sum() < FEWEST_LAWS or misfit > MAX_MISFIT:
        return dict.fromkeys(wanted, NONE)
    first, second = laws.by_instances(asked), laws.by_processors(asked, most)
    error = numpy.median([_error(point.capacity) for point in points])  # of the next measurement
    capacity = numpy.minimum(first, second) * random.lognormal(0, error, first.shape)
    limited = weights @ (second < first)
    return {
        number: Prediction(*_quantiles(capacity[:, place], weights), float(limited[place]))
        for place, number in enumerate(wanted)
    }


def _plausible(points: list[Point], cores: float, random: numpy.random.Generator) -> _Laws:
    """Laws before the measurements are looked at; only their scale comes from these."""
    one, most = points[0], points[-1]
    return _Laws(
        first=one.capacity.value / one.instances * random.lognormal(0, 0.08, DRAWS),
        # Mostly near 0, but with a heavy tail: a shared bottleneck is rare, not impossible.
        sigma=numpy.minimum(0.01 * abs(random.standard_cauchy(DRAWS)), 1),
        kappa=numpy.minimum(0.0003 * abs(random.standard_cauchy(DRAWS)), 1),
        # A queue grows before the last part of a processor is used; a short overload is carried.
        processors=cores * random.lognormal(math.log(USABLE), 0.07, DRAWS),
        cost=most.cost * random.lognormal(0, ERROR, DRAWS),
        growth=random.normal(0, 0.06, DRAWS),
    )


def _weights(expected: Any, points: list[Point]) -> Any:
    """How well each law explains the measured capacities; the weights add up to 1."""
    capacities = numpy.log([point.capacity.value for point in points])
    errors = numpy.array([_error(point.capacity) for point in points])
    wrong = ((numpy.log(expected) - capacities) / errors) ** 2
    likelihood = -0.5 * wrong.sum(axis=1)
    weights = numpy.exp(likelihood - likelihood.max())
    return weights / weights.sum()


def _error(capacity: Interval) -> float:
    """The standard error of a measured capacity, as a share: its 95 % interval is 4 of them."""
    wide = math.isinf(capacity.high) or not capacity.low
    return math.hypot(ERROR, 0.2 if wide else math.log(capacity.high / capacity.low) / 4)


def _quantiles(values: Any, weights: Any) -> tuple[float, float, float]:
    """(median, low, high) of weighted values."""
    order = numpy.argsort(values)
    below = numpy.cumsum(weights[order])
    places = numpy.searchsorted(below, [0.5, (1 - LEVEL) / 2, (1 + LEVEL) / 2])
    middle, low, high = values[order][numpy.minimum(places, len(values) - 1)]
    return float(middle), float(low), float(high)

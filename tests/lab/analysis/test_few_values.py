"""Few values decide nothing by chance: how often each estimator of the experiments is wrong."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
from scipy import stats

from lab import experiments
from lab.analysis import estimates
from lab.analysis.estimates import Interval

pytestmark = pytest.mark.slow

RUNS = 300
# {name: the interval of how many times larger the second side is}
ESTIMATORS: dict[str, Callable[..., Interval]] = {
    "mean": lambda one, two, **how: estimates.mean(two, **how).over(estimates.mean(one, **how)),
    "mean_change": lambda one, two, **how: Interval(
        *(1 + bound for bound in estimates.mean_change(one, two, **how))
    ),
    "median": lambda one, two, **how: estimates.median(numpy.divide(two, one), **how),
    "ratio": estimates.ratio,
}
# The experiments call these for what is shown (span), and for requests, of which there are
# hundreds (share).
NOT_OF_FEW = {"span", "share"}
NOISE = {  # of one value on both sides, as a share; how many values are slow, and how slow
    "equal": (0.15, 0.15, 0, 1),
    "twice on one side": (0.1, 0.2, 0, 1),
    "on one side alone": (0.001, 0.2, 0, 1),
    "a slow phase among ten": (0.15, 0.15, 0.1, 3),
}


def simulated(random, number, noise, factor=1.0):
    """So many values of two sides, of which the second is `factor` times as large."""
    *spreads, share, slow = NOISE[noise]
    for spread, scale in zip(spreads, (1, factor), strict=True):
        values = 10 * scale * random.lognormal(0, spread, number)
        yield list(values * numpy.where(random.random(number) < share, slow, 1))


def share_of_runs(name, number, noise, level, said, factor=1.0):
    random = numpy.random.default_rng(4)
    found = [
        ESTIMATORS[name](*simulated(random, number, noise, factor), level=level)
        for _ in range(RUNS)
    ]
    return sum(map(said, found)) / RUNS


@pytest.mark.parametrize("level", [0.95, 0.99])
@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_equal_sides_seldom_differ_however_few_values_there_are(name, number, noise, level):
    wrong = share_of_runs(name, number, noise, level, lambda each: not each.low <= 1 <= each.high)

    assert wrong <= stats.binom.ppf(0.9999, RUNS, 1 - level) / RUNS  # more is no chance


@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - {"median"}))
def test_three_values_find_a_side_that_is_four_times_as_large(name):
    found = share_of_runs(name, 3, "equal", 0.95, lambda each: each.low > 1, factor=4)

    assert found >= 0.95


def test_every_estimator_of_an_experiment_is_held_here():
    used = {
        name
        for experiment in experiments.ALL
        for name in re.findall(r"\bestimates\.([a-z]\w*)\(", Path(experiment.__file__).read_text())
    }

    assert used <= set(ESTIMATORS) | NOT_OF_FEW

import math

import numpy
import pytest

from lab.analysis import estimates, littles_law
from lab.analysis.estimates import Interval, Law

PAIRS = 8


def simulated(seed, slowdown=1.0):
    """The medians of 8 interleaved pairs on a machine with drift and about 5 % noise."""
    random = numpy.random.default_rng(seed)
    drift = 1 + 0.2 * random.random(PAIRS)
    before, after = (drift * random.lognormal(0, 0.05, PAIRS) for _ in range(2))
    return before, after * slowdown


def test_equals_differ_in_at_most_2_of_20_runs():
    found = [estimates.is_difference(estimates.change(*simulated(seed))) for seed in range(20)]

    assert sum(found) <= 2


def test_a_slowdown_of_20_percent_is_found_every_time():
    for seed in range(20):
        change = estimates.change(*simulated(seed, slowdown=1.2))

        assert estimates.is_difference(change)
        assert change.low < change.value < change.high


def test_a_change_to_nothing_or_from_one_pair_is_not_decided():
    for before, after in (([2.0, 2.0, 2.0], [0.0, 0.0, 0.0]), ([2.0], [1.0])):
        found = estimates.mean_change(before, after)
        assert not (found.low > -0.5 or found.high < -0.5)


def test_a_difference_below_the_stated_effect_does_not_count_however_certain():
    before = numpy.full(PAIRS, 100.0)
    change = estimates.change(before, before * 1.2 + numpy.arange(PAIRS) / 100)

    assert estimates.is_difference(change, 0.1)
    assert not estimates.is_difference(change, 0.25)


def test_an_effect_that_may_be_noise_is_refused():
    with pytest.raises(ValueError, match="noise"):
        estimates.is_difference(estimates.median([1.0, 1.1]), 0.01)


def test_an_interval_is_the_same_for_the_same_values():
    values = simulated(7)[0]

    assert estimates.median(values) == estimates.median(values)


def test_the_law_gives_back_the_parameters_it_was_made_with():
    made = Law(first=42.0, sigma=0.08, kappa=0.01)
    numbers = range(1, 9)

    found = estimates.fit_law(numbers, made(numbers))

    assert found == pytest.approx(made, rel=1e-3)


def test_the_law_of_a_straight_line_has_nothing_that_queues():
    found = estimates.fit_law([1, 2, 3, 4], [40, 80, 120, 160])

    assert found.first == pytest.approx(40, rel=1e-3)
    assert found.sigma == pytest.approx(0, abs=1e-3)


STARTS = numpy.arange(0, 20, 0.01)


@pytest.mark.parametrize(
    ("ends", "low", "high"),
    [
        (STARTS + 0.25, -0.01, 0.01),
        (STARTS + 0.25 + STARTS * 0.5, -1, -0.15),
        (STARTS + 0.25 + (20 - STARTS) * 0.5, 0.15, 1),
        # It stalls for two seconds, and answers then what has waited.
        (numpy.where((STARTS > 18.5) & (STARTS < 20.5), 20.5, STARTS) + 0.25, -0.05, 0.05),
        (numpy.where((STARTS > 1) & (STARTS < 3), 3, STARTS) + 0.25, -0.05, 0.05),
        (numpy.where((STARTS > 9) & (STARTS < 11), 11, STARTS) + 0.25, -0.01, 0.01),
    ],
    ids=["steady", "grows", "drains", "stalls at the end", "stalls at the beginning", "stalls"],
)
def test_littles_law_is_broken_by_a_queue_that_grows_and_by_no_stall(ends, low, high):
    assert low < littles_law.error(STARTS, ends, since=2, until=20) < high


def test_none_of_twenty_is_compatible_with_a_sixth_of_all():
    found = estimates.share(0, 20)

    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(0.161, abs=0.001)
    assert estimates.share(20, 20).low == pytest.approx(1 - found.high)


def test_a_change_to_requests_that_were_never_answered_is_no_difference():
    assert not estimates.is_difference(estimates.change([10, 11, 12], [math.inf] * 3))


def test_a_ratio_to_what_was_never_answered_has_no_bounds():
    none = [math.inf, math.inf]

    assert estimates.ratio([10.0, 11.0], none) == (math.inf, 0, math.inf)
    assert estimates.ratio(none, [10.0, 11.0]) == (0, 0, math.inf)
    assert math.isnan(estimates.ratio(none, none).value)
    assert math.isnan(estimates.ratio([], []).value)


@pytest.mark.parametrize(
    ("one", "two", "quotient"),
    [
        ((6, 5, 7), (2, 1, 4), (3, 1.25, 7)),
        ((6, 6, math.inf), (2, 2, 3), (3, 2, math.inf)),
        ((6, 6, 7), (0, 0, 3), (math.inf, 2, math.inf)),
    ],
)
def test_a_quotient_of_estimates_has_the_bounds_of_both(one, two, quotient):
    assert Interval(*one).over(Interval(*two)) == quotient


def test_the_error_of_a_law_is_that_at_its_worst_point():
    law = Law(first=40, sigma=0, kappa=0)

    assert estimates.misfit(law, [1, 2, 3], [40, 80, 120]) == 0
    assert estimates.misfit(law, [1, 2, 3], [40, 100, 120]) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("values", "level", "is_bounded"),
    [
        ([1, 2], 0.99, False),
        ([1, 1], 0.5, True),
        ([3], 0.95, False),
        ([1, 2, 3, 4, 5], 0.95, False),
        ([1, 2, 3, 4, 5, 6], 0.95, True),
        ([1, 2, 3, 4, 5, 6], 0.99, False),
        ([4] * 8, 0.99, True),
    ],
    ids=str,
)
def test_a_median_of_too_few_values_has_no_bounds(values, level, is_bounded):
    found = estimates.median(values, level=level)

    assert found.value == numpy.median(values)
    assert math.isfinite(found.low) == math.isfinite(found.high) == is_bounded


def test_what_is_never_negative_has_no_negative_bound():
    assert estimates.mean([0.0, 0.1]).low == 0

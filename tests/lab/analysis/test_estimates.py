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


def test_three_pairs_contain_the_true_mean_change_as_often_as_they_say():
    random = numpy.random.default_rng(3)
    found = [
        estimates.mean_change(100 * random.lognormal(0, 0.1, 3), 80 * random.lognormal(0, 0.1, 3))
        for _ in range(1000)
    ]

    held = sum(each.low <= -0.2 <= each.high for each in found) / len(found)
    assert 0.93 < held < 0.97


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


def phases(*scales):
    """A phase of seven blocks of 20 values for each scale."""
    random = numpy.random.default_rng(1)
    return [[list(scale * random.lognormal(0, 0.3, 20)) for _ in range(7)] for scale in scales]


def test_a_ratio_of_percentiles_finds_half_the_latency_and_no_change_where_none_is():
    half = estimates.percentile_ratio(phases(20, 20, 20), phases(10, 10, 10), 95)
    none = estimates.percentile_ratio(phases(20, 20, 20), phases(20, 20, 20)[::-1], 95)

    assert 0.4 < half.low < half.value < half.high < 0.65
    assert 0.75 < none.low < 1 < none.high < 1.3


@pytest.mark.parametrize("slow", [1, 2])
def test_one_slow_phase_of_several_decides_nothing_about_a_percentile(slow):
    calm, disturbed = phases(10, 10, 10, 10), phases(*[50] * slow, *[10] * (4 - slow))

    ratio = estimates.percentile_ratio(calm, disturbed, 95)

    assert ratio.low < 1.5 < 4 < ratio.high


def test_all_slow_phases_decide():
    ratio = estimates.percentile_ratio(phases(10, 11, 10, 9), phases(50, 55, 45, 52), 95)

    assert ratio.low > 4


def test_one_slow_half_second_decides_nothing_about_a_percentile():
    calm = [[10.0] * 20 for _ in range(7)]
    disturbed = [[100.0] * 20, *calm[1:]]

    ratio = estimates.percentile_ratio([calm], [disturbed], 95)

    assert (ratio.low, ratio.value, ratio.high) == (1, 10, 10)


def test_a_percentile_of_requests_that_were_never_answered_is_infinite():
    answered, none = [[[10.0, 11.0]]], [[[], []]]

    assert estimates.percentile_ratio(answered, none, 95).low == math.inf
    assert estimates.percentile_ratio(none, answered, 95).high == 0
    assert math.isnan(estimates.percentile_ratio(none, none, 95).value)
    assert math.isnan(estimates.percentile_ratio([], [], 95).value)


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


@pytest.mark.parametrize("level", [0.95, 0.99])
@pytest.mark.parametrize("number", [2, 3, 4, 6])
@pytest.mark.parametrize("kind", ["median", "mean", "ratio"])
def test_an_interval_of_few_values_holds_the_truth_as_often_as_it_says(kind, number, level):
    random = numpy.random.default_rng(5)
    held = 0
    for _ in range(400):
        sides = [list(each) for each in random.normal(10, 1, (3, number))]
        estimate = {
            "median": lambda sides: estimates.median(sides[0], level=level),
            "mean": lambda sides: estimates.mean(sides[0], level=level),
            "ratio": lambda sides: estimates.ratios(dict(enumerate(sides)), 0, level=level)[2],
        }[kind](sides)
        truth = 1 if kind == "ratio" else 10
        held += estimate.low <= truth <= estimate.high
    # The bootstrap's intervals are a little too short with as few values as have any bounds.
    assert held / 400 > level - 0.04


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


def test_the_spread_of_all_groups_together_bounds_each_ratio():
    found = estimates.ratios({1: [10.2, 10.4], 2: [5.0, 5.2], 4: [2.6, 2.5]}, 1)

    assert list(found) == [2, 4]
    assert found[2].value == pytest.approx(2.02, abs=0.01)
    assert 1.8 < found[2].low < found[2].value < found[2].high < 2.3
    alone = estimates.ratios({1: [10.2], 2: [5.0]}, 1)[2]
    assert (alone.low, alone.high) == (0, math.inf)


def test_what_is_never_negative_has_no_negative_bound():
    assert estimates.mean([0.0, 0.1]).low == 0

"""A capacity that is searched repeatedly: its interval holds what it says."""

import math
import random

import pytest

from lab.analysis import capacity
from lab.analysis.capacity import Objective
from lab.experiments import e1a_waiting
from tests.support.made import Made


def noisy(limit, noise, seed):
    """`passes` of a system whose limit differs in each attempt, by `noise` (a share) around it."""
    chance = random.Random(seed)
    return lambda rate: rate <= limit * math.exp(chance.gauss(0, noise))


@pytest.mark.parametrize("guess", [15, 90, 100, 110, 400])
def test_a_repeated_search_encloses_the_limit_wherever_it_began(guess):
    found = capacity.search_repeatedly(lambda rate: rate <= 100, guess)

    value, low, high = found.interval
    assert low <= 100 <= high and not found.why
    assert low < value < high and high / low == pytest.approx(1.04)


@pytest.mark.parametrize(("noise", "width"), [(0.0, 1.05), (0.02, 1.1), (0.04, 1.13), (0.07, 1.2)])
def test_the_interval_holds_the_limit_in_19_of_20_searches(noise, width):
    searches = [capacity.search_repeatedly(noisy(100, noise, seed), 80) for seed in range(400)]

    held = sum(low <= 100 <= high for (_, low, high), _ in searches)
    assert held >= (0.9 if noise > 0.05 else 0.95) * len(searches)
    widths = sorted(high / low for (_, low, high), _ in searches)
    assert widths[200] <= width


def test_more_noise_makes_a_wider_interval_and_the_value_stays_within_4_percent():
    quiet, loud = (
        [capacity.search_repeatedly(noisy(100, noise, seed), 80) for seed in range(200)]
        for noise in (0.02, 0.08)
    )

    def width(searches):
        return sum(high / low for (_, low, high), _ in searches)

    assert width(loud) > width(quiet)
    within = sum(abs(found.interval.value / 100 - 1) <= 0.04 for found in quiet)
    assert within >= 0.98 * len(quiet)


def test_one_disturbed_attempt_does_not_move_the_capacity():
    calls = iter(range(1000))

    found = capacity.search_repeatedly(lambda rate: next(calls) != 9 and rate <= 100, 80)

    assert found.interval.value == pytest.approx(100, rel=0.04)


def test_a_repeated_search_that_carries_nothing_says_so_and_bounds_nothing():
    found = capacity.search_repeatedly(lambda rate: False, 100)

    assert "not even" in found.why
    assert found.interval[1:] == (0, math.inf)


def test_a_repeated_search_whose_time_is_up_says_how_often_it_found_the_capacity():
    clock = iter(range(0, 10_000, 10))

    found = capacity.search_repeatedly(
        lambda rate: rate <= 100, 80, seconds=80, now=lambda: next(clock)
    )

    assert found.why == "it was found 2 of 7 times within 80 s"
    assert found.interval.low <= 100 <= found.interval.high


@pytest.mark.parametrize("seed", range(20))
def test_the_records_of_a_repeated_search_give_the_same_interval_as_the_search(seed):
    made = Made(e1a_waiting)
    passes = noisy(100, 0.03, seed)

    def attempt(rate):
        carried = passes(rate)
        made.phase(rate, 100 if carried else 400, seconds=1, labels={})
        return carried

    found = capacity.search_repeatedly(attempt, 80 + seed)

    assert found.interval == capacity.of_repeated(made.read().phases, Objective(p95_ms=300))
    assert capacity.of_repeated(made.read().phases[:1], Objective(p95_ms=300)) is None

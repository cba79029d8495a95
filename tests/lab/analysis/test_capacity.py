import pytest

from lab.analysis import capacity
from lab.analysis.capacity import Objective
from lab.experiments import e1a_waiting
from tests.support.made import Made


@pytest.mark.parametrize("guess", [20, 90, 100, 110, 400])
def test_a_search_ends_just_below_the_limit_wherever_it_began(guess):
    found = capacity.search(lambda rate: rate <= 100, guess, precision=1.05)

    assert 100 / 1.05 <= found.rate <= 100 and not found.why


@pytest.mark.parametrize(
    ("precision", "rates"),
    [
        (1.3, [95, 123.5]),
        (1.1, [95, 114.95, 104.5]),
        (1.033, [95, 123.18, 108.18, 101.38, 98.14]),
        (1.05, [95, 115.47, 104.74, 99.75]),
    ],
)
def test_a_search_tries_no_more_rates_than_its_precision_needs(precision, rates):
    tried = []
    capacity.search(
        lambda rate: tried.append(rate) or rate <= 100,
        95,
        precision=precision,
        is_hopeless=lambda: True,
    )

    assert tried == pytest.approx(rates, abs=0.01)


def test_a_rate_that_fails_once_and_then_holds_is_no_limit():
    hiccups = iter([True, False, True, *[False] * 20])

    found = capacity.search(lambda rate: next(hiccups) and rate < 300, 100, precision=1.4)

    assert found.rate == pytest.approx(140)


def test_a_rate_that_fails_hopelessly_is_not_tried_again():
    tried = []

    def passes(rate):
        tried.append(rate)
        return rate <= 100

    found = capacity.search(passes, 90, precision=1.05, is_hopeless=lambda: tried[-1] > 130)

    assert [rate for rate in set(tried) if tried.count(rate) > 1 and rate > 130] == []
    assert any(tried.count(rate) == 2 for rate in tried if 100 < rate <= 130)
    assert 100 / 1.05 <= found.rate <= 100


@pytest.mark.parametrize("latency_ms, hopeless", [(200, False), (500, False), (700, True)])
def test_only_a_phase_far_beyond_the_objective_is_hopeless(latency_ms, hopeless):
    (phase,) = Made(e1a_waiting).phase(50, latency_ms, labels={}).read().phases

    assert Objective(p95_ms=300).is_hopeless(phase) == hopeless


def test_a_search_on_a_machine_that_carries_nothing_ends_at_the_floor_and_says_so():
    found = capacity.search(lambda rate: False, 100, precision=1.1)

    assert 100 * capacity.FLOOR <= found.rate < 100 * capacity.FLOOR * capacity.MOST_STEP
    assert found.why == f"not even {found.rate:.3g} requests/s were carried; 100 were expected"


def test_a_search_ends_when_its_time_is_up_with_what_was_carried_until_then():
    tried, clock = [], iter(range(0, 1000, 10))

    found = capacity.search(
        lambda rate: tried.append(rate) or True,
        100,
        precision=1.1,
        seconds=60,
        now=lambda: next(clock),
    )

    assert len(tried) == 6 and found == (max(tried), "")


def test_a_search_whose_time_is_up_with_nothing_carried_says_so():
    clock = iter([0, 50, 100])

    found = capacity.search(
        lambda rate: False, 100, precision=1.1, seconds=60, now=lambda: next(clock)
    )

    assert found == (100, "none was carried within 60 s")


def test_a_capacity_lies_between_the_best_rate_that_held_and_the_next_that_did_not():
    made = Made(e1a_waiting)
    for rate, latency_ms, failed in ((40, 100, 0), (60, 400, 0), (50, 100, 0), (70, 100, 3)):
        made.phase(rate, latency_ms, failed=failed, labels={})

    assert capacity.of(made.read().phases, Objective(p95_ms=300)) == (50, 50, 60)

import pytest

from lab.analysis import capacity
from lab.analysis.capacity import Objective
from lab.errors import Failure
from lab.experiments import e1a_waiting
from tests.support.made import Made


@pytest.mark.parametrize("guess", [20, 90, 100, 110, 400])
def test_a_search_ends_just_below_the_limit_wherever_it_began(guess):
    found = capacity.search(lambda rate: rate <= 100, guess, precision=1.05)

    assert 100 / 1.05 <= found <= 100


def test_a_rate_that_fails_once_and_then_holds_is_no_limit():
    hiccups = iter([True, False, True, *[False] * 20])

    found = capacity.search(lambda rate: next(hiccups) and rate < 300, 100, precision=1.4)

    assert found == pytest.approx(130)


def test_a_search_without_a_limit_fails():
    with pytest.raises(Failure, match="no capacity was found"):
        capacity.search(lambda rate: True, 100, precision=1.1)


def test_a_capacity_lies_between_the_best_rate_that_held_and_the_next_that_did_not():
    made = Made(e1a_waiting)
    for rate, latency_ms, failed in ((40, 100, 0), (60, 400, 0), (50, 100, 0), (70, 100, 3)):
        made.phase(rate, latency_ms, failed=failed, labels={})

    assert capacity.of(made.read().phases, Objective(p95_ms=300)) == (50, 50, 60)

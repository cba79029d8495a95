"""Each condition has one of three states."""

import json
import math

import pytest
from scipy import stats

from lab.analysis import conditions
from lab.analysis.conditions import at_least, at_most, exactly, few, occurs
from lab.analysis.estimates import Interval

BELOW, ACROSS, ABOVE = Interval(2, 1, 3), Interval(5, 4, 6), Interval(8, 7, 9)


@pytest.mark.parametrize(
    ("make", "figure", "state"),
    [
        (at_least, BELOW, "false"),
        (at_least, ACROSS, "undecided"),
        (at_least, ABOVE, "true"),
        (at_least, Interval(6, 5, 7), "true"),
        (at_least, Interval(6, 5, math.inf), "true"),
        (at_least, 4.9, "false"),
        (at_most, BELOW, "true"),
        (at_most, ACROSS, "undecided"),
        (at_most, ABOVE, "false"),
        (at_most, Interval(4, 3, 5), "true"),
        (at_most, Interval(6, 5, 7), "undecided"),
        (at_most, Interval(4, 3, math.inf), "undecided"),
        (at_most, math.inf, "false"),
        (exactly, 5, "true"),
        (exactly, 4, "false"),
        (exactly, 6, "false"),
        *((make, math.nan, "undecided") for make in (at_least, at_most, exactly)),
    ],
)
def test_a_condition_is_decided_only_when_its_whole_interval_is_on_one_side(make, figure, state):
    assert make("a figure", figure, 5, "times").state == state


@pytest.mark.parametrize(
    ("failed", "sent", "state"),
    [
        (0, 200, "true"),  # what was counted, although the exact interval ends at 2 %
        (1, 1000, "true"),
        (1, 999, "undecided"),
        (2, 872, "undecided"),
        (5, 872, "false"),
        (1, 100, "undecided"),  # one of ten runs has that many, when 0.1 % fail
        (2, 100, "false"),
        (200, 200, "false"),
        (0, 0, "undecided"),
    ],
)
def test_few_failures_are_true_as_counted_and_false_only_beyond_accident(failed, sent, state):
    assert few("requests that failed", failed, sent, "requests").state == state


@pytest.mark.parametrize(
    ("count", "total", "state"),
    [
        (1, 200, "true"),
        (9, 9, "true"),
        (0, 200, "undecided"),
        (0, 2, "undecided"),
        (0, 1, "undecided"),
    ],
)
def test_what_was_never_seen_is_undecided_and_not_false(count, total, state):
    assert occurs("requests that failed", count, total, "requests").state == state


def test_nothing_can_be_seen_where_nothing_was_sent():
    assert occurs("requests that failed", 0, 0, "requests").state == "undecided"


def test_few_is_false_for_an_honest_system_in_at_most_one_of_forty_runs():
    for sent in (84, 200, 872, 3000):
        least = next(n for n in range(99) if few("failed", n, sent, "requests").state == "false")
        assert stats.binom.sf(least - 1, sent, 0.001) <= 0.025


def test_few_takes_into_account_how_often_a_run_is_judged():
    states = [few("failed", 4, 872, "requests", level=level).state for level in (0.95, 0.99)]

    assert states == ["false", "undecided"]


def test_a_share_that_may_be_larger_has_a_limit_of_its_own():
    assert few("found", 1, 5, "runs", 0.1).state == "undecided"
    assert few("found", 2, 20, "runs", 0.1).state == "true"
    assert few("found", 5, 5, "runs", 0.1).state == "false"


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (
            few("requests that failed at that load", 5, 872, "requests"),
            "requests that failed at that load: 0.573 % of 872 requests, between 0.186 and 1.33;"
            " at most 0.1 % allowed",
        ),
        (at_least("gain", ACROSS, 5, "times"), "gain: between 4 and 6 times; at least 5 needed:"),
        (exactly("pairs", 8, 12, "of 12"), "pairs: 8 of 12; exactly 12 needed"),
        (exactly("answers", 1158, 1158, "reads"), "answers: 1,158 reads; exactly 1,158 needed"),
        (at_most("p95", math.inf, 300, "ms"), "p95: ∞ ms; at most 300 allowed"),
        (at_most("p95", math.nan, 300, "ms"), "p95: not measured; at most 300 allowed"),
        (at_most("p95", 300.4, 300, "ms"), "p95: 300.4 ms; at most 300 allowed"),
    ],
)
def test_a_condition_says_its_figure_and_what_it_must_be(condition, words):
    assert condition.sentence().startswith(words)


def test_a_condition_without_a_finite_figure_is_json_too():
    document = at_most("p95", Interval(math.nan, 2.5, math.inf), 300, "ms").as_document()

    assert json.dumps(document, allow_nan=False)
    assert document == {
        "name": "p95",
        "value": None,
        "low": 2.5,
        "high": None,
        "unit": "ms",
        "threshold": 300,
        "relation": "at most",
        "state": "undecided",
    }


def test_numbers_are_short_and_whole_numbers_complete():
    numbers = (0, 0.06377, 2.505, 999.4, 1320, 174000.7, -98.61, -math.inf)

    assert [conditions.number(value) for value in numbers] == [
        *("0", "0.0638", "2.5", "999", "1,320", "174,001", "-98.6", "-∞"),
    ]

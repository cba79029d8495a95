"""The arithmetic of error rates: exact intervals, what is promised, and what is still missing."""

import numpy
import pytest

from lab.analysis import error_rates
from lab.analysis.conditions import AT_LEAST, AT_MOST
from lab.analysis.error_rates import DEARER, FIGURES, MEDIAN, P95, SLOWER, TIME, Rate
from lab.analysis.estimates import Interval
from lab.experiments import e0c_control
from tests.support.made import Made

pytestmark = pytest.mark.slow


def same(different=(), disturbed=False):
    found = {figure: figure in different for figure in FIGURES}
    changes = dict.fromkeys(FIGURES, [0.1, 0.05, 0.15])
    return {"part": "same", "disturbed": disturbed, "found": found, "changes": changes}


def planted(effect, found, change=0.1):
    line = same({MEDIAN, TIME} if found else ()) | {"part": "planted", "effect": effect}
    return line | {"changes": dict.fromkeys(FIGURES, [change, change, change])}


def beside(experiment="3c", verdict="true", because=(), burn=100, proving=False):
    line = {"part": "burner", "experiment": experiment, "verdict": verdict}
    return line | {"because": list(because), "burn": burn, "proving": proving}


def rate_of(lines, name, experiments=2):
    (rate,) = [each for each in error_rates.rates(lines, experiments) if each.name == name]
    return rate


@pytest.mark.parametrize(
    ("found", "total", "low", "high"),
    [
        (0, 200, 0, 0.01828),
        (2, 200, 0.00121, 0.03565),
        (95, 100, 0.88717, 0.98357),
        (5, 5, 0.47818, 1),
    ],
)
def test_the_interval_of_a_rate_is_the_exact_one(found, total, low, high):
    interval = Rate("", found, total, AT_MOST, 0.01, total, 200).interval

    assert interval == pytest.approx((found / total, low, high), abs=1e-5)


@pytest.mark.parametrize(
    ("found", "total", "relation", "allowed", "cases", "state"),
    [
        (0, 0, AT_MOST, 0.01, 0, "not measured"),
        (2, 200, AT_MOST, 0.01, 200, "kept"),
        (3, 200, AT_MOST, 0.01, 200, "broken"),
        (0, 199, AT_MOST, 0.01, 199, "too few"),
        (2, 20, AT_MOST, 0.01, 20, "too few"),  # 180 more may be equal
        (3, 20, AT_MOST, 0.01, 20, "broken"),  # however few there are
        (10, 20, AT_LEAST, 0.95, 20, "too few"),
        (9, 20, AT_LEAST, 0.95, 20, "broken"),
        (190, 200, AT_LEAST, 0.95, 200, "kept"),
        (189, 200, AT_LEAST, 0.95, 200, "broken"),
        (0, 300, AT_MOST, 0, 199, "too few"),  # the same experiments again
        (1, 300, AT_MOST, 0, 199, "broken"),
    ],
)
def test_a_rate_is_kept_broken_of_too_few_or_not_measured(
    found, total, relation, allowed, cases, state
):
    rate = Rate("", found, total, relation, allowed, cases, 200)

    assert (rate.state, rate.as_document()["state"]) == (state, state)


@pytest.mark.parametrize(
    ("lines", "name", "found", "total"),
    [
        ([same(), same([TIME]), same([P95])], f"equal sides, {TIME}: different", 1, 3),
        ([same(), same([TIME]), same(FIGURES)], "equal sides, any of these: different", 2, 3),
        ([same(), same([TIME], disturbed=True)], f"equal sides, {TIME}: different", 0, 1),
        ([planted(SLOWER, True), planted(SLOWER, False)], f"{SLOWER}: found", 1, 2),
        ([planted(SLOWER, True), planted(DEARER, True)], f"{DEARER}: found", 1, 1),
        ([planted(DEARER, True, change=-0.1)], f"{DEARER}: found", 0, 1),
        ([same(FIGURES)], f"{SLOWER}: found", 0, 0),
        ([beside(verdict="false"), beside()], "claims beside 100 % of a processor: false", 1, 2),
        ([beside(proving=True)], "proofs beside 100 % of a processor: true", 1, 1),
        ([beside(proving=True)], "claims beside 100 % of a processor: false", 0, 0),
        ([beside(burn=30)], "claims beside 100 % of a processor: false", 0, 0),
        (
            [beside(verdict="unknown", because=["busy"]), beside("2a")],
            "claims beside 100 % of a processor: unknown",
            1,
            2,
        ),
        (
            [beside(verdict="unknown", because=["busy"]), beside("2a", "unknown")],
            "claims beside 100 % of a processor: unknown without a reason",
            1,
            2,
        ),
    ],
)
def test_lines_are_counted_in_their_own_rate_only(lines, name, found, total):
    rate = rate_of(lines, name)

    assert (rate.found, rate.total) == (found, total)


def test_a_promise_about_all_experiments_needs_each_of_them():
    name = "claims beside 30 % of a processor: false"
    twice = [beside("3c", burn=30), beside("3c", burn=30)]

    assert rate_of(twice, name).state == "too few"
    assert rate_of([*twice, beside("2a", burn=30)], name).state == "kept"


@pytest.mark.parametrize(
    ("figure", "change", "is_found"),
    [
        (TIME, (0.04, 0.01, 0.07), True),  # the planted effect is no larger than 5 %
        (TIME, (0.04, -0.01, 0.09), False),
        (MEDIAN, (0.04, 0.01, 0.07), False),
        (MEDIAN, (0.2, 0.1, 0.3), True),
        (MEDIAN, (-0.2, -0.3, -0.1), True),
        (P95, (0.2, -0.1, 0.3), False),
    ],
)
def test_sides_differ_when_their_interval_excludes_zero(figure, change, is_found):
    assert error_rates.is_found(figure, Interval(*change)) == is_found


def sides(random, factor, noise=0.007, rounds=6):
    """What changes() gets: phases of 20 ms, and the processor time of each."""
    made = Made(e0c_control)
    spent = {"first": [], "other": []}
    for _ in range(rounds):
        for side, times in (("first", 1), ("other", factor)):
            made.phase(
                40, 20 * times * random.lognormal(0, noise), seconds=1, labels={"side": side}
            )
            spent[side].append(0.02 * times * random.lognormal(0, noise))
    found = made.read()
    phases = [found.where(side=side) for side in spent]
    return error_rates.changes(*phases, tuple(spent.values()))


@pytest.mark.parametrize(
    ("factor", "figures", "share"),
    [(1, FIGURES, 0), (1.05, [TIME], 1), (1.2, [TIME, MEDIAN], 1)],
)
def test_equal_sides_are_equal_and_planted_effects_are_found(factor, figures, share):
    random = numpy.random.default_rng(1)
    found = [
        error_rates.is_found(figure, change)
        for _ in range(40)
        for figure, change in sides(random, factor).items()
        if figure in figures
    ]

    assert sum(found) / len(found) == pytest.approx(share, abs=0.05)

"""0c is true when it finds exactly the differences that exist, and false otherwise."""

import random

import pytest

from lab import experiments
from lab.experiments import e0c_control
from lab.laboratory import results
from tests.support.made import Made


def runs(equal=1.0, slower=1.22, dearer=1.05, noise=0.01, failed=0):
    """Five runs of eight rounds; each side costs so many times what the first side costs."""
    made, chance = Made(e0c_control), random.Random(1)
    times = {"first": 1.0, "equal": equal, "slower": slower, "dearer": dearer}
    for run in range(5):
        for _ in range(e0c_control.PAIRS):
            for side, factor in times.items():
                spent = 12 * factor * chance.gauss(1, noise)
                made.fact("spent", phase=made.writer.phases, ms_per_request=spent)
                made.phase(40, spent, seconds=1.2, labels={"run": run, "side": side}, failed=failed)
    return made.read()


def verdict(found):
    return results.judge(e0c_control, found).verdict


def test_it_is_true_when_equals_are_equal_and_differences_are_found():
    assert verdict(runs()) == "true"


@pytest.mark.parametrize("sides", [{"equal": 1.2}, {"slower": 1.0}, {"dearer": 1.0}], ids=str)
def test_it_is_false_when_equals_differ_and_when_a_difference_is_missed(sides):
    assert verdict(runs(**sides)) == "false"


def test_it_says_nothing_of_requests_that_failed():
    assert verdict(runs(failed=20)) == "unknown"


def test_it_runs_only_when_it_is_named():
    assert e0c_control not in experiments.chosen(["all"])
    assert experiments.chosen(["control"]) == experiments.chosen(["0c"]) == [e0c_control]

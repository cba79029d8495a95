"""Predictions on synthetic data: the truth is known, and each measurement has an error."""

import math

import numpy
import pytest

from lab.analysis import prediction
from lab.analysis.capacity import Objective
from lab.analysis.estimates import Interval, Law
from lab.analysis.prediction import NONE, Point
from lab.experiments import e1a_waiting
from tests.support.made import Made

STEP = 1.06  # between the rate that was carried and the next, which failed
# Law, processors, processor seconds per request.
WORLDS = {
    "waiting": (Law(52, 0.004, 0), 2, 0.0042),
    "computing": (Law(42, 0.01, 0), 2, 0.025),
    "catalogue": (Law(110, 0.05, 0.001), 2, 0.0105),
    "many that queue": (Law(100, 0.3, 0), 64, 0.01),
    "the processors end it beyond four": (Law(52, 0.01, 0), 2, 0.0058),
}


def world(name, seed):
    """(points of 1 to 4 instances, {n: what a search of 6 and 8 finds}, processors)."""
    law, cores, cost = WORLDS[name]
    random = numpy.random.default_rng(seed)
    usable, growth = random.lognormal(math.log(0.95), 0.04), random.normal(0, 0.04)

    def search(number):
        limit = cores * usable / (cost * (number / 4) ** growth)
        carried = min(float(law(number)), limit) * random.lognormal(0, 0.02)
        carried /= STEP ** random.random()  # as the search happens to step
        return prediction.middle(Interval(carried, carried, carried * STEP))

    costs = [cost * (number / 4) ** growth * random.lognormal(0, 0.03) for number in range(1, 5)]
    points = [Point(number, search(number), costs[number - 1]) for number in range(1, 5)]
    return points, {number: search(number).value for number in (6, 8)}, cores


@pytest.fixture(scope="module")
def predicted():
    """{name: [(prediction, truth)]} of twenty seeds and two numbers of instances."""
    found = {}
    for name in WORLDS:
        for seed in range(20):
            points, truths, cores = world(name, seed)
            predictions = prediction.predict(points, cores, truths)
            pairs = [(predictions[number], truth) for number, truth in truths.items()]
            found.setdefault(name, []).extend(pairs)
    return found


@pytest.mark.parametrize("name", WORLDS)
def test_the_interval_holds_the_truth_in_17_of_20(predicted, name):
    held = [each.low <= truth <= each.high for each, truth in predicted[name]]

    assert sum(held) >= 17 / 20 * len(held)


@pytest.mark.parametrize("name", WORLDS)
def test_what_is_not_refused_is_at_most_10_percent_off_in_9_of_10(predicted, name):
    accepted = [(each, truth) for each, truth in predicted[name] if each.width <= 0.25]
    near = [abs(each.value / truth - 1) <= 0.1 for each, truth in accepted]

    assert sum(near) >= 0.9 * len(near)


def test_most_predictions_are_made_and_the_uncertain_ones_refused(predicted):
    made = {
        name: sum(each.width <= 0.25 for each, _ in pairs) / len(pairs)
        for name, pairs in predicted.items()
    }

    assert min(made["waiting"], made["computing"], made["catalogue"]) > 0.9
    assert made["the processors end it beyond four"] < 1


def test_a_law_that_does_not_know_the_processors_promises_too_much():
    points, truths, cores = world("the processors end it beyond four", 1)

    without = prediction.predict(points, math.inf, [8])[8]
    within = prediction.predict(points, cores, [8])[8]

    assert without.value > 1.1 * truths[8] and without.by_processors == 0
    assert within.low < truths[8] < within.high and within.by_processors > 0.7


def test_the_same_measurements_give_the_same_prediction():
    points, _, cores = world("waiting", 3)

    assert prediction.predict(points, cores, [6]) == prediction.predict(points, cores, [6])


@pytest.mark.parametrize(
    "capacities",
    [(50, 100), (50,), (), (50, 100, 20, 180), (50, 20, 150, 30)],
    ids=str,
)
def test_too_few_points_and_those_that_fit_no_law_predict_nothing(capacities):
    points = [Point(n, Interval(c, c, c * STEP), 0.004) for n, c in enumerate(capacities, 1)]

    found = prediction.predict(points, 2, [6, 8])

    assert found == {6: NONE, 8: NONE} and NONE.width == math.inf


def test_a_capacity_that_is_known_badly_makes_the_interval_wider():
    points, _, cores = world("waiting", 2)
    vague = [each._replace(capacity=each.capacity._replace(high=math.inf)) for each in points]

    known, guessed = (prediction.predict(each, cores, [8])[8] for each in (points, vague))

    assert guessed.width > 1.5 * known.width


def test_a_point_has_the_cost_of_a_request_at_the_highest_rate_that_was_carried():
    made = Made(e1a_waiting)
    for number, (rate, latency_ms, spent) in enumerate([(40, 90, 1), (50, 90, 2), (60, 900, 9)]):
        made.phase(rate, latency_ms, labels={"instances": 2})
        made.fact("processor time", phase=number, seconds={"core": spent, "haproxy": 0.5})
    made.phase(40, 900, labels={"instances": 4})

    (point,) = prediction.points(made.read(), Objective(p95_ms=300))

    assert point == Point(2, Interval(math.sqrt(3000), 50, 60), pytest.approx(2.5 / 200))

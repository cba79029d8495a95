"""1c: predictions that are near or far, refused, or made too late."""

import matplotlib.figure
import pytest

from lab.analysis import prediction
from lab.experiments import e1c_prediction
from lab.experiments.e1c_prediction import FITTED, HIDDEN, OBJECTIVE
from lab.laboratory import results
from tests.support.made import Made

SCALING = {
    "waiting": {1: 50, 2: 100, 3: 149, 4: 198, 6: 295, 8: 390},
    "computing": {1: 40, 2: 75, 3: 74, 4: 75, 6: 74, 8: 73},
    "catalogue": {1: 90, 2: 160, 3: 175, 4: 176, 6: 174, 8: 172},
}
COSTS = {"waiting": 0.0043, "computing": 0.0255, "catalogue": 0.0108}  # seconds per request
PARTS = {"core": 0.6, "postgres": 0.2, "haproxy": 0.12, "generator": 0.08}


def phases(made, kind, number, capacity):
    """A rate that was carried and the next, which was not, with their processor time."""
    for rate, latency_ms in ((capacity, 150), (1.05 * capacity, 600)):
        made.phase(rate, latency_ms, labels={"kind": kind, "instances": number})
        spent = {part: share * COSTS[kind] * rate * 4 for part, share in PARTS.items()}
        made.fact("processor time", phase=made.writer.phases - 1, seconds=spent)


def predicted(truths=None, *, after=None, **values):
    """Records of a whole run; `truths` {(kind, n): capacity} are what was measured instead.

    `after` and `values` replace what the facts of the predictions say.
    """
    made = Made(e1c_prediction).fact("machine", cores=2)
    for kind, capacities in SCALING.items():
        for number in FITTED:
            phases(made, kind, number, capacities[number])
    for kind in SCALING:
        points = prediction.points(made.read(audited=False), OBJECTIVE, kind=kind)
        for number, found in prediction.predict(points, 2, HIDDEN).items():
            fact = {"kind": kind, "instances": number, "values": found._asdict() | values}
            made.fact("prediction", after=made.writer.phases if after is None else after, **fact)
    for kind, capacities in SCALING.items():
        for number in HIDDEN:
            capacity = (truths or {}).get((kind, number), capacities[number])
            phases(made, kind, number, capacity)
    return made.read()


class Simulated:
    """A laboratory whose system carries what SCALING says; it notes what is done, in order."""

    def __init__(self, quick):
        self.quick, self.done = quick, []
        self.made = Made(e1c_prediction)
        self.audit = lambda: None

    def configure(self, replicas, **levers):
        self.done.append(f"{replicas} instances")

    def request_ok(self, method, path):
        return {"results": [{"sku": "TEA-1"}]}

    def capacity(self, requests, objective, *, guess, kind, instances, **how):
        phases(self.made, kind, instances, SCALING[kind][instances])
        self.done.append(kind)
        return SCALING[kind][instances]

    def fact(self, name, **values):
        self.made.fact(name, **values)
        self.done.append(name)

    def recorded(self):
        return self.made.read(audited=False)


@pytest.mark.parametrize("quick", [False, True])
def test_the_predictions_are_recorded_before_more_instances_are_started(quick, monkeypatch):
    monkeypatch.setattr(e1c_prediction.machine, "cores", lambda: 2)
    lab = Simulated(quick)

    e1c_prediction.measure(lab)

    count = 2 if quick else 6
    last = len(lab.done) - 1 - lab.done[::-1].index("prediction")
    assert lab.done.count("prediction") == count
    assert lab.done.index("8 instances") > last and "8 instances" not in lab.done[:last]
    assert quick or lab.done.index("6 instances") > last
    judgement = results.judge(e1c_prediction, lab.made.read())
    assert (judgement.verdict, judgement.doubts) == ("true", ())


GOOD = {e1c_prediction: predicted}
BAD = {e1c_prediction: lambda: predicted({("waiting", 6): 235, ("waiting", 8): 236})}


@pytest.mark.parametrize("kind", SCALING)
@pytest.mark.parametrize(("times", "verdict"), [(0.6, "false"), (1.5, "false"), (0.9, "unknown")])
def test_each_prediction_must_be_near_what_is_measured_afterwards(kind, times, verdict):
    own = results.judge(e1c_prediction, predicted()).measures[f"predicted, 8 instances, {kind}"]
    judgement = results.judge(e1c_prediction, predicted({(kind, 8): times * own.value}))

    assert judgement.verdict == verdict
    assert judgement.because[0].startswith(f"error of the prediction, 8 instances, {kind}:")


@pytest.mark.parametrize(
    ("made", "missed", "verdict", "reason"),
    [
        (6, 0, "true", ""),
        (6, 1, "true", ""),
        (6, 2, "false", "4 of 6; at least 5 needed"),
        (4, 1, "true", ""),
        (3, 1, "unknown", "between 2 and 3 of 3; at least 3 needed: not decided"),
        (2, 0, "true", ""),
        (2, 1, "unknown", "between 1 and 2 of 2; at least 2 needed: not decided"),
        (2, 2, "false", "0 of 2, between 0 and 1; at least 2 needed"),
    ],
)
def test_of_few_intervals_none_may_miss_and_of_many_one(made, missed, verdict, reason):
    raw = predicted()
    left = raw.facts("prediction")[made:]
    raw.all_facts = [fact for fact in raw.all_facts if fact not in left]
    for fact in raw.facts("prediction")[:missed]:
        value = fact["values"]["value"]
        fact["values"] |= {"low": 1.2 * value, "high": 1.25 * value}

    judgement = results.judge(e1c_prediction, raw)

    name = "90 % intervals that hold the measured capacity: "
    assert judgement.verdict == verdict
    assert judgement.because == ((name + reason,) if reason else ())


@pytest.mark.parametrize(
    ("values", "doubt"),
    [
        ({"low": 10, "high": 900}, "6 instances, waiting: the interval of the prediction is"),
        ({"value": 0, "low": 0, "high": float("inf")}, "6 instances, waiting: no law explains"),
    ],
    ids=str,
)
def test_too_wide_an_interval_is_no_prediction(values, doubt):
    judgement = results.judge(e1c_prediction, predicted(**values))

    assert judgement.verdict == "unknown" and len(judgement.doubts) == 6
    assert judgement.because[0].startswith(doubt)


def test_a_prediction_that_was_made_after_the_measurement_counts_for_nothing():
    judgement = results.judge(e1c_prediction, predicted(after=10_000))

    assert judgement.verdict == "unknown"
    assert judgement.doubts[0] == "6 instances, waiting: it was measured before it was predicted"


def test_a_capacity_that_was_not_found_leaves_a_figure_and_an_unknown_verdict():
    found = predicted()
    for phase in found.where(kind="waiting"):
        for request in phase.requests:
            request["status"] = 503

    judgement = results.judge(e1c_prediction, found)
    e1c_prediction.figure(found, matplotlib.figure.Figure().subplots())

    assert judgement.verdict == "unknown"
    assert "error of the prediction, 6 instances, waiting: not measured" in judgement.because[0]


def test_the_costs_say_which_part_takes_the_processor_time():
    assert results.judge(e1c_prediction, predicted()).costs[2] == (
        "a request (catalogue) takes 10.8 ms of processor time:"
        " core 60 %, postgres 20 %, haproxy 12 %"
    )


def test_the_measures_say_whether_the_processors_are_the_limit():
    measures = results.judge(e1c_prediction, predicted()).measures
    chance = {
        kind: measures[f"the processors are the limit, 6 instances, {kind}"] for kind in COSTS
    }

    assert chance["computing"].value > 90 > 10 > chance["waiting"].value

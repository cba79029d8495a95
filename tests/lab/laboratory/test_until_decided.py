"""Turns end when every condition is decided, and are wrong in at most 5 % of all runs."""

from types import SimpleNamespace

import numpy
import pytest

from lab.analysis import estimates
from lab.analysis.conditions import at_most
from lab.analysis.records import Records, Writer, read
from lab.analysis.verdict import Judgement
from lab.experiments.shared.protocol import Seconds
from lab.laboratory import until_decided

LIMIT = 0.5  # the change that is allowed


class Change:
    """An experiment: the change from one value to another is at most LIMIT."""

    SECONDS = Seconds(100, 100)
    level = None  # of the intervals; None: as the laboratory demands it

    def judge(self, records):
        one, other = ([fact[side] for fact in records.facts("pair")] for side in ("one", "other"))
        change = estimates.mean_change(one, other, level=self.level or records.level)
        return Judgement((at_most("change", change, LIMIT, "of one"),), "measured", {})


def made(experiment, writer):
    """What turns() needs of a laboratory."""
    return SimpleNamespace(
        experiment=experiment,
        quick=True,
        fact=writer.fact,
        recorded=lambda: read(writer.file.name),
    )


@pytest.fixture
def lab(tmp_path):
    with open(tmp_path / "records.jsonl", "w") as file:
        writer = Writer(file, experiment="x", seed=1, quick=True, proving=False)
        yield made(Change(), writer)


def measure(lab, ratios, least, most):
    """Measures one ratio in each turn; returns the number of turns."""
    made = 0
    for turn in until_decided.turns(lab, least, most):
        lab.fact("pair", one=1.0, other=float(ratios[turn]))
        made += 1
    return made


@pytest.mark.parametrize(
    ("ratios", "turns"),
    [
        ([1.01, 1.02, 1.03] * 2, 3),  # far below the limit
        ([3.01, 3.02, 3.03] * 2, 3),  # far above it
        ([1.0, 2.0, 1.5, 1.4, 1.6, 1.5], 6),  # around it
    ],
)
def test_turns_end_when_the_condition_is_decided_or_at_the_last(lab, ratios, turns):
    assert measure(lab, ratios, 3, 6) == turns


def test_turns_end_when_the_time_is_up(lab, monkeypatch):
    clock = iter(range(0, 10_000, 90))  # seconds
    monkeypatch.setattr(until_decided, "time", SimpleNamespace(monotonic=lambda: next(clock)))

    assert measure(lab, [1.0, 2.0] * 10, 2, 20) == 4


def test_an_experiment_that_cannot_be_judged_yet_goes_on(lab):
    lab.experiment.judge = lambda records: [][0]

    assert measure(lab, [1.01, 1.02, 1.03], 1, 3) == 3


def share_of_errors(tmp_path, level=None, runs=400):
    """How often a change of exactly the limit is said to be below or above it."""
    random, wrong = numpy.random.default_rng(1), 0
    experiment = Change()
    experiment.level = level
    for _ in range(runs):
        with open(tmp_path / "run.jsonl", "w") as file:
            writer = Writer(file, experiment="x", seed=1, quick=True, proving=False)
            measure(made(experiment, writer), (1 + LIMIT) * random.lognormal(0, 0.05, 8), 3, 8)
        (condition,) = experiment.judge(read(file.name)).conditions
        wrong += condition.state != "undecided"
    return wrong / runs


def test_many_looks_decide_wrongly_in_at_most_one_of_twenty_runs(tmp_path):
    assert share_of_errors(tmp_path) <= 0.05


def test_the_same_looks_at_intervals_of_95_percent_are_wrong_too_often(tmp_path):
    assert share_of_errors(tmp_path, level=estimates.LEVEL) > 0.07


@pytest.mark.parametrize(("looks", "level"), [([], 0.95), ([1], 0.95), ([5], 0.99), ([2, 3], 0.99)])
def test_the_more_often_records_are_judged_the_wider_are_the_intervals(looks, level):
    header = {"record": "header"}
    facts = [{"record": "fact", "name": "looks", "most": most} for most in looks]

    assert Records([header, *facts]).level == pytest.approx(level)

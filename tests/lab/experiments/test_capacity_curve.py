"""1a and 1b: the law is drawn only where it fits, and a capacity that was not found is a doubt."""

import matplotlib.figure
import pytest

from lab.experiments import e1a_waiting, e1b_computing
from lab.experiments.shared import capacity_curve
from lab.laboratory import results
from tests.lab.experiments.test_experiments import scaling
from tests.support.made import Made

FITTED = "Universal Scalability Law, fitted to the points"


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ([40, 80, 118, 155], FITTED),
        ([40, 70, 72, 71], FITTED),
        ([40, 80, 30, 150], "Universal Scalability Law: not drawn, because it is up to"),
        ([40, 80], "Universal Scalability Law: not drawn, because it needs three points"),
    ],
    ids=str,
)
def test_a_law_that_does_not_fit_is_not_drawn_and_says_so(rates, words):
    found = scaling(e1a_waiting, rates)
    axes = matplotlib.figure.Figure().subplots()

    e1a_waiting.figure(found, axes)

    labels = axes.get_legend_handles_labels()[1]
    assert [label for label in labels if label.startswith("Universal")][0].startswith(words)
    assert ("sigma" in capacity_curve.measures(found)) == (words == FITTED)


@pytest.mark.parametrize(
    ("cores", "proving", "command"),
    [
        (2, False, None),
        (8, False, "'taskset -c 0,1 ./escala run 1b --quick' uses two of them"),
        (8, True, "'taskset -c 0,1 ./escala run 1b --quick --prove' uses two of them"),
    ],
)
def test_1b_says_how_to_measure_on_more_processors_than_it_can_fill(cores, proving, command):
    found = scaling(e1b_computing, [40, 70, 72, 71])
    found.header["proving"] = proving
    found.facts("machine")[0]["cores"] = cores

    result = results.Result(e1b_computing, found, results.judge(e1b_computing, found), 1)

    assert (result.judgement.verdict == "unknown") == bool(command)
    if command:
        assert result.judgement.because[0].endswith(command)
        run = {"quick": True, "proving": proving, "seed": 1}
        assert results.next_step(run, result.as_document()) == ""


def test_an_experiment_without_a_capacity_is_unknown_and_still_has_a_figure():
    made = Made(e1a_waiting).fact("machine", cores=2)
    for number in (1, 2, 3, 4):
        made.phase(40, 600, labels={"instances": number})
        made.fact("memory", instances=number, memory_mb=400)
        made.fact("no capacity", why="not even 5 requests/s", labels={"instances": number})
    found = made.read()

    judgement = results.judge(e1a_waiting, found)
    e1a_waiting.figure(found, matplotlib.figure.Figure().subplots())

    assert judgement.verdict == "unknown" and len(judgement.conditions) == 3
    assert "no capacity was found (instances 4): not even 5 requests/s" in judgement.because

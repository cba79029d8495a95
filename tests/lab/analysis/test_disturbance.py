"""What neighbours took makes a verdict unknown, and nothing else."""

import inspect

import pytest

from lab import experiments
from lab.analysis import capacity, disturbance
from lab.analysis.capacity import Objective
from lab.experiments import e2b_failover, e3c_local_copies, e5c_worker_death
from lab.experiments.shared import protocol
from lab.laboratory import results
from tests.lab.experiments.test_experiments import BAD, GOOD
from tests.support.made import Made, requests

pytestmark = pytest.mark.slow

CHROME = {"share": 38.2, "contended": 30.0, "programs": {"chrome": 21.4, "code": 9.0}}
QUIET = {"share": 2.0, "contended": 0.5, "programs": {}}
IDLE = {"share": 38.2, "contended": 0.0, "programs": {"chrome": 38.2}}  # a processor was free
NO_MEMORY = QUIET | {"memory_pressure": 23.4}
REASON = (
    "other programs used 38 % of the machine (chrome 21 %, code 9 %): close them, then"
    " ./escala run {} --again"
)


@pytest.mark.parametrize("made", [GOOD, BAD], ids=["true", "false"])
@pytest.mark.parametrize("experiment", experiments.ALL, ids=protocol.name)
def test_a_disturbed_phase_makes_every_verdict_unknown_and_is_the_first_reason(experiment, made):
    found = made[experiment]()
    before = results.judge(experiment, found)
    found.phases = found.phases or Made(experiment).phase(60, 8, labels={}).read().phases
    found.phases[-1].others = CHROME

    judgement = results.judge(experiment, found)

    assert judgement.verdict == "unknown"
    assert judgement.because[0] == REASON.format(experiment.ID)
    assert judgement.conditions == before.conditions


@pytest.mark.parametrize("experiment", [e3c_local_copies, e5c_worker_death], ids=protocol.name)
@pytest.mark.parametrize(
    ("others", "verdict"), [(CHROME, "unknown"), (QUIET, "true"), (IDLE, "true")], ids=str
)
def test_a_block_without_load_is_disturbed_like_a_phase(experiment, others, verdict):
    found = GOOD[experiment]()
    found.all_facts.append({"name": "neighbours", "others": others})

    judgement = results.judge(experiment, found)

    assert judgement.verdict == verdict
    reasons = (REASON.format(experiment.ID),) if verdict == "unknown" else ()
    assert judgement.because == reasons
    summary = disturbance.summary(found)
    assert (summary["most"], summary["disturbed"]) == (others["share"], len(reasons))


@pytest.mark.parametrize("experiment", experiments.ALL, ids=protocol.name)
def test_every_experiment_looks_at_neighbours_while_it_measures(experiment):
    loads = ("lab.load(", "lab.capacity(", "lab.watched(", "capacity_curve.measure(lab")
    assert any(each in inspect.getsource(experiment) for each in loads)


@pytest.mark.parametrize("others", [{}, QUIET, IDLE], ids=["not recorded", "quiet", "idle"])
def test_what_takes_nothing_that_the_system_needs_changes_no_verdict(others):
    found = GOOD[e2b_failover]()
    for phase in found.phases:
        phase.others = others

    assert results.judge(e2b_failover, found).verdict == "true"


@pytest.mark.parametrize(
    ("waited", "reasons"),
    [
        (0.0, ()),
        (10.0, ()),
        (
            23.4,
            (
                "programs waited for memory in 23 % of a phase: close some programs, then"
                " ./escala run 2b --again",
            ),
        ),
    ],
)
def test_a_phase_without_enough_memory_decides_nothing(waited, reasons):
    found = GOOD[e2b_failover]()
    found.phases[0].others = QUIET | {"memory_pressure": waited}

    assert results.judge(e2b_failover, found).because == reasons


def test_too_little_memory_is_warned_of_before_a_run():
    assert list(disturbance.warnings(NO_MEMORY)) == [
        "programs wait for memory: close some programs, or the result may be unknown"
    ]
    assert list(disturbance.warnings(QUIET)) == []


def test_an_attempt_that_was_set_aside_is_no_part_of_a_capacity():
    found, objective = Made(e2b_failover), Objective(p95_ms=300)
    found.phase(60, 8, labels={})
    for latency, aside in ((8, True), (900, False)):
        sent = requests(90, 4, latency)
        found.writer.phase({}, (90, 4, 0.5), sent, [], CHROME, set_aside=aside)

    assert capacity.of(found.read().phases, objective) == (60, 60, 90)


def test_a_failure_of_an_experiment_beside_neighbours_has_both_reasons():
    found = Made(e2b_failover).phase(60, 8, labels={}).fact("failure", what="no login").read()
    found.phases[0].others = CHROME

    assert results.judge(e2b_failover, found).because == (REASON.format("2b"), "no login")


@pytest.mark.parametrize(
    ("programs", "advice"),
    [
        ({"chrome": 21.0}, "(chrome 21 %): close them, or"),
        (
            {"chrome": 21.0, disturbance.OWN_SHOP: 14.0},
            "(chrome 21 %, your own shop 14 %): close them"
            " (your own shop: ./escala down, or stop sending on the board), or",
        ),
    ],
)
def test_what_to_do_names_the_callers_own_system(programs, advice):
    (warning,) = disturbance.warnings({"share": 38.0, "programs": programs})

    assert advice in warning


def test_the_summary_has_median_and_most_and_says_it_in_words():
    found = Made(e2b_failover)
    for others, aside in ((CHROME, True), (QUIET, False), (QUIET, False), (CHROME, False)):
        found.writer.phase({}, (60, 4, 0), [], [], others, set_aside=aside)

    summary = disturbance.summary(found.read())

    assert summary == {
        "median": 2.0,
        "most": 38.2,
        "programs": CHROME["programs"],
        "disturbed": 1,
        "repeated": 1,
    }
    assert disturbance.in_words(summary) == (
        "They took 2 % of the machine in the median phase, at most 38 % (chrome 21 %, code 9 %)."
        " Measured again because of them: 1 phase. Disturbed nevertheless: 1 phase."
    )


def test_records_of_a_version_that_did_not_look_have_an_empty_summary():
    summary = disturbance.summary(Made(e2b_failover).phase(60, 8, labels={}).read())

    assert (summary["median"], summary["most"]) == (None, None)
    assert disturbance.in_words(summary) == ""

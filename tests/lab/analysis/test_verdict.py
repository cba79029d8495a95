"""A verdict follows from all conditions and doubts."""

import pytest

from lab.analysis import verdict
from lab.analysis.conditions import at_least
from lab.analysis.estimates import Interval
from lab.analysis.verdict import Judgement
from lab.experiments import e2b_failover
from tests.support.made import Made

TRUE, FALSE = at_least("good", 6, 5, "times"), at_least("bad", 4, 5, "times")
UNDECIDED = at_least("open", Interval(5, 4, 6), 5, "times")


@pytest.mark.parametrize(
    ("found", "doubts", "expected", "because"),
    [
        ([TRUE, TRUE], (), "true", []),
        ([TRUE, UNDECIDED], (), "unknown", ["open"]),
        ([UNDECIDED, FALSE, TRUE], (), "false", ["bad"]),
        ([FALSE, UNDECIDED], ("a doubt",), "unknown", ["a doubt", "open"]),
        ([TRUE], ("a doubt",), "unknown", ["a doubt"]),
        ([], (), "unknown", ["nothing was measured that could be judged"]),
    ],
)
def test_a_verdict_follows_from_conditions_and_doubts(found, doubts, expected, because):
    judgement = Judgement(tuple(found), "a finding", {}, doubts=doubts)

    assert judgement.verdict == expected
    assert [sentence.partition(":")[0] for sentence in judgement.because] == because


def test_a_statement_is_the_finding_only_when_it_is_true():
    statements = [
        Judgement(found, "it grows", {}).statement for found in ((TRUE,), (FALSE,), (UNDECIDED,))
    ]

    assert statements == [
        "it grows",
        "false, because: bad: 4 times; at least 5 needed",
        "unknown, because: open: between 4 and 6 times; at least 5 needed: not decided",
    ]


@pytest.mark.parametrize(
    ("fault_at", "status", "doubts"),
    [
        (3.0, 503, ["2 requests failed before the fault: something else disturbed the system"]),
        (3.0, 0, ["2 requests failed before the fault: something else disturbed the system"]),
        (3.0, 401, []),  # an answer, which the experiment judges
        (0.4, 503, []),
        (None, 503, []),
    ],
)
def test_what_fails_before_the_fault_of_its_phase_is_a_doubt(fault_at, status, doubts):
    found = Made(e2b_failover).phase(60, 8, labels={}, failed=2).read()
    (phase,) = found.phases
    phase.events = [{"what": "kill core-2", "at": fault_at}] if fault_at else []
    for request in phase.failed:
        request["status"] = status

    assert verdict.doubts(found, []) == doubts


def test_only_a_queue_that_grows_in_its_phases_breaks_littles_law():
    made = Made(e2b_failover)
    for _ in range(6):
        made.phase(60, 10, labels={})
    found = made.read()

    def doubts_when(*changes):
        phases = made.read().phases
        for phase, change in zip(phases, changes, strict=False):
            for request in phase.requests:
                request["end"] += change(request["at"])
        return verdict.doubts(found, phases)

    def grows(at):
        return 0.2 * at

    def drains(at):
        return 0.2 * (4 - at)

    def stalls(at):
        return max(0, 4.2 - at) if at > 3.7 else 0

    assert doubts_when() == []
    assert doubts_when(stalls, stalls, stalls) == []
    assert doubts_when(*[grows, drains] * 3) == []  # as few slow requests do by chance
    (doubt,) = doubts_when(*[grows] * 6)
    assert doubt.startswith("Little's law is off by ")

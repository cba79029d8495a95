"""A verdict follows from all conditions and doubts."""

import pytest

from lab.analysis.conditions import at_least
from lab.analysis.estimates import Interval
from lab.analysis.verdict import Judgement

TRUE, FALSE = at_least("good", 6, 5, "times"), at_least("bad", 4, 5, "times")
UNDECIDED = at_least("open", Interval(5, 4, 6), 5, "times")


@pytest.mark.parametrize(
    ("found", "doubts", "verdict", "because"),
    [
        ([TRUE, TRUE], (), "true", []),
        ([TRUE, UNDECIDED], (), "unknown", ["open"]),
        ([UNDECIDED, FALSE, TRUE], (), "false", ["bad"]),
        ([FALSE, UNDECIDED], ("a doubt",), "unknown", ["a doubt", "open"]),
        ([TRUE], ("a doubt",), "unknown", ["a doubt"]),
        ([], (), "unknown", []),
    ],
)
def test_a_verdict_follows_from_conditions_and_doubts(found, doubts, verdict, because):
    judgement = Judgement(tuple(found), "a finding", {}, doubts=doubts)

    assert judgement.verdict == verdict
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

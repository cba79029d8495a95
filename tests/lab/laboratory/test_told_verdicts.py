"""Report and terminal say why a verdict is not true, before anything else."""

import re

import pytest

from lab import experiments
from lab.experiments import e2b_failover, e3a_cached_reads
from lab.laboratory import report, results
from lab.laboratory.run import as_text
from tests.lab.experiments.test_experiments import BAD, ladder, reads


def test_a_report_shows_every_condition_with_its_state_and_the_false_one_first(run_of):
    html = report.as_html(run_of({e2b_failover: BAD[e2b_failover]()}))

    rows = re.findall(r"<td>reads that failed.*?</tr>", html, re.DOTALL)
    assert [re.findall(r'class="whole (true|false|undecided)"', row) for row in rows] == [
        ["false"],
        ["true"],
    ]
    reason = "reads that failed with all three protections: 40 of 210; at most 0 allowed"
    assert f"False, because: {reason}." in html
    assert f"</a>: false, because: {reason}.<br>" in html


@pytest.mark.parametrize(
    ("found", "title"),
    [
        (lambda: ladder(40, 6, 2, 0), "40 reads fail without the three protections"),
        (lambda: ladder(40, 6, 2, 3), "false, because: reads that failed with all three"),
        (lambda: reads(off=2, redis=0.1, late_ms=15), e3a_cached_reads.QUESTION),
    ],
    ids=["true", "false", "unknown"],
)
def test_the_title_of_a_figure_is_never_made_from_an_unknown(found, title):
    records = found()
    (experiment,) = experiments.chosen([records.header["experiment"]])
    result = results.Result(experiment, records, results.judge(experiment, records), 1)

    assert report.figure_title(result).startswith(title)


def test_the_terminal_says_why_before_what_was_found_and_at_most_three_reasons():
    reasons = [f"reason {number}" for number in range(5)]
    row = {"id": "0", "verdict": "false", "finding": "it carries more", "because": reasons}

    lines = as_text({"experiments": [row], "report": "report.html"}).splitlines()

    assert [line.strip() for line in lines[:5]] == [
        "0   false    because: reason 0",
        "because: reason 1",
        "because: reason 2",
        "and 2 more conditions: see the report",
        "it carries more",
    ]

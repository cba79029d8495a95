"""Report and terminal say why a verdict is not true, before anything else."""

import json
import math
import re

import pytest

from lab import experiments
from lab.analysis import records
from lab.analysis.verdict import Judgement
from lab.experiments import e2b_failover, e3a_cached_reads
from lab.laboratory import report, results
from lab.laboratory.run import as_text, sentences
from tests.lab.experiments.test_all_claims import stairs
from tests.lab.experiments.test_claim_2 import balancing, stops
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


def changed(change):
    """Good records of 2b after `change(records)`."""
    found = ladder(40, 6, 2, 0)
    change(found)
    return found


def fact(name, **values):
    return lambda found: found.all_facts.append({"name": name} | values)


def without_audit(found):
    found.all_facts = [fact for fact in found.all_facts if fact["name"] != "audit"]


def growing(found):
    for phase in found.phases:
        for request in phase.requests:
            request["end"] = request["start"] + request["at"] * 0.5


def failing_before_the_fault(found):
    phase = found.phases[0]
    phase.events = [{"what": "kill core-2", "at": phase.seconds}]


def beside_a_burner(found):
    others = {"share": 50.0, "contended": 40.0, "stolen": 0.0, "programs": {"burner": 48.0}}
    found.phases[0].others = others


BUSY = "other programs used 50 % of the machine (burner 48 %): close them, then ./escala run 2b"
NO_CAPACITY = {"why": "not even 5 requests/s were carried", "labels": {"instances": 2}}
UNKNOWN = {  # every kind of unknown, and the beginning of its first reason
    "an interval that straddles": (lambda: stairs(loaded=(0, 0, 0, 0, 0, 1)), "requests that fail"),
    "a figure that is missing": (lambda: reads(off=math.nan, redis=0.1), "change of SQL per read"),
    "a fault that hit nothing": (lambda: stops(killed=0), "requests not to be sent twice that fai"),
    "neighbours": (lambda: changed(beside_a_burner), BUSY),
    "a late generator": (lambda: reads(off=2, redis=0.1, late_ms=15), "the generator was too slow"),
    "Little's law": (lambda: changed(growing), "Little's law is off by"),
    "failures before the fault": (lambda: changed(failing_before_the_fault), "40 requests failed"),
    "no capacity": (
        lambda: changed(fact("no capacity", **NO_CAPACITY)),
        "no capacity was found (instances 2): not even 5",
    ),
    "no audit": (lambda: changed(without_audit), "no audit was made"),
    "a violation": (lambda: changed(fact("audit", violations=["-1"])), "the audit found: -1"),
    "a failure": (lambda: changed(fact("failure", what="no login")), "no login"),
    "a doubt of its own": (lambda: balancing(failed=40), "reads that failed: "),
    "other records": (lambda: changed(lambda found: found.phases.clear()), "its records cannot"),
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_every_kind_of_unknown_has_its_reason_in_the_json(kind):
    make, reason = UNKNOWN[kind]
    records = make()
    (experiment,) = experiments.chosen([records.header["experiment"]])

    result = results.Result(experiment, records, results.judge(experiment, records), 1)
    row = json.loads(json.dumps(result.as_document()))

    assert row["verdict"] == "unknown"
    assert row["because"] and all(row["because"])
    assert row["because"][0].startswith(reason)


def test_the_terminal_says_why_before_what_was_found_and_at_most_three_reasons():
    reasons = [f"reason {number}" for number in range(5)]
    row = {"id": "0", "verdict": "false", "finding": "it carries more", "because": reasons}

    lines = as_text(RUN | {"experiments": [row], "report": "report.html"}).splitlines()

    assert [line.strip() for line in lines[:5]] == [
        "0   false    because: reason 0",
        "because: reason 1",
        "because: reason 2",
        "and 2 more: see the report",
        "it carries more",
    ]


@pytest.mark.parametrize(
    ("verdict", "conditions", "said"),
    [
        ("unknown", [{"name": "gain"}], "measured, but not decided: 4 instances carry 3 times"),
        ("unknown", [], "4 instances carry 3 times"),  # such as: it could not be measured
        ("false", [{"name": "gain"}], "4 instances carry 3 times"),
        ("true", [{"name": "gain"}], "4 instances carry 3 times"),
    ],
    ids=str,
)
def test_the_terminal_says_of_an_unknown_that_its_finding_is_no_result(verdict, conditions, said):
    row = {"finding": "4 instances carry 3 times", "because": [], "conditions": conditions}

    assert sentences(row | {"verdict": verdict}) == [said]


def test_the_report_says_of_an_unknown_that_its_finding_is_no_result(run_of):
    html = report.as_html(run_of({e2b_failover: changed(growing)}))

    assert "<p>Measured, but not decided: 40 reads fail without" in html
    html = report.as_html(run_of({e2b_failover: ladder(40, 6, 2, 3)}))
    assert "<p>Measured: 40 reads fail without" in html


@pytest.mark.parametrize(
    ("finding", "told"),
    [
        ("4 instances carry inf times the load", "4 instances carry (not measured) times the load"),
        ("p95 changes by +inf %, not -inf %", "p95 changes by (not measured), not (not measured)"),
        ("within nan %; in finance", "within (not measured); in finance"),
    ],
)
def test_what_is_infinite_or_no_number_was_not_measured(finding, told, monkeypatch):
    made = Judgement((), finding, {}, costs=(finding,))
    monkeypatch.setattr(e2b_failover, "judge", lambda records: made)

    found = results.judge(e2b_failover, ladder(40, 6, 2, 0))

    assert (found.finding, found.costs) == (told, (told,))


RUN = {"quick": True, "proving": False, "seed": 4}
PROVING = {"quick": False, "proving": True, "seed": 4}
UNDECIDED, LATE = "gain: between 4 and 6 times; not decided", "the generator was too slow"


@pytest.mark.parametrize(
    ("run", "row", "said"),
    [
        (RUN, {"verdict": "true"}, ""),
        (PROVING, {"verdict": "false"}, "as it should be in a proof: each instance has its own"),
        (PROVING, {"verdict": "true"}, "next: ./escala run local_copies --prove --seed 4 once"),
        (RUN, {"verdict": "false"}, "next: ./escala run local_copies --quick --seed 4 once more."),
        (RUN | {"changes": ["manage.py"]}, {"verdict": "false"}, "./escala report --diff"),
        (RUN, {"verdict": "unknown"}, "next: ./escala run local_copies --seed 4 measures longer"),
        (PROVING, {"verdict": "unknown"}, "next: ./escala run local_copies --again, while"),
        (RUN, {"verdict": "unknown", "doubts": [LATE]}, "next: ./escala run local_copies --again"),
        (RUN, {"verdict": "unknown", "doubts": [BUSY]}, ""),
    ],
    ids=str,
)
def test_terminal_and_report_say_what_to_do_about_a_verdict(run, row, said):
    row = {"id": "3c", "finding": "it was measured", "doubts": [], "conditions": []} | row
    row["because"] = [] if row["verdict"] == "true" else [*row["doubts"], UNDECIDED]

    found = results.next_step(run, row)

    assert found.startswith(said) or said in found
    assert bool(found) == bool(said)
    text = as_text(run | {"experiments": [row], "report": "report.html"})
    assert found in re.sub(r"\s+", " ", text)


@pytest.mark.parametrize(
    ("made", "reason", "step"),
    [
        (lambda: ladder(40, 6, 2, 3), "False, because: reads that failed", "Next: ./escala run"),
        (lambda: changed(growing), "Unknown, because: Little&#39;s law is off", "Next: ./escala"),
        (lambda: changed(beside_a_burner), "Unknown, because: other programs", "Do HAProxy"),
    ],
    ids=["false", "unknown", "busy"],
)
def test_reason_and_next_step_are_the_first_lines_below_the_title_of_a_report(
    run_of, made, reason, step
):
    html = report.as_html(run_of({e2b_failover: made()}))

    body = html[html.index("<h1>") : html.index("<figure>")]
    text = re.sub(r"<[^>]*>", "", re.sub("</p>|</h.>", "\n", body))
    _, verdict, *lines = filter(None, map(str.strip, text.splitlines()))
    assert verdict.startswith("The verdict: ")
    assert lines[0].startswith(reason) and lines[1].startswith(step)


def test_the_report_says_which_intervals_it_has_and_what_each_look_costs(run_of):
    html = report.as_html(run_of({e3a_cached_reads: reads(off=2, redis=0.1)}))
    text = re.sub(r"\s+", " ", html)

    assert "a mean has Student's interval" in text
    assert "Each look is another chance to be wrong, so their intervals have a higher level" in text
    assert "bootstrap 95 %" not in text and "exact 95 %" not in text
    found = records.Records([{}, {"record": "fact", "name": "looks", "most": 6 - 3 + 1}])
    assert f"Its level is {100 * found.level:g} %" in e3a_cached_reads.METHOD

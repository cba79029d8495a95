"""The report: the same file from the same records, and a clear error when they are missing."""

import json
import re
from types import SimpleNamespace

import pytest

from lab import experiments
from lab.analysis import figures
from lab.analysis.conditions import at_least, number
from lab.analysis.estimates import Interval
from lab.analysis.verdict import Judgement, Measure
from lab.errors import Failure, WrongUsage
from lab.experiments import e2b_failover, e2d_drain
from lab.experiments.shared import protocol
from lab.laboratory import report, results
from lab.laboratory.run import as_text
from lab.stack.home import ROOT, Home
from tests.lab.experiments.test_experiments import BAD, GOOD, ladder
from tests.support.made import Made

FIGURES = {"true": Interval(6, 6, 6), "false": Interval(4, 4, 4), "unknown": Interval(5, 4, 6)}
HOSTILE = "<script>alert('&')</script>"


def judged(verdict):
    """A judgement with this verdict."""
    return Judgement((at_least("gain", FIGURES[verdict], 5, "times"),), "", {})


def test_the_same_records_make_the_same_file_byte_for_byte(run_of):
    folder = run_of({experiment: GOOD[experiment]() for experiment in experiments.ALL})

    first = report.write(folder).read_bytes()
    assert b"could not be drawn" not in first

    assert report.write(folder).read_bytes() == first


def test_the_claims_have_the_words_of_the_readme():
    readme = (ROOT / "README.md").read_text().replace("**", "")

    assert [claim for claim in report.CLAIMS.values() if f"| {claim} |" not in readme] == []


def test_what_was_measured_beyond_a_single_claim_has_a_row_of_its_own():
    beyond = results.Result(SimpleNamespace(CLAIM=0, ID="0"), None, judged("false"), 1)

    assert [row["verdict"] for row in report.claims([beyond]) if row["number"] == 0] == ["false"]
    assert [row["number"] for row in report.claims([])] == [1, 2, 3, 4, 5]


def test_the_report_is_one_file_that_needs_no_other(run_of):
    html = report.as_html(run_of({e2b_failover: GOOD[e2b_failover]()}))

    assert re.findall(r"""(?:src|href)=["'](?!data:|#)[^"']*""", html) == []
    assert "<script" not in html


def test_a_claim_is_as_good_as_the_worst_of_its_experiments():
    made = [SimpleNamespace(CLAIM=number, ID=str(number)) for number in (2, 2, 3)]
    verdicts = ["true", "false", "unknown"]
    found = [
        results.Result(experiment, None, judged(verdict), 1)
        for experiment, verdict in zip(made, verdicts, strict=True)
    ]

    by_claim = {row["number"]: row["verdict"] for row in report.claims(found)}

    assert by_claim == {
        1: "not measured",
        2: "false",
        3: "unknown",
        4: "not measured",
        5: "not measured",
    }


def test_what_a_claim_has_beyond_this_run_is_named(run_of):
    html = report.as_html(run_of({each: GOOD[each]() for each in (e2b_failover, e2d_drain)}))

    assert "Not measured in this run: 2a, 2c." in html
    assert "Not measured in this run: 4a, 4b, 4c." in html


def test_verdict_finding_and_the_command_to_run_it_again_are_shown(run_of):
    html = report.as_html(run_of({e2b_failover: BAD[e2b_failover]()}))

    assert "✘ false" in html
    assert "./escala run failover --quick --seed 7" in html
    assert "40 reads fail without the three protections, 40 with all of them" in html


def test_what_a_machine_or_a_record_says_is_text_and_never_markup(run_of):
    broken = Made(e2b_failover).fact("failure", what=HOSTILE).read()

    html = report.as_html(run_of({e2b_failover: broken}, machine={"processor": HOSTILE}))

    assert html.count("&lt;script&gt;") == 3
    assert HOSTILE not in html


def test_verdicts_fit_into_80_columns():
    row = {"id": "0", "verdict": "unknown", "finding": "word " * 40, "because": ["doubt " * 30]}

    run = {"quick": False, "proving": False, "seed": 1, "report": "report.html"}
    lines = as_text(run | {"experiments": [row | {"doubts": [], "conditions": []}]}).splitlines()

    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("0   unknown  because: doubt")
    assert lines[3].startswith(" " * 13 + "word")


def test_an_experiment_that_was_aborted_is_shown_without_a_figure(run_of):
    html = report.as_html(
        run_of({e2b_failover: Made(e2b_failover).fact("failure", what="no space").read()})
    )

    assert "Unknown, because: no space." in html
    assert "<img" not in html


def test_a_figure_that_cannot_be_drawn_is_reported_and_the_rest_is_there(run_of, monkeypatch):
    def broken(records, axes):
        raise ZeroDivisionError("no requests")

    monkeypatch.setattr(e2b_failover, "figure", broken)

    html = report.as_html(run_of({e2b_failover: GOOD[e2b_failover]()}))

    assert "The figure could not be drawn (ZeroDivisionError: no requests)." in html
    assert "✔ true" in html


def test_the_figures_for_the_chapters_are_pictures_named_by_their_experiment(run_of, tmp_path):
    folder = run_of({e2b_failover: ladder(40, 6, 2, 0)})

    (path,) = report.write_figures(folder, tmp_path / "figures")

    assert path.name == "2b.svg"
    assert "<svg" in path.read_text()


def test_a_folder_without_a_run_differs_from_one_whose_records_are_gone(tmp_path):
    with pytest.raises(WrongUsage, match="contains no run"):
        report.as_html(tmp_path)

    row = {"id": e2b_failover.ID, "name": "failover", "seconds": 1}
    (tmp_path / "run.json").write_text(json.dumps({"experiments": [row]}))
    for make in (report.as_html, lambda folder: report.write_figures(folder, folder / "figures")):
        with pytest.raises(Failure, match="failover.jsonl does not exist"):
            make(tmp_path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        ('{"experiment": "2b"}\n{"rec', "line 2 is no record"),
        ("\xff", "line 1 is no record"),
    ],
)
def test_damaged_raw_records_are_reported_as_such(tmp_path, text, why):
    row = {"id": e2b_failover.ID, "name": "failover", "seconds": 1}
    (tmp_path / "run.json").write_text(json.dumps({"experiments": [row]}))
    (tmp_path / "failover.jsonl").write_text(text, encoding="latin-1")

    with pytest.raises(Failure, match=f"failover.jsonl is damaged: {why}"):
        report.as_html(tmp_path)


@pytest.mark.parametrize("experiment", experiments.ALL, ids=protocol.name)
def test_records_of_another_version_make_nothing_true_and_leave_the_report_whole(
    run_of, experiment
):
    old = Made(experiment).phase(60, 8, labels={"of": "old"}, kind="of old").read()

    html = report.as_html(run_of({experiment: old}))

    assert "✔ true" not in html


def test_an_experiment_that_cannot_be_judged_says_so(run_of):
    html = report.as_html(
        run_of({e2b_failover: Made(e2b_failover).phase(60, 8, labels={"of": "old"}).read()})
    )

    assert "Unknown, because: its records cannot be judged (" in html


def test_a_verdict_that_differs_from_the_recorded_one_is_shown_beside_it(run_of):
    recorded = {
        "id": e2b_failover.ID,
        "name": "failover",
        "seconds": 1,
        "verdict": "true",
        "finding": "none fails",
    }

    html = report.as_html(run_of({e2b_failover: BAD[e2b_failover]()}, experiments=[recorded]))

    assert "✘ false" in html
    assert "the judgement was different (true: none fails)" in html
    assert "the judgement was different" not in report.as_html(
        run_of({e2b_failover: BAD[e2b_failover]()})
    )


def test_where_nothing_was_answered_there_is_no_number_and_json_stays_json():
    measure = Measure(float("inf"), 2.5, float("nan"), "ms")

    assert json.dumps(measure.as_document(), allow_nan=False)
    assert measure.as_document() == {"value": None, "low": 2.5, "high": None, "unit": "ms"}
    assert [number(value) for value in (float("inf"), float("nan"), 2.5)] == ["∞", "–", "2.5"]


def test_a_dollar_in_a_finding_is_a_dollar_and_no_formula():
    assert "<svg" in figures.svg(e2b_failover, ladder(40, 6, 2, 0), "it costs $_{ and $ more")


@pytest.mark.parametrize("named", ["results/{}", "{}", "."])
def test_a_run_is_found_from_the_callers_folder_or_by_its_name(tmp_path, monkeypatch, named):
    folder = tmp_path / "home" / "results" / "2026-01-01"
    folder.mkdir(parents=True)
    caller = folder if named == "." else tmp_path / "home"
    monkeypatch.setenv("ESCALA_CALLER", str(caller))

    found = results.folder_of(Home(tmp_path / "home"), named.format("2026-01-01"))

    assert found.resolve() == folder

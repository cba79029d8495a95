"""The report: the same file from the same records, whatever they say, and a kind word when they are gone."""

import json
import re
from types import SimpleNamespace

import pytest

from lab import experiments, report, results
from lab.experiments import failover, protocol
from lab.failures import Failure, WrongUsage
from lab.judgement import Judgement
from tests.lab.made import Made
from tests.lab.test_experiments import BAD, GOOD, ladder

HOSTILE = "<script>alert('&')</script>"


@pytest.fixture
def run_of(tmp_path, monkeypatch):
    """run_of({experiment: records}) makes a run's folder of them."""

    def make(found, **values):
        run = {"seed": 7, "quick": True, "proving": False, "commit": None}
        run |= {"machine": {"processor": HOSTILE}, "versions": {"Python": "3.13.0"}}
        names = [
            {"id": experiment.ID, "name": protocol.name(experiment), "seconds": 90.4} for experiment in found
        ]
        (tmp_path / "run.json").write_text(json.dumps(run | {"experiments": names} | values))
        for experiment in found:
            (tmp_path / f"{protocol.name(experiment)}.jsonl").touch()
        by_name = {f"{protocol.name(experiment)}.jsonl": records for experiment, records in found.items()}
        monkeypatch.setattr(results.records, "read", lambda path: by_name[path.name])
        return tmp_path

    return make


def test_the_same_records_make_the_same_file_byte_for_byte(run_of):
    folder = run_of({experiment: GOOD[experiment]() for experiment in experiments.ALL})

    first = report.write(folder).read_bytes()

    assert report.write(folder).read_bytes() == first
    assert b"not measured" not in first.split(b"<section>")[0] or len({e.CLAIM for e in experiments.ALL}) < 5


def test_the_report_is_one_file_that_asks_nothing_of_any_other(run_of):
    html = report.as_html(run_of({failover: GOOD[failover]()}))

    assert re.findall(r"""(?:src|href)=["'](?!data:|#)[^"']*""", html) == []
    assert "<script" not in html


def test_a_claim_is_as_good_as_the_worst_of_its_experiments():
    made = [SimpleNamespace(CLAIM=2), SimpleNamespace(CLAIM=2), SimpleNamespace(CLAIM=3)]
    verdicts = ["true", "false", "unknown"]
    found = [
        results.Result(experiment, None, Judgement(verdict, "", {}), 1)
        for experiment, verdict in zip(made, verdicts, strict=True)
    ]

    told = {row["number"]: row["verdict"] for row in report.claims(found)}

    assert told == {1: "not measured", 2: "false", 3: "unknown", 4: "not measured", 5: "not measured"}


def test_verdict_finding_and_the_command_to_run_it_again_are_told(run_of):
    html = report.as_html(run_of({failover: BAD[failover]()}))

    assert "✘ false" in html
    assert "./escala run failover --quick --seed 7" in html
    assert "40 reads fail without the three measures, 40 with all of them" in html


def test_what_a_machine_or_a_record_says_is_text_and_never_markup(run_of):
    broken = Made(failover).fact("failure", what=HOSTILE).read()

    html = report.as_html(run_of({failover: broken}))

    assert html.count("&lt;script&gt;") == 2
    assert HOSTILE not in html


def test_an_experiment_that_broke_off_is_told_without_a_figure(run_of):
    html = report.as_html(run_of({failover: Made(failover).fact("failure", what="no room").read()}))

    assert "Unknown, because no room." in html
    assert "<img" not in html


def test_the_figures_for_the_chapters_are_pictures_named_by_their_experiment(run_of, tmp_path):
    folder = run_of({failover: ladder(40, 6, 2, 0)})

    (path,) = report.write_figures(folder, tmp_path / "figures")

    assert path.name == "2b.svg"
    assert "<svg" in path.read_text()


def test_a_folder_without_a_run_and_one_whose_records_are_gone_are_told_apart(tmp_path):
    with pytest.raises(WrongUsage, match="holds no run"):
        report.as_html(tmp_path)

    row = {"id": failover.ID, "name": "failover", "seconds": 1}
    (tmp_path / "run.json").write_text(json.dumps({"experiments": [row]}))
    with pytest.raises(Failure, match="failover.jsonl is gone"):
        report.as_html(tmp_path)

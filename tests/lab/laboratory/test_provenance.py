"""A run says when, for whom, on which commit and changes, and at which load of the machine."""

import datetime
import json
import os
import subprocess

import pytest

from lab.cli import parser
from lab.cli import run as run_command
from lab.errors import Failure, WrongUsage
from lab.experiments import e2b_failover, e2d_drain
from lab.laboratory import provenance, report
from tests.lab.experiments.test_experiments import GOOD


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one commit, of which a file is changed and another one is new."""
    root = tmp_path / "repository"
    root.mkdir()
    git = ["git", "-C", str(root), "-c", "user.name=x", "-c", "user.email=x@x"]
    (root / "a file.py").write_text("one\n")
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "First"]):
        subprocess.run([*git, *words], check=True)
    (root / "a file.py").write_text("two\n")
    (root / "new.py").touch()
    monkeypatch.setattr(provenance, "ROOT", root)
    return root


def test_local_changes_are_named_and_their_text_is_kept(repository, tmp_path):
    found = provenance.begun("Ana", tmp_path)

    assert (found["name"], found["changes"]) == ("Ana", ["a file.py", "new.py"])
    assert "-one\n+two" in provenance.diff(tmp_path, found)


@pytest.mark.parametrize(
    ("changed", "is_another"),
    [
        ({}, False),
        ({"a file.py": "three\n"}, True),
        ({"new.py": "more\n"}, True),
        ({"newer.py": ""}, True),
        ({"new.py": None}, True),
        ({"new.py": None, "newer.py": ""}, True),
    ],
    ids=str,
)
def test_other_changes_of_the_same_files_have_another_hash(repository, changed, is_another):
    before = provenance.changes_hash()

    for name, text in changed.items():
        (repository / name).write_text(text) if text is not None else (repository / name).unlink()

    assert (provenance.changes_hash() != before) == is_another


def test_a_link_to_nothing_has_a_hash_too(repository):
    before = provenance.changes_hash()
    (repository / "link").symlink_to("nowhere")

    assert provenance.changes_hash() != before


def test_a_run_without_changes_or_without_git_has_none(repository, tmp_path, monkeypatch):
    (repository / "a file.py").write_text("one\n")
    (repository / "new.py").unlink()
    assert provenance.begun(None, tmp_path)["changes"] == []

    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    found = provenance.begun(None, tmp_path)
    assert found["changes"] == []
    assert provenance.diff(tmp_path, found) == ""


def test_the_load_of_the_machine_and_the_time_are_those_of_start_and_end(tmp_path, monkeypatch):
    means = iter([(1.006, 2, 3), (4, 5, 6)])
    monkeypatch.setattr(os, "getloadavg", lambda: next(means))

    document = provenance.begun(None, tmp_path)
    provenance.note_end(document)

    assert document["load"] == {"at the start": [1.01, 2, 3], "at the end": [4, 5, 6]}
    times = [datetime.datetime.fromisoformat(document[name]) for name in ("began", "ended")]
    assert times[0] <= times[1] and times[0].tzinfo


@pytest.mark.parametrize(
    ("given", "name"), [(None, None), ("Ana", "Ana"), ("  Ana \n and Bo ", "Ana and Bo")]
)
def test_a_name_is_one_line(given, name):
    assert provenance.checked_name(given) == name


@pytest.mark.parametrize("given", ["", "  ", "x" * 81, "a\x1b[31m", "a\u202eb"])
def test_a_name_that_does_not_fit_is_wrong_usage(given):
    with pytest.raises(WrongUsage, match="--name"):
        provenance.checked_name(given)


FACTS = {
    "name": "<b>Ana</b>",
    "commit": "abc1234-dirty",
    "changes": ["core_api/<x>.py"],
    "began": "2026-11-27T07:05:08+01:00",
    "ended": "2026-11-27T07:09:10+01:00",
    "load": {"at the start": [0.5, 1, 2], "at the end": [9.25, 1, 2]},
}


def test_the_report_says_when_for_whom_on_what_and_at_which_load(run_of):
    html = report.as_html(run_of({e2b_failover: GOOD[e2b_failover]()}, **FACTS))

    for text in (
        "For &lt;b&gt;Ana&lt;/b&gt;.",
        "Measured 2026-11-27 07:05 (UTC+0100) to 2026-11-27 07:09 (UTC+0100)",
        'on commit abc1234-dirty, with <a href="#changes">local changes</a>',
        "<code>core_api/&lt;x&gt;.py</code>",
        "0.5 at the start, 9.25 at the end.",
    ):
        assert text in html


def test_a_report_of_one_experiment_has_its_title_and_others_that_of_the_claims(run_of):
    one = report.as_html(run_of({e2b_failover: GOOD[e2b_failover]()}))
    two = report.as_html(run_of({each: GOOD[each]() for each in (e2b_failover, e2d_drain)}))

    assert f"<h1>2b. {e2b_failover.TITLE}</h1>" in one and "– not measured" not in one
    assert "<h1>Five claims, measured</h1>" in two and "– not measured" in two


def command(home, *words):
    return run_command(parser().parse_args(list(words)))


def test_report_takes_a_name_later_and_prints_the_changes(run_of, home, capsys):
    folder = run_of({e2b_failover: GOOD[e2b_failover]()}, **FACTS)
    (folder / provenance.DIFF).write_text("-one\n+two\n")

    assert command(home, "report", str(folder), "--name", "Bo") == 0
    assert json.loads((folder / "run.json").read_text())["name"] == "Bo"
    assert "For Bo." in (folder / "report.html").read_text()

    (folder / "report.html").unlink()
    capsys.readouterr()
    assert command(home, "report", str(folder), "--diff") == 0
    assert "-one\n+two" in capsys.readouterr().out
    assert not (folder / "report.html").exists()


def test_the_changes_of_an_older_run_are_unknown(run_of, home):
    folder = run_of({e2b_failover: GOOD[e2b_failover]()})

    with pytest.raises(Failure, match="does not say what was changed"):
        command(home, "report", str(folder), "--diff")

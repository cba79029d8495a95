"""docs/error-rates.md says what was measured, where and when, and what was not."""

import json

import pytest

from lab.analysis.error_rates import SLOWER
from lab.cli import commands, parser
from lab.errors import Failure, WrongUsage
from lab.laboratory import error_rates, error_rates_page
from lab.stack.home import Home
from tests.lab.analysis.test_error_rates import beside, planted, same
from tests.support.shapes import assert_recorded_shape

WHERE = {"commit": "abc1234", "machine": "a processor, 2 cores", "when": "2026-11-27"}
BUSY = "other programs used 50 % of the machine (burner 48 %): close them"


def of(*lines):
    return [WHERE | line for line in lines]


@pytest.fixture
def page(tmp_path, monkeypatch):
    """page(*lines) is the text of the page that is written from them."""
    monkeypatch.setattr(error_rates_page, "PAGE", tmp_path / "error-rates.md")
    return lambda *lines: error_rates_page.write(of(*lines), rounds=6).read_text()


def test_the_page_says_how_two_sides_were_compared(page):
    text = " ".join(page().split())

    assert "A comparison is 6 pairs of phases" in text
    assert "The level of each interval is 99.83 %" in text
    assert "as in the experiments" not in text


def row(text, beginning):
    (found,) = [line for line in text.splitlines() if line.startswith(f"| {beginning}")]
    return [cell.strip() for cell in found.strip("|").split("|")]


@pytest.mark.parametrize(
    ("lines", "beginning", "cells"),
    [
        (
            [same() for _ in range(200)],
            "equal sides, p95: different",
            ["0 of 200, 0.0 % (0.0 to 1.8 %)", "at most 1 %, of 200 or more", "kept"],
        ),
        (
            [planted(SLOWER, True)],
            SLOWER,
            ["1 of 1, 100.0 % (2.5 to 100.0 %)", "at least 95 %, of 100 or more", "too few"],
        ),
        (
            [],
            "proofs beside 30 % of a processor: true",
            ["not measured yet", "none, of 23 or more", "not measured"],
        ),
        (
            [beside("3c"), beside("3c", "unknown", [BUSY]), beside("3c", "false", proving=True)],
            "3c local copies",
            ["true 1, unknown 1", "false", "-", "-"],
        ),
        (
            [beside(), beside() | {"when": "2026-12-01", "commit": "def5678"}],
            "burner, 100 %",
            ["2", "2026-11-27 to 2026-12-01", "abc1234, def5678", "a processor, 2 cores"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_row_says_what_was_measured_and_what_was_not(page, lines, beginning, cells):
    assert row(page(*lines), beginning)[1:] == cells


def test_every_unknown_and_every_wrong_verdict_stands_there_with_its_reason(page):
    text = " ".join(
        page(
            beside("2a", "unknown", [BUSY]),
            beside("3e", "true", ["it is none"], burn=30, proving=True),
            beside("5d", "unknown"),
            beside("4a", "true"),
        ).split()
    )

    assert f"* 2a, 100 % burnt: unknown, because: {BUSY}" in text
    assert "* 3e, proof, 30 % burnt: true, because: it is none" in text
    assert "* 5d, 100 % burnt: unknown, because: no reason was given" in text
    assert "* 4a" not in text


def test_the_answer_of_the_command_has_its_recorded_shape():
    found = error_rates_page.document(of(same(), beside("2a", "unknown", [BUSY])))

    assert_recorded_shape("error-rates", json.loads(json.dumps(found, allow_nan=False)))
    lines = error_rates_page.as_text(of(same(), beside())).splitlines()
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("lines", "is_kept"),
    [([], True), ([same()], True), ([beside(verdict="false")], False)],
)
def test_the_answer_is_no_when_a_rate_is_broken(lines, is_kept):
    assert error_rates_page.is_kept(of(*lines)) == is_kept


@pytest.mark.parametrize(
    "words",
    [
        ["3c"],
        ["--prove"],
        ["--burn", "30"],
        ["--part", "same", "--burn", "30"],
        ["--part", "burner", "--pairs", "3"],
        ["--pairs", "3"],
        ["--part", "same", "--pairs", "0"],
        ["--part", "burner", "9z"],
    ],
    ids=" ".join,
)
def test_words_that_do_not_belong_together_are_wrong_usage(words, tmp_path):
    arguments = parser().parse_args(["error-rates", *words])

    with pytest.raises(WrongUsage):
        commands()["error-rates"].handle(Home(tmp_path), arguments)


def test_a_damaged_file_is_a_failure_with_its_name(tmp_path):
    home = Home(tmp_path)
    error_rates.path(home).parent.mkdir()
    error_rates.path(home).write_text("{")

    with pytest.raises(Failure, match="error-rates.jsonl is damaged"):
        error_rates.lines(home)


def test_the_command_names_the_file_that_is_moved_away_to_begin_anew(tmp_path, capsys):
    home = Home(tmp_path)

    assert commands()["error-rates"].handle(home, parser().parse_args(["error-rates"])) == 0

    assert f"all that was measured: {error_rates.path(home)}" in capsys.readouterr().out

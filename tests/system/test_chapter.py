import json
import re

import pytest

from tests.support.faults import chapter
from tests.support.faults.checker import Outcome
from tests.support.faults.table import FAULTS

PAGE = chapter.CHAPTER


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(chapter, "CHAPTER", tmp_path / "faults.md")
    monkeypatch.setattr(chapter, "RAW", tmp_path / "results" / "faults.json")
    monkeypatch.setattr(chapter, "machine", lambda laptop: "a machine")


@pytest.fixture
def outcomes():
    return [Outcome(fault.name, fault.expected, requests=1234) for fault in FAULTS]


def test_a_whole_run_writes_a_row_for_each_fault_and_the_raw_figures(outcomes):
    chapter.write(None, outcomes)

    rows = [line for line in chapter.CHAPTER.read_text().splitlines() if "1234" in line]
    assert len(rows) == len(FAULTS) == len(json.loads(chapter.RAW.read_text()))
    assert len({len(row) for row in rows}) == 1  # columns stand straight as text


def test_a_partial_run_does_not_change_the_chapter(outcomes):
    chapter.write(None, outcomes[1:])

    assert not chapter.CHAPTER.exists() and not chapter.RAW.exists()


def test_a_run_with_a_violation_does_not_change_the_chapter(outcomes):
    outcomes[3].wrong.append("an order that was never acknowledged")

    chapter.write(None, outcomes)

    assert not chapter.CHAPTER.exists()


def test_the_page_has_the_words_and_the_faults_of_the_present_test(outcomes):
    chapter.write(None, outcomes)

    assert without_figures(PAGE.read_text()) == without_figures(chapter.CHAPTER.read_text())


def without_figures(text):
    """The page without its measured columns, and without the machine that they depend on."""
    rows = re.sub(r"^(\|[^|]*\|).*(\|[^|]*\|)$", r"\1\2", text, flags=re.MULTILINE)
    return re.sub(r"^Measured on .*$", "", rows, flags=re.MULTILINE)

"""The reading path is short enough to be read: at most 20 files and 1,600 lines."""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
ROWS = re.findall(
    r"^\| \[(.+?)\]\((.+?)\) \| (.+) \|$", (DOCS / "reading.md").read_text(), re.MULTILINE
)
MOST_FILES, MOST_LINES = 20, 1700


def test_a_row_links_the_file_that_it_names():
    for name, link, _ in ROWS:
        assert link == f"../{name}"
        assert (DOCS / link).is_file(), name


def test_it_is_short_enough_to_be_read():
    files = [DOCS / link for _, link, _ in ROWS]

    assert len(set(files)) == len(files) <= MOST_FILES
    assert sum(len(file.read_text().splitlines()) for file in files) <= MOST_LINES


def test_each_file_is_described_by_one_sentence():
    sentences = [re.sub(r"\]\(.*?\)", "]", text) for *_, text in ROWS]

    assert [text for text in sentences if not re.fullmatch(r"[^.]*\.", text)] == []


def test_it_contains_the_file_of_each_property():
    readme = (DOCS.parent / "README.md").read_text()
    properties = re.findall(r"^\| [1-5] \|.*?\]\(([^)]+)\), \[chapter\]", readme, re.MULTILINE)

    assert len(properties) == 5
    assert {f"../{file}" for file in properties} <= {link for _, link, _ in ROWS}

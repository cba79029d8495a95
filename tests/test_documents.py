"""What the documents point at is there: files, tests, patches, and the commands of their
examples."""

import re
import shlex
from pathlib import Path

import pytest

from lab import patches
from lab.cli import parser

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def names(documents):
    return str(documents.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_a_link_leads_to_a_file_of_this_repository(document):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text())

    missing = [link for link in links if not (document.parent / link).exists()]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_a_test_that_a_document_names_exists(document):
    text, files = document.read_text(), list((ROOT / "tests").rglob("test_*.py"))
    known = {file.name for file in files} | {
        name for file in files for name in re.findall(r"def (test_\w+)\(", file.read_text())
    }

    assert [name for name in re.findall(r"\btest_\w+(?:\.py)?\b", text) if name not in known] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_a_command_in_an_example_is_one_that_escala_understands(document):
    blocks = re.findall(r"^```sh\n(.*?)^```", document.read_text(), re.DOTALL | re.MULTILINE)
    commands = re.findall(r"\./escala ([^;&|<>#)\n]*)", "\n".join(blocks))

    for command in commands:
        if not command.startswith("test"):  # whose words are pytest's
            parser().parse_args(shlex.split(command))


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_what_a_table_says_goes_red_with_a_patch_is_what_the_patch_names(document):
    rows = [row for row in document.read_text().splitlines() if row.startswith("|")]

    for row in rows:
        for name in re.findall(r"\bapply ([\w-]+)\.patch", row):
            red = " ".join(patches.patch_named(name).red)
            assert [file for file in re.findall(r"test_\w+\.py", row) if file not in red] == [], (
                name
            )

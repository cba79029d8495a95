"""The files, tests, patches and commands that the documents name exist."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from lab import experiments, patches
from lab.cli import commands, parser
from lab.experiments.shared import protocol

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "docs").glob("[1-5]*.md"))
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
    commands = re.findall(r"\./escala ([^;&|<>#)\n]*)", "\n".join(shell_blocks(document)))

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


def anchors(document):
    """The anchors that a Markdown page gets from its headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_a_link_to_a_heading_names_one_that_is_there(document):
    links = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", document.read_text())

    missing = [
        (file, anchor)
        for file, anchor in links
        if anchor not in anchors(document.parent / file if file else document)
    ]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_prose_is_at_most_100_characters_wide(document):
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    prose = [line for line in text.splitlines() if not line.startswith(("|", "![", "<!--"))]

    assert [line for line in prose if len(line) > 100 and "commit " not in line] == []


def test_the_index_links_every_document():
    folder = ROOT / "docs"
    index = folder / "README.md"
    linked = set(re.findall(r"\]\(([^)#:]+\.md)\)", index.read_text()))

    assert linked == {str(file.relative_to(folder)) for file in folder.rglob("*.md")} - {
        "README.md"
    }
    assert "(docs/README.md)" in (ROOT / "README.md").read_text()


def test_the_readme_is_short_and_its_first_screen_has_the_essentials():
    lines = (ROOT / "README.md").read_text().splitlines()
    screen = "\n".join(lines[:22])

    assert len(lines) < 150
    for essential in ["git clone", "./escala up", "./escala run headline", "students", "engineers"]:
        assert essential in screen
    assert len(re.findall(r"^\| [1-5] \|", screen, re.MULTILINE)) == 5


@pytest.mark.parametrize("chapter", CHAPTERS, ids=names)
def test_a_chapter_begins_with_what_it_gives_needs_and_takes(chapter):
    beginning = chapter.read_text().split("\n\n")[1]

    assert re.findall(r"^- \*\*(.+?)\*\*", beginning, re.MULTILINE) == [
        "Afterwards you can",
        "You need",
        "It takes",
    ]


def test_every_option_of_run_is_explained_in_the_documents():
    options = {word for option in commands()["run"].options for word in option.words}
    text = "\n".join(page.read_text() for page in (ROOT / "docs").glob("*.md"))

    assert sorted(option for option in options if option[:2] == "--" and option not in text) == []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=names)
def test_a_chapter_says_how_long_its_runs_take(chapter):
    runs = re.findall(r"^\./escala run (.+)$", "\n".join(shell_blocks(chapter)), re.MULTILINE)
    chosen = [parser().parse_args(["run", *shlex.split(words)]) for words in runs]
    seconds = sum(
        protocol.expected_seconds(experiment, run.quick)
        for run in chosen
        for experiment in experiments.chosen(run.experiments)
    )

    said = re.findall(r"(\d+) (?:minutes of it|of them) in `\./escala run`", chapter.read_text())
    assert said == [str(round(seconds / 60))] * bool(runs)


def shell_blocks(document):
    """The shell examples of a document."""
    block = r"^ *```(?:sh|bash|zsh|shell|console)\n(.*?)^ *```"
    return re.findall(block, document.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_a_comment_in_a_shell_example_is_harmless_in_zsh(document):
    lines = "\n".join(shell_blocks(document)).splitlines()

    # An interactive zsh knows no comments: `#` after a command is an argument of it, and on a line
    # of its own an unknown command. An apostrophe would begin a text that swallows what follows.
    assert [line for line in lines if re.search(r"\S +#( |$)", line)] == []
    comments = [line for line in lines if line.lstrip().startswith("#")]
    assert [line for line in comments if re.search(r"""['"`;()&|<>$*?!\\{}\[\]~]""", line)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_an_example_installs_packages_into_an_environment_of_its_own(document):
    for block in shell_blocks(document):
        before, pip, _ = block.partition("pip install")

        # Debian and Ubuntu refuse pip outside of an environment.
        assert not pip or re.search(r"python3 -m venv (\S+) && \. \1/bin/activate", before)


@pytest.mark.parametrize("folder", ["venv", ".venv", ".venv-one"])
def test_git_ignores_the_usual_environments(folder):
    command = ["git", "check-ignore", "--quiet", "--no-index", f"{folder}/bin/python"]

    assert subprocess.run(command, cwd=ROOT).returncode == 0


def test_the_environment_of_the_readme_is_ignored():
    made = re.search(r"python3 -m venv (\S+)", (ROOT / "README.md").read_text())[1]

    assert f"{made}/" in (ROOT / ".gitignore").read_text().splitlines()

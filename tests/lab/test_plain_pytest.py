"""Plain `pytest` in a checkout: real processes, on test files of this tree or of a copy."""

import os
import re
import subprocess
import sys

import pytest

from lab import patches
from lab.stack.home import ROOT

pytestmark = pytest.mark.slow

ONE_OF_EACH = (
    "tests/core_api/test_settings.py",
    "tests/analytics_api/test_settings.py",
    "tests/lab/test_testing.py",
)


def run(*words, folder=ROOT):
    """`pytest` with these arguments, outside of any suite."""
    environment = {name: value for name, value in os.environ.items() if name != "ESCALA_SUITE"}
    command = [sys.executable, "-m", "pytest", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def collected(*words, folder=ROOT):
    """The files of the tests that pytest would run."""
    done = run(*words, "--collect-only", "-q", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return set(re.findall(r"^(tests/[^:\s]+\.py)::", done.stdout, re.MULTILINE))


def test_each_project_has_its_own_settings_whatever_the_shell_exports(monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "core_api.settings")

    done = run(*ONE_OF_EACH, "--collect-only")

    assert done.returncode == 0
    assert re.findall(r"settings: (\w+)\.settings", done.stdout) == ["core_api", "analytics_api"]
    assert re.findall(r"^--- (\w+)", done.stderr, re.MULTILINE) == [
        "core_api",
        "analytics_api",
        "lab",
    ]


def test_without_a_path_it_takes_every_suite():
    files = collected("-k", "test_settings or test_testing or test_documents")

    assert files == {*ONE_OF_EACH, "tests/test_documents.py"}


def test_in_a_folder_it_takes_that_folder_and_paths_from_there():
    lab = ROOT / "tests" / "lab"

    assert {file[:10] for file in collected(folder=lab)} == {"tests/lab/"}
    assert collected("test_testing.py", "../core_api/test_settings.py", folder=lab) == {
        "tests/lab/test_testing.py",
        "tests/core_api/test_settings.py",
    }
    assert collected("lab", "-k", "testing", folder=lab.parent) >= {"tests/lab/test_testing.py"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["tests/lab/test_testing.py", "-k", "no_test_has_this_name"], 5),
        (["tests/lab/test_nothing.py"], 4),
        (["--no-such-option"], 4),
        (["--version"], 0),
    ],
)
def test_the_exit_code_is_the_one_that_pytest_has(words, code):
    assert run(*words, "--collect-only").returncode == code


def test_lf_runs_the_tests_that_failed_last_time_in_any_suite(tmp_path):
    tree = tmp_path / "tree"
    patches.copy_tree(tree)
    made = [
        tree / "tests" / suite / "test_made.py" for suite in ("core_api", "analytics_api", "lab")
    ]
    for file in made:
        file.write_text("def test_good(): pass\n\ndef test_bad(): assert 'analytics' in __file__\n")
    files = [str(file) for file in made]

    first = run(*files, folder=tree)
    made[0].write_text(made[0].read_text().replace("'analytics'", "'core'"))
    second = run("--lf", folder=tree)

    assert (first.returncode, second.returncode) == (1, 1)
    assert first.stdout.splitlines()[-1] == "4 passed, 2 failed, 0 skipped"
    assert second.stdout.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"

"""Suites side by side: real pytest processes, in a copy of the tree that has made-up tests only."""

import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

from lab import patches
from lab.polling import wait_until
from lab.stack.home import ROOT
from lab.testing import running, selection

pytestmark = pytest.mark.slow

HOSTILE, CORE = "core_api/test_hostile_admin.py", "core_api/test_made.py"
HAPROXY, LAB = "haproxy/test_made.py", "lab/test_made.py"
PATIENCE = 300  # seconds: what runs in the background gets only what is left of a busy machine
MEETING = """
import os
from pathlib import Path
from lab.polling import wait_until

def test_made():
    Path({mine!r}).touch()
    assert wait_until(Path({theirs!r}).exists, seconds={patience})
    assert (os.nice(0) == 19) == {background}
"""
ENDLESS = """
import time
from pathlib import Path
import pytest

@pytest.fixture
def system():
    Path({began!r}).touch()
    yield
    Path({ended!r}).touch()

def test_made(system):
    time.sleep(120)
"""
NO_SERVERS = """
from contextlib import nullcontext
Variables = dict
def servers(niceness): return nullcontext({})
"""
FAST = """
import pytest

@pytest.fixture
def running():
    pass

def test_made():
    pass

@pytest.mark.slow
def test_slow():
    pytest.fail("not left out")

def test_of_a_system(running):
    pytest.fail("not left out")
"""


@pytest.mark.parametrize("rows", [running.ROWS, running.FAST_ROWS], ids=["all", "fast"])
def test_every_suite_runs_once_and_the_measured_ones_beside_no_other(rows):
    stages = running.in_stages({name: ["tests"] for name in selection.SUITES}, rows)

    run = [name for lanes in stages for lane in lanes for name in lane.suites]
    assert sorted(run) == sorted(selection.SUITES)
    assert len(stages[-1]) == 1 and "measured" in stages[-1][0].suites


@pytest.fixture
def tree(tmp_path):
    """A copy of the tree with no tests, to which write() adds some; they need no servers."""
    folder = tmp_path / "tree"
    patches.copy_tree(folder)
    shutil.rmtree(folder / "tests")
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", folder / "tests")
    (folder / "lab" / "testing" / "servers.py").write_text(NO_SERVERS)
    return folder


def write(tree, file, text):
    path = tree / "tests" / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def start(tree, *words):
    """`pytest`, as in a terminal: outside of any suite, and with a process group of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "ESCALA_SUITE"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = [sys.executable, "-m", "pytest", *words]
    return subprocess.Popen(command, cwd=tree, env=environment, process_group=0, **pipes)


def test_suites_without_deadlines_run_beside_the_others_and_give_way_to_them(tree, tmp_path):
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    places = ((HOSTILE, first, second, True), (CORE, second, first, False))
    for file, mine, theirs, background in places:
        values = {"mine": mine, "theirs": theirs, "background": background}
        write(tree, file, MEETING.format(**values, patience=PATIENCE))

    with start(tree) as run:
        stdout, stderr = run.communicate(timeout=2 * PATIENCE)

    assert run.returncode == 0, stdout + stderr
    assert stdout.splitlines()[-1] == "2 passed, 0 failed, 0 skipped"
    assert set(re.findall(r"^--- (\w+)", stderr, re.MULTILINE)) == {"core_hostile", "core_api"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("files", [[HAPROXY, LAB], [LAB]], ids=["side by side", "alone"])
def test_an_interrupted_run_lets_its_tests_end_what_they_started(tree, tmp_path, files, number):
    began = [tmp_path / f"began-{index}" for index in range(len(files))]
    ended = [tmp_path / f"ended-{index}" for index in range(len(files))]
    for file, first, last in zip(files, began, ended, strict=True):
        write(tree, file, ENDLESS.format(began=str(first), ended=str(last)))

    with start(tree) as run:
        assert wait_until(lambda: all(mark.exists() for mark in began), seconds=PATIENCE)
        # Ctrl-C reaches all processes of the group.
        (os.killpg if number == signal.SIGINT else os.kill)(run.pid, number)
        run.communicate(timeout=PATIENCE)

    assert run.returncode == 2
    assert all(mark.exists() for mark in ended)


def test_fast_leaves_out_what_is_marked_slow_or_starts_a_system(tree):
    write(tree, LAB, FAST)

    with start(tree, "--fast") as run:
        stdout, stderr = run.communicate(timeout=PATIENCE)

    assert stdout.splitlines()[-1] == "1 passed, 0 failed, 0 skipped", stdout + stderr
    assert "2 deselected" in stdout

"""What other programs take: counted beside real ones, and by name."""

import os
import subprocess
import sys
from collections import Counter

import psutil
import pytest

from lab.analysis.disturbance import OWN_SHOP
from lab.laboratory import neighbours
from lab.laboratory.neighbours import HOST, UNSEEN, Process, Sample, Watch, spent, summary_of
from lab.polling import wait_until
from tests.support.burners import burning, everybody_else

SHORT_LIVED = "import subprocess\nwhile True: subprocess.run(['sh', '-c', ':'])"
NOBODY = {}


def seconds(process):
    return sum(process.cpu_times()[:4])


def watched(process, known):
    """A watch of a second and more, in which the process used processor time; what it used."""
    before = seconds(process)
    with Watch(known) as watch:
        assert wait_until(lambda: seconds(process) > before + 0.8, seconds=40)
    return watch, seconds(process) - before


def total(watch):
    return watch.samples[-1].total - watch.samples[0].total


@pytest.mark.parametrize("code", ["while True: pass", SHORT_LIVED], ids=["long", "short-lived"])
def test_a_program_counts_with_all_that_it_started_and_by_its_name(tmp_path, code):
    with burning(tmp_path, code=code) as (burner,):
        watch, used = watched(burner, everybody_else() - {burner.pid})
        with_it, without = watch.others(), summary_of(watch.samples, watch.known | {burner.pid})

    share = 100 * used / total(watch)
    assert with_it["programs"]["burner"] == pytest.approx(share, rel=0.3)
    # The kernel counts the time of the machine and that of a process differently.
    assert with_it["share"] >= max(0.4 * share, without["share"])
    assert "burner" not in without["programs"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-m", "gunicorn", "core_api.wsgi"], "gunicorn"),
        (["-u", "/home/me/train.py", "--fast"], "train.py"),
        (["-S", "-c", "while True: pass"], ""),
        ([], ""),
        (["-m"], ""),
    ],
    ids=str,
)
def test_an_interpreter_is_named_with_what_it_runs(words, expected):
    assert neighbours.script(words) == expected


def test_the_processes_of_the_callers_own_system_are_named_as_one(tmp_path, monkeypatch):
    monkeypatch.setenv("ESCALA_HOME", str(tmp_path / "home"))
    found = {}
    for name in ("foreign", "own"):
        with burning(tmp_path, name=name) as (burner,):
            found[name] = neighbours.take_sample().processes[burner.pid].name
        monkeypatch.setenv("ESCALA_PROCESS", "core-1")

    assert found == {"own": OWN_SHOP, "foreign": "foreign"}


def test_this_test_is_named_with_what_it_runs():
    assert "pytest" in neighbours.take_sample().processes[os.getpid()].name


def test_what_this_process_and_its_children_do_is_not_a_neighbours(tmp_path, monkeypatch):
    monkeypatch.setattr(neighbours, "MOST_PROGRAMS", 1000)
    code = "import time\nwhile time.process_time() < 0.5: pass\nprint(flush=True)\ninput()"
    (program := tmp_path / "own").symlink_to(os.path.realpath(sys.executable))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([str(program), "-S", "-c", code], **pipes) as own:
        with Watch() as watch:
            own.stdout.readline()
        own.stdin.close()

    assert "own" in {each.name for each in watch.samples[-1].processes.values()}
    assert "own" not in watch.others()["programs"]


def test_waiting_until_it_is_quiet_has_an_end(tmp_path, monkeypatch):
    with burning(tmp_path, count=psutil.cpu_count()) as burners:
        known = everybody_else() - {each.pid for each in burners}

        monkeypatch.setattr(neighbours, "LIMIT", 0.5)
        assert not neighbours.wait_until_quiet(known, seconds=0.1)
        monkeypatch.setattr(neighbours, "LIMIT", 100)
        assert neighbours.wait_until_quiet(known, seconds=0.1)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([{}, {7: Process(1, "new", 2)}], {7: 2}),
        ([{7: Process(1, "old", 2, 9)}, {7: Process(1, "old", 2.5, 9)}], {7: 0.5}),
        (
            [
                {7: Process(1, "make", 1), 8: Process(7, "cc", 5)},
                {7: Process(1, "make", 1, 6)},  # cc used a second more and ended
            ],
            {7: 1},
        ),
        (
            [
                {7: Process(1, "sh", 1), 8: Process(7, "make", 2, 3), 9: Process(8, "cc", 5)},
                {7: Process(1, "sh", 1, 11)},  # make buried cc, then sh buried make
            ],
            {7: 1},
        ),
        (
            [
                {7: Process(1, "supervisor", 1), 8: Process(7, "master", 2), 9: Process(8, "w", 9)},
                {7: Process(1, "supervisor", 1, 2), 1: Process(0, "any name", 0, 9)},  # both killed
            ],
            {7: 0, 1: 0},
        ),
        (
            [
                {7: Process(1, "make", 1), 8: Process(7, "cc", 5)},
                {7: Process(1, "make", 1)},  # cc ended while the sample was taken
                {7: Process(1, "make", 1, 6)},
            ],
            {7: 1},
        ),
        (
            [{7: Process(1, "orphan", 9)}, {8: Process(1, "systemd", 1, 9)}],
            {8: 1},
        ),
    ],
    ids=["new", "running", "child", "tree", "killed tree", "late", "orphan"],
)
def test_the_time_of_ended_children_is_counted_once(samples, expected):
    total = Counter()
    for used in spent(samples):
        total.update(used)

    assert total == pytest.approx(expected)


def sample(*, busy, idle, stolen=0.0, interrupts=0.0, **processes):
    """Each process is `name=(pid, parent, seconds)`."""
    found = {pid: Process(parent, name, own) for name, (pid, parent, own) in processes.items()}
    return Sample(busy + idle + stolen + interrupts, idle, busy, stolen, found)


@pytest.mark.parametrize(
    ("after", "share", "contended", "programs"),
    [
        (sample(busy=4, idle=6, core=(10, 1, 4)), 0, 0, NOBODY),
        (sample(busy=4, idle=6, worker=(11, 10, 4)), 0, 0, NOBODY),  # a child of the system
        (sample(busy=4, idle=6, chrome=(20, 1, 4)), 40, 0, {"chrome": 40}),
        (sample(busy=10, idle=0, core=(10, 1, 6), chrome=(20, 1, 4)), 40, 40, {"chrome": 40}),
        (sample(busy=4, idle=6), 40, 0, {UNSEEN: 40}),
        (sample(busy=6, idle=0, stolen=4, core=(10, 1, 6)), 40, 40, {HOST: 40}),
        (sample(busy=0, idle=0, interrupts=10), 0, 0, NOBODY),
        (sample(busy=10, idle=0, kthreadd=(2, 0, 0), kworker=(3, 2, 10)), 0, 0, NOBODY),
    ],
    ids=["own", "child", "idle", "full", "unseen", "stolen", "interrupts", "kernel"],
)
def test_neighbours_have_what_no_known_process_used(after, share, contended, programs):
    found = summary_of([sample(busy=0, idle=0), after], known={10})

    assert (found["share"], found["contended"]) == (share, contended)
    assert found["programs"] == programs


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="it cannot be bound to a processor"
)
@pytest.mark.parametrize("bound", [False, True])
def test_only_the_processors_that_the_laboratory_may_use_are_its_machine(bound):
    allowed = os.sched_getaffinity(0)
    own = {min(allowed)} if bound else allowed
    every = os.cpu_count() == len(own)

    def used():
        return sum(sum(times[:8]) for n, times in enumerate(psutil.cpu_times(True)) if n in own)

    try:
        os.sched_setaffinity(0, own)
        before, sample, after = used(), neighbours.take_sample(), used()
    finally:
        os.sched_setaffinity(0, allowed)

    assert before - 0.1 <= sample.total <= after + 0.1
    assert sample.is_part != every


def test_a_program_cannot_have_used_more_of_these_processors_than_neighbours_did():
    first = sample(busy=0, idle=0)._replace(is_part=True)
    last = sample(busy=4, idle=6, chrome=(20, 1, 30), code=(21, 1, 10))._replace(is_part=True)

    found = summary_of([first, last], known={10})

    assert (found["share"], found["programs"]) == (40, {"chrome": 30, "code": 10})

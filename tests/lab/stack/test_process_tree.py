import os
import subprocess
import sys
import time

import psutil
import pytest

from lab.polling import wait_until
from lab.stack import process_tree
from lab.stack.home import Home

# A parent whose child leaves its session, as Postgres' children do.
FAMILY = """
import subprocess, time
subprocess.Popen(['sleep', '60'], start_new_session=True)
time.sleep(60)
"""


@pytest.fixture
def start():
    """A function that starts a parent with a child and gives back the parent's pid."""
    parents = []

    def start_family(**variables):
        process = subprocess.Popen([sys.executable, "-c", FAMILY], env=os.environ | variables)
        parents.append(process)
        assert wait_until(lambda: len(process_tree.tree_of(process.pid)) == 2, seconds=10)
        return process.pid

    yield start_family
    for process in parents:
        process_tree.kill(process_tree.tree_of(process.pid))
        process.wait()


def statuses(pid):
    return {process.status() for process in process_tree.tree_of(pid)}


def test_a_whole_tree_is_frozen_and_goes_on_again(start):
    pid = start()

    process_tree.freeze(pid)
    assert wait_until(lambda: statuses(pid) == {psutil.STATUS_STOPPED}, seconds=5)
    assert process_tree.is_frozen(pid)

    process_tree.resume(pid)
    assert wait_until(lambda: statuses(pid) == {psutil.STATUS_SLEEPING}, seconds=5)


def test_killing_what_was_frozen_leaves_no_child_behind(start):
    family = process_tree.freeze(start())

    process_tree.kill(family)

    assert len(family) == 2
    gone, alive = psutil.wait_procs(family[1:], timeout=5)
    assert not alive


def test_ours_are_those_that_carry_the_homes_mark_and_a_name(start, home):
    marked = start(ESCALA_HOME=str(home.folder), ESCALA_PROCESS="core-1")
    start(ESCALA_HOME=str(home.folder))  # a shell that exported the home
    start(ESCALA_HOME=str(home.folder) + "-2", ESCALA_PROCESS="core-1")

    found = {process.pid for process in process_tree.processes_of(home)}

    assert found == {process.pid for process in process_tree.tree_of(marked)}
    assert {process.pid for process in process_tree.processes_of(home, "core-1")} == found
    assert process_tree.processes_of(home, "core-2") == []
    assert process_tree.processes_of(Home(home.folder / "other", 9000)) == []


def test_ending_wakes_the_frozen_and_kills_the_stubborn(start):
    frozen = process_tree.freeze(start())
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        " print(flush=True); time.sleep(60)"
    )
    stubborn = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    stubborn.stdout.readline()  # it ignores TERM from here on
    everything = [*frozen, psutil.Process(stubborn.pid)]

    began = time.monotonic()
    process_tree.end(everything, seconds=1)

    assert time.monotonic() - began < 5
    assert not [process for process in everything if process.is_running()]


# A child that uses half a second of processor time and ends.
PARENT = """
import subprocess, sys, time
child = "import time\\nwhile time.process_time() < 0.5: pass"
subprocess.run([sys.executable, '-c', child])
print(flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(
    sys.platform != "linux", reason="macOS does not keep the time of ended children"
)
def test_the_processor_time_of_a_tree_includes_children_that_have_ended():
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    process.stdout.readline()

    assert process_tree.cpu_seconds(process.pid) >= 0.5

    process_tree.kill(process_tree.tree_of(process.pid))
    process.wait()
    process.stdout.close()
    assert process_tree.cpu_seconds(process.pid) == 0


IN_STEPS = """
import time
for step in range(8):
    while time.process_time() < 0.1 + 0.003 * step: pass
    print(time.process_time(), flush=True)
    input()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it counts in steps of 10 ms")
def test_the_processor_time_of_a_running_process_is_exact():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", IN_STEPS], **pipes) as process:
        for _ in range(8):
            told = float(process.stdout.readline())
            assert process_tree.cpu_seconds(process.pid) == pytest.approx(told, abs=0.002)
            process.stdin.write("\n")
            process.stdin.flush()


# A process with a second thread; both sleep so many times and then wait.
SLEEPER = """
import sys, threading, time
def sleep():
    for _ in range(int(sys.argv[1])): time.sleep(0.001)
other = threading.Thread(target=lambda: (sleep(), input()))
other.start()
sleep()
print(flush=True)
other.join()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the first thread counts")
@pytest.mark.parametrize("times", [0, 100])
def test_each_sleep_of_each_thread_is_a_wake_up(times):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", SLEEPER, str(times)], **pipes) as process:
        process.stdout.readline()
        # The interpreter's start sleeps a few times too.
        assert wait_until(
            lambda: process_tree.wakeups(psutil.Process(process.pid)) >= 2 * times, seconds=5
        )
        assert process_tree.wakeups(psutil.Process(process.pid)) < 2 * times + 100
        process.stdin.close()

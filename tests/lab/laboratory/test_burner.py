"""The program that burns: it uses its share, looks like a stranger, and ends on every path."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from lab.laboratory import burner, neighbours
from lab.polling import wait_until
from lab.stack.home import ROOT

HOLDS_ONE = (
    "from lab.laboratory import burner\n"
    "with burner.burning(30) as process:\n    print(process.pid, flush=True)\n    input()"
)


def used(process):
    return sum(process.cpu_times()[:2])


def has_ended(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_it_uses_its_share_of_one_processor():
    with burner.burning(30) as part, burner.burning(100) as whole:
        began, before = time.monotonic(), [used(part), used(whole)]
        assert wait_until(lambda: used(whole) > before[1] + 1, seconds=60)
        shares = [used(part) - before[0], used(whole) - before[1]]
        passed = time.monotonic() - began

    assert 0.1 * shares[1] < shares[0] < 0.8 * shares[1]
    assert shares[0] <= 0.3 * passed + 2 * burner.PERIOD


def test_it_is_a_neighbour_although_the_laboratory_started_it():
    with burner.burning(30) as process:
        found = neighbours.take_sample().processes

        assert process.pid not in neighbours.families({os.getpid()}, found)
        assert "lab.laboratory.burner" in found[process.pid].name


def test_it_has_ended_after_the_block_and_after_an_error():
    with pytest.raises(LookupError), burner.burning(30) as process:
        raise LookupError

    assert has_ended(process.pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_it_ends_with_the_process_that_started_it(number):
    command = [sys.executable, "-c", HOLDS_ONE]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as holder:
        pid = int(holder.stdout.readline())
        assert not has_ended(pid)
        holder.send_signal(number)
        holder.wait(timeout=30)

    assert wait_until(lambda: has_ended(pid), seconds=10)

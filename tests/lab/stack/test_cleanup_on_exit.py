"""What a long command started is ended, however the command ends."""

import signal
import subprocess
import sys

import pytest

COMMAND = """
import signal, time
from lab.stack import process_tree

def end():
    print("ending", flush=True)
    signal.sigtimedwait([], 1)
    print("ended", flush=True)

with process_tree.cleanup_on_exit(end):
    print("began", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def command():
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "began\n"
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_started_is_ended_and_a_second_signal_leaves_no_half(command, number):
    command.send_signal(number)
    assert command.stdout.readline() == "ending\n"
    command.send_signal(number)

    assert command.stdout.readline() == "ended\n"
    assert command.wait(timeout=10) != 0
    assert "KeyboardInterrupt" in command.stderr.read()

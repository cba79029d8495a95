"""A program that burns processor time: a neighbour of a known size, for `./escala error-rates`.

It must look like a stranger. So it is no child of the laboratory, whose own processes are no
neighbours (neighbours.py), and it has a session of its own, because Linux first divides the
processors among sessions. It ends when its input does, so also when the laboratory is killed.
"""

import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from lab.polling import PATIENCE, wait_until
from lab.stack import process_tree
from lab.stack.home import ROOT

PERIOD = 0.1  # seconds; in each of them it works first and then sleeps
# The shell gives a program in the background no input of its own, so 3 stands for ours.
IN_BACKGROUND = 'exec 3<&0; "$@" <&3 >/dev/null 2>&1 & echo $!'


def burn(percent: float) -> None:
    """Uses so many percent of one processor until the input ends."""
    while not select.select([sys.stdin], [], [], 0)[0]:
        begun, used = time.monotonic(), time.process_time()
        while time.process_time() - used < PERIOD * percent / 100:
            pass
        time.sleep(max(0, begun + PERIOD - time.monotonic()))


@contextmanager
def burning(percent: float) -> Iterator[psutil.Process]:
    """A process that uses so many percent of one processor during the `with` block.

    It has ended after the block, also after an error, Ctrl-C and SIGTERM.
    """
    program = [sys.executable, "-m", "lab.laboratory.burner", str(percent)]
    with subprocess.Popen(
        ["sh", "-c", IN_BACKGROUND, "sh", *program],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as shell:
        assert shell.stdout
        process = psutil.Process(int(shell.stdout.readline()))
        # By this object and not by its number, which may be another program's by then.
        with process_tree.cleanup_on_exit(lambda: process_tree.end([process])):
            wait_until(lambda: sum(process.cpu_times()[:2]) > PERIOD, seconds=PATIENCE)
            yield process


if __name__ == "__main__":
    burn(float(sys.argv[1]))

"""Programs that use processors and belong to nobody that is measured; each ends by its pid."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psutil

from lab.polling import wait_until
from lab.stack import process_tree

ENDLESS = "while True: pass"


@contextmanager
def burning(folder, count=1, code=ENDLESS, name="burner"):
    """So many programs of this name that run the code; a list of their psutil processes.

    They are no children of this process: the shell that starts them ends at once.
    """
    program = Path(folder) / name
    if not program.exists():
        program.symlink_to(os.path.realpath(sys.executable))
    started = []
    try:
        for _ in range(count):
            line = '"$0" -S -c "$1" >/dev/null 2>&1 & echo $!'
            command = ["sh", "-c", line, str(program), code]
            # A session of its own, because Linux divides the processors among sessions first.
            done = subprocess.run(
                command, capture_output=True, text=True, check=True, start_new_session=True
            )
            started.append(psutil.Process(int(done.stdout)))
        for process in started:
            assert wait_until(lambda process=process: process.name() == name, seconds=10)
        yield started
    finally:
        for process in started:
            process_tree.kill(process_tree.tree_of(process.pid))
        psutil.wait_procs(started, timeout=10)


def everybody_else():
    """The pids of all processes but those that adopt orphans: with them the machine is quiet."""
    found = {each.pid: each.info["name"] for each in psutil.process_iter(["name"])}
    return {pid for pid, name in found.items() if pid != 1 and name != "systemd"}

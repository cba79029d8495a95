"""COMMANDS of the two Django projects: `manage.py PROJECT ...`, run with the environment of this
system."""

import subprocess
from contextlib import ExitStack

from lab.errors import Failure
from lab.stack import environment
from lab.stack.home import ROOT
from lab.stack.processes import PYTHON

SEED_SECONDS = 900  # a hundred thousand orders on a slow machine


def manage(home, wanted, *commands, seconds=300):
    """Runs several `(project, words...)` side by side and waits for all; the outputs, or the
    failure of the first."""
    with ExitStack() as open_files:
        running = []
        for project, *words in commands:
            log = home.log(f"{project}-{words[0]}")
            errors = open_files.enter_context(open(log, "w"))
            process = subprocess.Popen(
                [PYTHON, "manage.py", f"{project}_api", *words],
                env=environment.of_command(home, wanted, project),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
            running.append((process, log))
        return [_output(process, log, seconds) for process, log in running]


def _output(process, log, seconds):
    what = " ".join(process.args[1:])
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failure(f"{what} took longer than {seconds} s", "./escala status", log=log) from None
    if process.returncode:
        raise Failure(f"{what} failed", f"look at {log}", log=log)
    return output

"""Run `manage.py PROJECT COMMAND` with the environment of a system."""

import subprocess
from contextlib import ExitStack
from pathlib import Path

from lab.errors import Failure
from lab.stack import environment
from lab.stack.desired import DesiredState
from lab.stack.home import ROOT, Home
from lab.stack.processes import PYTHON

SEED_SECONDS = 900  # a hundred thousand orders on a slow machine


def manage(
    home: Home, state: DesiredState, *commands: tuple[str, ...], seconds: float = 300
) -> list[str]:
    """Run commands side by side and return the output of each; each is (project, word, ...).

    Raise Failure when one fails or takes longer than `seconds`.
    """
    with ExitStack() as open_files:
        running = []
        for project, *arguments in commands:
            log = home.log(f"{project}-{arguments[0]}")
            errors = open_files.enter_context(open(log, "w"))
            command = ["manage.py", f"{project}_api", *arguments]
            process = subprocess.Popen(
                [PYTHON, *command],
                env=environment.of_command(home, state, project),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
            running.append((process, command, log))
        return [_output(*process, seconds) for process in running]


def _output(process: subprocess.Popen[str], arguments: list[str], log: Path, seconds: float) -> str:
    what = " ".join(arguments)
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failure(f"{what} took longer than {seconds} s", "./escala status", log=log) from None
    if process.returncode:
        raise Failure(f"{what} failed", f"look at {log}", log=log)
    return output

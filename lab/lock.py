"""LOCK: one command at a time changes a system."""

import fcntl
import os
from contextlib import contextmanager

from lab.failures import Failure
from lab.waiting import wait_until


@contextmanager
def only_one(home, command, *, patience=3):
    """Holds the home's lock; refuses after `patience` seconds, naming the command that has it.

    The kernel gives the lock back when its holder ends, however it ends.
    """
    home.create()
    with open(home.config / "lock", "a+") as file:
        if not wait_until(lambda: _taken(file), seconds=patience):
            file.seek(0)
            raise Failure(
                f"another command is changing this system: {file.read().strip() or 'unknown'}",
                "wait for it to end, then try again",
            )
        file.truncate(0)
        file.write(f"{command} (pid {os.getpid()})")
        file.flush()
        yield


def _taken(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

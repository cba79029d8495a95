"""LOGS: what the processes wrote, each in a file of its own in the home's logs folder."""

import os

from lab import wanted
from lab.failures import Failure


def show(home, name=None, *, follow=False):
    """Prints the last lines of one log, or of all; with `follow` it goes on until interrupted."""
    if name and name != "supervisor":
        wanted.check_name(name)
    paths = [home.log(name)] if name else sorted(home.logs.glob("*.log"))
    paths = [str(path) for path in paths if path.exists()]
    if not paths:
        raise Failure(f"there is no log yet in {home.logs}", "./escala up")
    os.execvp("tail", ["tail", "-n", "100" if name else "10", *(["-F"] if follow else []), *paths])

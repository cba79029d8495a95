"""`./escala board`: see to it that the board runs, and return its address."""

import dataclasses
import os
from pathlib import Path

from lab.errors import Failure, WrongUsage
from lab.stack import desired, faults, ports, scale, status
from lab.stack.home import Home

SAVED = 'id="recording"'  # in each file that the board saves


def board(home: Home) -> str:
    """Return the address of the board of a running system; start the board if it does not run.

    Raise Failure when no system runs, or runs without the laboratory's additions.
    """
    supervisor, state = scale.running_supervisor(home), desired.load(home)
    if state.levers["LAB"] == "off":
        raise Failure("LAB=off: the board is a part of the laboratory", "./escala up --set LAB=on")
    if not state.board:
        ports.check(home, ["board"])
        state = dataclasses.replace(state, board=True)
        desired.save(home, state)
    if supervisor.states()["board"][0] != "running":
        faults.start(home, "board")
    return str(status.addresses(home, state)["board"])


def recording(file: str) -> str:
    """Return the address of a saved recording; raise WrongUsage for another file."""
    path = Path(os.environ.get("ESCALA_CALLER", "."), file).resolve()
    try:
        is_ours = SAVED in path.read_text(errors="replace")
    except OSError as error:
        raise WrongUsage(f"{path} cannot be read: {error.strerror}", "name another FILE") from None
    if not is_ours:
        raise WrongUsage(
            f"{path} is no recording of the board", "name a file that its button `save` wrote"
        )
    return path.as_uri()

"""The command that shows the running system live."""

import argparse
import webbrowser

from lab.cli import Group, answer, option
from lab.stack.home import Home, locked

GROUP = Group()


@GROUP.command(
    "board",
    "print the address of the board, a live picture of the system; start it if need be",
    option("--open", action="store_true", help="open it in a browser"),
    option(
        "--replay", metavar="FILE", help="the address of a recording that the board saved instead"
    ),
)
def board(home: Home, arguments: argparse.Namespace) -> int:
    from lab.board import start

    if arguments.replay:
        address = start.recording(arguments.replay)
    else:
        with locked(home, "board", patience=30):
            address = start.board(home)
    if arguments.open:
        webbrowser.open(address)
    return answer(arguments, {"board": address}, address)

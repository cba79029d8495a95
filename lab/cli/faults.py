"""Commands that break one process on purpose, start it again, and check that nothing is lost."""

import argparse

from lab.cli import Group, answer, done, option
from lab.stack.home import Home, locked

GROUP = Group()


@GROUP.command(
    "kill",
    "kill or freeze one process, until `start`",
    option(
        "name",
        metavar="NAME",
        help="core-2, analytics-1, worker-1, relay, postgres, cache, haproxy ...",
    ),
    option(
        "--signal",
        choices=("KILL", "STOP", "TERM"),
        default="KILL",
        help="KILL ends it at once, STOP freezes it, TERM asks it to end (default: KILL)",
    ),
)
def kill(home: Home, arguments: argparse.Namespace) -> int:
    from lab.stack import faults

    # A fault can happen at any time, so this command alone does not wait for the lock.
    faults.kill(home, arguments.name, arguments.signal)
    name = arguments.name
    sent = f"sent {arguments.signal} to {name}"
    return done(arguments, f"{sent}; start it again with ./escala start {name}")


@GROUP.command(
    "start",
    "start a stopped process, or resume a frozen one",
    option("name", metavar="NAME"),
)
def start(home: Home, arguments: argparse.Namespace) -> int:
    from lab.stack import faults

    with locked(home, "start", patience=30):
        faults.start(home, arguments.name)
    return done(arguments, f"{arguments.name} is running")


@GROUP.command(
    "stop",
    "stop one process after its current work, until `start`",
    option("name", metavar="NAME"),
)
def stop(home: Home, arguments: argparse.Namespace) -> int:
    from lab.stack import faults

    with locked(home, "stop", patience=30):
        faults.stop(home, arguments.name)
    name = arguments.name
    return done(arguments, f"{name} is stopped; start it again with ./escala start {name}")


@GROUP.command("audit", "check every invariant in both databases")
def audit(home: Home, arguments: argparse.Namespace) -> int:
    from lab.stack import audit

    document = audit.audit(home)
    return answer(arguments, document, audit.as_text(document), document["ok"])

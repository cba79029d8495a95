"""Commands that break one process on purpose, bring it back, and check that nothing was lost."""

from lab.cli import Group, answer, done, option
from lab.stack.home import only_one

GROUP = Group()


@GROUP.command(
    "kill",
    "kill or freeze one process; it stays down until `start`",
    option(
        "name",
        metavar="NAME",
        help="core-2, analytics-1, worker-1, relay, postgres, cache, haproxy ...",
    ),
    option(
        "--signal",
        choices=("KILL", "STOP", "TERM"),
        default="KILL",
        help="STOP freezes (default: KILL)",
    ),
)
def kill(home, arguments):
    from lab.stack import faults

    # A fault happens at any time, so this is the one command that does not wait for the lock.
    faults.kill(home, arguments.name, arguments.signal)
    sent = f"{arguments.name} was sent {arguments.signal}"
    return done(arguments, f"{sent}; ./escala start {arguments.name} brings it back")


@GROUP.command(
    "start",
    "start a process that was killed or stopped, or wake a frozen one",
    option("name", metavar="NAME"),
)
def start(home, arguments):
    from lab.stack import faults

    with only_one(home, "start", patience=30):
        faults.start(home, arguments.name)
    return done(arguments, f"{arguments.name} runs")


@GROUP.command(
    "stop",
    "stop one process after it finished its work; it stays down until `start`",
    option("name", metavar="NAME"),
)
def stop(home, arguments):
    from lab.stack import faults

    with only_one(home, "stop", patience=30):
        faults.stop(home, arguments.name)
    name = arguments.name
    return done(arguments, f"{name} is stopped; ./escala start {name} brings it back")


@GROUP.command("audit", "check every invariant in both databases; name each violation")
def audit(home, arguments):
    from lab.stack import audit

    document = audit.audit(home)
    return answer(arguments, document, audit.as_text(document), document["ok"])

"""COMMANDS of `./escala` as argparse knows them: what runs, faults, measurements, tests."""

import argparse

from lab import levers
from lab.failures import WrongUsage


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise WrongUsage(message, f"{self.prog} --help")


def parser():
    """The parser of the whole command line; wrong usage is a WrongUsage."""
    top = Parser(
        prog="./escala", description="A scalability laboratory: a shop, replicated, on one laptop."
    )
    top.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name, help, *, reports=True):
        added = subparsers.add_parser(name, help=help, description=help)
        text = "one JSON document on stdout" if reports else argparse.SUPPRESS
        added.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=text)
        return added

    _add_running(command)
    _add_faults(command)
    _add_measurements(command)
    _add_tests(command)
    return top


def _add_running(command):
    up = command("up", "start everything, or change what runs to what is asked; wait until healthy")
    up.add_argument(
        "--replicas", type=int, metavar="N", help="instances of core_api, 1 to 8 (first: 2)"
    )
    up.add_argument(
        "--workers", type=int, metavar="N", help="workers for long tasks, 1 to 4 (first: 1)"
    )
    up.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help=f"a lever: {levers.told()}"
    )
    command("secrets", "print a fresh set of secrets for containers, as KEY=value lines")
    command("status", "what runs, how HAProxy sees it, addresses and logins")
    scale = command("scale", "more or fewer instances, without a failed request")
    scale.add_argument(
        "group",
        nargs="?",
        default="core",
        choices=("core", "analytics"),
        help="core when not given",
    )
    scale.add_argument("number", type=int, metavar="N", help="core: 1 to 8; analytics: 1 to 4")
    command("workers", "more or fewer workers for long tasks").add_argument(
        "number", type=int, metavar="N", help="1 to 4"
    )


def _add_faults(command):
    command(
        "rolling-restart",
        "start every service again, one after the other, without a failed request",
    )
    kill = command("kill", "strike one process; it stays down until `start`")
    kill.add_argument(
        "name",
        metavar="NAME",
        help="core-2, analytics-1, worker-1, relay, postgres, cache, haproxy ...",
    )
    kill.add_argument(
        "--signal",
        choices=("KILL", "STOP", "TERM"),
        default="KILL",
        help="STOP freezes (default: KILL)",
    )
    command("start", "start one process again, or wake a frozen one").add_argument(
        "name", metavar="NAME"
    )
    command("stop", "stop one process in good order; it stays down until `start`").add_argument(
        "name", metavar="NAME"
    )
    logs = command("logs", "the last lines of one process's log, or of all", reports=False)
    logs.add_argument("name", nargs="?", metavar="NAME")
    logs.add_argument("--follow", "-f", action="store_true", help="go on showing new lines")
    command("audit", "check every invariant in both databases; name each violation")
    down = command("down", "end everything")
    down.add_argument("--wipe", action="store_true", help="also remove data, logs and secrets")


def _add_measurements(command):
    bench = command("bench", "what a request costs in each tier, compared in one run")
    bench.add_argument(
        "--peers", action="store_true", help="also stock DRF, cacheops, cachalot, cache_page"
    )
    bench.add_argument(
        "--growth",
        action="store_true",
        help="instead: what is asked of a shop a hundred times larger",
    )
    bench.add_argument(
        "--repeats", type=int, default=5, metavar="N", help="rounds over all rows (default: 5)"
    )
    bench.add_argument(
        "--write", action="store_true", help="with --peers: put the table into README.md"
    )
    run = command("run", "experiments: measure each claim, and say true, false or unknown")
    run.add_argument(
        "experiments",
        nargs="*",
        default=["headline"],
        metavar="NAME",
        help="2b, failover, all ... (default: headline)",
    )
    run.add_argument("--quick", action="store_true", help="fewer and shorter measurements")
    run.add_argument(
        "--seed", type=int, default=1, metavar="S", help="the same arrivals and moments again"
    )
    run.add_argument(
        "--prove",
        action="store_true",
        help="take each claim's reason away: all must come out false",
    )
    command("experiments", "what `run` can measure, and how long it takes")
    report = command("report", "the HTML report of a run, made again from its raw records")
    report.add_argument(
        "folder", nargs="?", metavar="FOLDER", help="of results/ (default: the newest run)"
    )
    report.add_argument(
        "--figures", metavar="FOLDER", help="write each figure as ID.svg into this folder instead"
    )


def _add_tests(command):
    test = command("test", "run the tests, on servers of their own", reports=False)
    test.add_argument(
        "--containers", action="store_true", help="those of docker/ instead, on a Docker engine"
    )
    test.add_argument(
        "--patches", action="store_true", help="take each protection away and see its test go red"
    )
    test.add_argument("--fuzz", action="store_true", help="long, seeded fuzzing of both APIs")
    test.add_argument(
        "--soak", type=float, metavar="MINUTES", help="random faults, and the audit after each"
    )
    test.add_argument("--seed", type=int, metavar="S", help="of --soak and --fuzz: the same again")
    test.add_argument(
        "pytest", nargs="*", metavar="PYTEST ARGS", help="such as tests/lab, or -k order"
    )

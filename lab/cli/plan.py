"""The command that says what a load needs, without sending it."""

import argparse
import shutil
from pathlib import Path

from lab import console
from lab.cli import P95, YES, Group, answer, option
from lab.errors import WrongUsage
from lab.stack.home import Home

GROUP = Group()
HELP = "./escala plan --help"
MOST_RATE = 100_000  # requests/s
MOST_P95 = 10_000  # ms: the generator waits so long
SHARES = {"reads": 95.0, "orders": 4.0, "reports": 1.0}  # the mix of experiment 0


@GROUP.command(
    "plan",
    "say what a load needs, from costs measured on this machine",
    option("--rate", type=float, required=True, metavar="R", help="the wished requests/s"),
    P95,
    *(
        option(
            f"--{kind}",
            type=float,
            default=share,
            metavar="SHARE",
            help=f"how many of all requests are {kind} (default: {share:g})",
        )
        for kind, share in SHARES.items()
    ),
    option("--again", action="store_true", help="measure, although costs are known"),
    option("--quick", action="store_true", help="when it measures: fewer and shorter phases"),
    option(
        "--seed",
        type=int,
        default=1,
        metavar="S",
        help="when it measures: the seed of the arrivals (default: 1)",
    ),
    option("--from", dest="source", metavar="FILE", help="a plan.jsonl, also of another machine"),
    YES,
)
def plan(home: Home, arguments: argparse.Namespace) -> int:
    _check("--rate", arguments.rate, MOST_RATE)
    _check("--p95", arguments.p95, MOST_P95)
    shares = _shares(arguments)
    if arguments.source is not None and arguments.again:
        raise WrongUsage("--from and --again exclude each other", HELP)
    from lab.analysis.needs import Load
    from lab.laboratory import plan, results

    load = Load(arguments.rate, shares, arguments.p95)
    if arguments.source is not None:
        path = results.callers_path(arguments.source)
    else:
        known = None if arguments.again else plan.newest(home)
        path = known or _measured(home, arguments)
    found = plan.Plan(path, load)
    return answer(arguments, found.as_document(), found.as_text(), found.fits == "true")


def _measured(home: Home, arguments: argparse.Namespace) -> Path:
    from lab.laboratory import plan_measurement, results

    console.say("measuring the costs of requests; another plan will use them too")
    folder = results.new_folder(home)
    path = folder / plan_measurement.RAW
    try:
        plan_measurement.measure(path, quick=arguments.quick, seed=arguments.seed)
    except BaseException:  # nothing was measured completely
        shutil.rmtree(folder)
        raise
    return path


def _shares(arguments: argparse.Namespace) -> dict[str, float]:
    """The share of each kind of request; they add up to 1."""
    given = {kind: getattr(arguments, kind) for kind in SHARES}
    for kind, share in given.items():
        if not 0 <= share <= 1_000_000:  # also when it is NaN
            raise WrongUsage(f"--{kind} {share:g} is not at least 0 and at most 1,000,000", HELP)
    if not sum(given.values()):
        raise WrongUsage("--reads, --orders and --reports add up to 0", HELP)
    return {kind: share / sum(given.values()) for kind, share in given.items()}


def _check(name: str, value: float, most: float) -> None:
    if not 0 < value <= most:  # also when it is NaN
        raise WrongUsage(f"{name} {value:g} is not above 0 and at most {most:,}", HELP)

"""The command that measures the capacity of any address, without a system of its own."""

import argparse
import shutil

from lab import console
from lab.cli import P95, Group, answer, option
from lab.errors import WrongUsage
from lab.stack.home import Home

GROUP = Group()
HELP = "./escala capacity --help"


@GROUP.command(
    "capacity",
    "find the capacity of any HTTP address, under an objective",
    option("url", metavar="URL", help="an address on loopback, or one that is yours"),
    P95,
    option(
        "--header",
        action="append",
        default=[],
        metavar="'NAME: VALUE'",
        help="send this header; may be given several times; values are not recorded",
    ),
    option("--body", metavar="FILE", help="send the content of this file (then: POST)"),
    option("--method", metavar="METHOD", help="the HTTP method (default: GET, with --body POST)"),
    option(
        "--guess",
        type=float,
        metavar="RATE",
        help="begin the search at this many requests/s (default: finds one itself)",
    ),
    option(
        "--yes-it-is-mine",
        action="store_true",
        help="the address is not on loopback, but yours: you may load it until it fails",
    ),
)
def capacity(home: Home, arguments: argparse.Namespace) -> int:
    from lab.analysis.capacity import Objective
    from lab.laboratory import address, answer_report, results, run
    from lab.laboratory.answer import RAW, Answer, objective_text
    from lab.workload import generator, target

    _check("--p95", arguments.p95, 1000 * generator.TIMEOUT)
    _check("--guess", arguments.guess, address.MOST_RATE)
    file = results.callers_path(arguments.body) if arguments.body is not None else None
    aim = target.target(
        arguments.url,
        method=arguments.method,
        headers=arguments.header,
        file=file,
        is_mine=arguments.yes_it_is_mine,
    )
    objective = Objective(arguments.p95)
    console.say(f"{aim.method} {aim.url}\n  at {', '.join(aim.ips)}; {address.limits()}")
    console.say(f"  objective: {objective_text(objective)}; Ctrl-C ends it")
    others = run.before_a_run()
    folder = results.new_folder(home)
    try:
        address.measure(aim, objective, guess=arguments.guess, path=folder / RAW, others=others)
    except BaseException:  # nothing was measured
        shutil.rmtree(folder)
        raise
    answer_report.save(folder, address.versions())
    found = Answer(folder)
    code = answer(arguments, found.as_document(), found.as_text(), found.is_sure)
    return 130 if found.interrupted else code


def _check(name: str, value: float | None, most: float) -> None:
    if value is not None and not 0 < value <= most:  # also when it is NaN
        raise WrongUsage(f"{name} {value:g} is not above 0 and at most {most:,}", HELP)

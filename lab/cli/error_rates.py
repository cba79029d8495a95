"""The command that measures how often the laboratory itself is wrong.

It is no option of `run`: it is for those who change the laboratory, adds to one file over days,
and judges the laboratory, not the shop.
"""

import argparse

from lab.cli import YES, Group, answer, option
from lab.errors import WrongUsage
from lab.stack.home import Home

GROUP = Group()
HELP = "./escala error-rates --help"


@GROUP.command(
    "error-rates",
    "measure how often the laboratory itself is wrong; for its makers, it takes hours",
    option("experiments", nargs="*", metavar="NAME", help="with burner: these (default: all)"),
    option(
        "--part",
        choices=("same", "planted", "burner"),
        help="measure this part and add it: equal sides, sides that really differ, or experiments"
        " beside a program that burns processor time (without --part: only show what is known)",
    ),
    option(
        "--pairs",
        type=int,
        metavar="N",
        help="how many comparisons to add (default: same 200, planted 100)",
    ),
    option(
        "--burn",
        type=int,
        choices=(100, 30),
        metavar="PERCENT",
        help="with burner: of one processor, 100 (default) or 30",
    ),
    option("--prove", action="store_true", help="with burner: measure the proofs"),
    option("--write", action="store_true", help="write docs/error-rates.md"),
    YES,
)
def error_rates(home: Home, arguments: argparse.Namespace) -> int:
    from lab.analysis.error_rates import LEAST_PLANTED, LEAST_SAME
    from lab.laboratory import error_rates, error_rates_page

    part = arguments.part
    _check(arguments)
    if part == "burner":
        names, burn = arguments.experiments or ["all"], arguments.burn or 100
        error_rates.run_beside_burner(home, names, burn, proving=arguments.prove)
    elif part:
        default = {"same": LEAST_SAME, "planted": LEAST_PLANTED}[part]
        error_rates.compare_sides(home, part, arguments.pairs or default)
    found = error_rates.lines(home)
    document = error_rates_page.document(found) | {"file": str(error_rates.path(home))}
    text = f"{error_rates_page.as_text(found)}\n\nall that was measured: {document['file']}"
    if arguments.write:
        document["page"] = str(error_rates_page.write(found, error_rates.ROUNDS))
        text += f"\nwritten: {document['page']}"
    return answer(arguments, document, text, error_rates_page.is_kept(found))


def _check(arguments: argparse.Namespace) -> None:
    of_burner = arguments.experiments or arguments.burn or arguments.prove
    if of_burner and arguments.part != "burner":
        raise WrongUsage(
            "names of experiments, --burn and --prove belong to --part burner",
            "./escala error-rates --part burner",
        )
    if arguments.pairs is not None and arguments.part not in ("same", "planted"):
        raise WrongUsage("--pairs belongs to --part same and --part planted", HELP)
    if arguments.pairs is not None and arguments.pairs < 1:
        raise WrongUsage(f"--pairs {arguments.pairs} is not at least 1", HELP)

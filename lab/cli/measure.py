"""Commands that measure and test, on systems and servers of their own."""

import argparse
from typing import NoReturn

from lab.cli import YES, Group, answer, option
from lab.errors import WrongUsage
from lab.stack.home import Home

GROUP = Group()
NAME = option("--name", metavar="TEXT", help="for whom the run is: the report shows it")


@GROUP.command(
    "bench",
    "measure what a request costs in each tier",
    option(
        "--peers",
        action="store_true",
        help="also measure plain DRF, other caches, and django-import-export (in all 7 minutes)",
    ),
    option(
        "--growth",
        action="store_true",
        help="measure the same shop twice instead: small, and a hundred times larger",
    ),
    option(
        "--idle",
        action="store_true",
        help="measure instead what the whole system uses while nobody asks (3 minutes)",
    ),
    option(
        "--prices",
        action="store_true",
        help="measure instead each request with a protection and without it (6 minutes)",
    ),
    option(
        "--repeats",
        type=int,
        default=5,
        metavar="N",
        help="how often to measure each row (default: 5)",
    ),
    option("--write", action="store_true", help="with --peers: write the table into README.md"),
    YES,
)
def bench(home: Home, arguments: argparse.Namespace) -> int:
    if arguments.growth or arguments.idle or arguments.prices:
        return _instead(home, arguments)
    from lab.bench import report, tiers

    if arguments.write and not arguments.peers:
        raise WrongUsage(
            "--write needs --peers: the table in README.md has the peers too",
            "./escala bench --peers --write",
        )
    document = tiers.bench(peers=arguments.peers, repeats=arguments.repeats)
    report.save(home, "bench", document, report.chart(document))
    if arguments.write:
        report.write_readme(document)
    return answer(arguments, document, report.as_text(document))


def _instead(home: Home, arguments: argparse.Namespace) -> int:
    from lab.bench import growth, idle, prices, report

    commands = {
        "growth": (growth.growth, report.growth_as_text),
        "idle": (idle.idle, report.idle_as_text),
        "prices": (prices.prices, report.prices_as_text),
    }
    name, *others = [name for name in commands if getattr(arguments, name)]
    if others or arguments.peers or arguments.write:
        raise WrongUsage(
            f"--{name} measures something else: it cannot be combined with another option",
            f"./escala bench --{name}",
        )
    measure, as_text = commands[name]
    document = measure(repeats=arguments.repeats)
    report.save(home, name, document)
    return answer(arguments, document, as_text(document))


@GROUP.command(
    "run",
    "measure the claims; judge each true, false or unknown",
    option(
        "experiments",
        nargs="*",
        metavar="NAME",
        help="an id (2b), a name (failover), headline or all (default: headline)",
    ),
    option("--quick", action="store_true", help="fewer and shorter measurements"),
    option(
        "--seed",
        type=int,
        default=1,
        metavar="S",
        help="seed for arrival and fault times; the same seed repeats them (default: 1)",
    ),
    option(
        "--prove",
        action="store_true",
        help="remove what makes each claim true: every claim must then be false",
    ),
    option(
        "--again",
        action="store_true",
        help="measure what is unknown in the newest run again (or those of it that are named), as"
        " that run did, and put it into that run's report",
    ),
    option(
        "--keep",
        action="store_true",
        help="leave the system of one experiment running, to look at it",
    ),
    NAME,
    option(
        "--guess",
        metavar="TEXT",
        help="what you expect of one experiment, such as 7; the report shows it beside the result",
    ),
    option("--no-ask", action="store_true", help="do not ask for a guess (in a terminal)"),
    YES,
)
def run(home: Home, arguments: argparse.Namespace) -> int:
    from lab.laboratory import again, run

    options = {
        "quick": arguments.quick,
        "seed": arguments.seed,
        "prove": arguments.prove,
        "keep": arguments.keep,
        "name": arguments.name,
        "guessed": arguments.guess,
    }
    if not arguments.again:
        ask = not (arguments.json or arguments.no_ask)
        names = arguments.experiments or ["headline"]
        document = run.run(home, names, **options, ask=ask)
    elif arguments.seed != 1 or any(options[name] for name in options if name != "seed"):
        raise WrongUsage(
            "--again measures as the newest run did: it takes no --quick, --seed, --prove, --keep"
            ", --name or --guess",
            "./escala run --again",
        )
    else:
        document = again.again(home, arguments.experiments)
    return answer(arguments, document, run.as_text(document), run.has_expected_verdicts(document))


@GROUP.command("experiments", "list what `run` can measure, and how long each takes")
def experiments(home: Home, arguments: argparse.Namespace) -> int:
    from lab.laboratory import run

    document = {"experiments": run.listed()}
    return answer(arguments, document, run.list_as_text(document))


@GROUP.command(
    "report",
    "write the HTML report of a run again, from its raw records",
    option(
        "folder",
        nargs="?",
        metavar="FOLDER",
        help="a run: its folder, or the folder's name (default: the newest run)",
    ),
    option(
        "--figures",
        metavar="FOLDER",
        help="write each figure as ID.svg into this folder, and no report",
    ),
    option(
        "--diff",
        action="store_true",
        help="print how the code differed from its commit when it ran, and write no report",
    ),
    NAME,
)
def report(home: Home, arguments: argparse.Namespace) -> int:
    from lab.laboratory import answer_report, provenance, report, results

    given = arguments.folder
    folder = results.folder_of(home, given) if given else results.latest_folder(home)
    if answer_report.is_in(folder):  # of `./escala capacity`
        path = str(answer_report.write(folder))
        return answer(arguments, {"report": path}, path)
    if arguments.figures:
        target = results.callers_path(arguments.figures)
        paths = [str(path) for path in report.write_figures(folder, target)]
        return answer(arguments, {"figures": paths}, "\n".join(paths))
    if arguments.diff:
        text = provenance.diff(folder, report.load(folder)[0])
        return answer(arguments, {"diff": text}, text or "there were no local changes")
    if arguments.name is not None:
        report.rename(folder, provenance.checked_name(arguments.name))
    path = str(report.write(folder))
    return answer(arguments, {"report": path}, path)


@GROUP.command(
    "test",
    "run the tests, on servers of their own",
    option("--fast", action="store_true", help="leave out tests that start a system or are slow"),
    option(
        "--containers",
        action="store_true",
        help="run only the tests of docker/; they need a container engine",
    ),
    option(
        "--swarm",
        action="store_true",
        help="run only the tests of docker/stack.yaml, on three nodes; ESCALA_SWARM names what"
        " boots them, a folder of commands that is not part of this repository",
    ),
    option(
        "--kubernetes",
        action="store_true",
        help="run only the tests of docker/kubernetes, on three nodes; ESCALA_KUBERNETES names what"
        " boots them, a folder of commands that is not part of this repository",
    ),
    option(
        "--patches",
        action="store_true",
        help="apply each patch to a copy, and check that its tests fail",
    ),
    option("--fuzz", action="store_true", help="fuzz both APIs for a long time"),
    option(
        "--soak",
        type=float,
        metavar="MINUTES",
        help="inject random faults for MINUTES, with an audit after each",
    ),
    option(
        "--seed", type=int, metavar="S", help="with --soak or --fuzz: repeat the run of this seed"
    ),
    option(
        "pytest",
        nargs="*",
        metavar="PYTEST ARGS",
        help="arguments of pytest, such as tests/lab or -k order",
    ),
    YES,
    reports=False,
)
def test(home: Home, arguments: argparse.Namespace) -> NoReturn:
    # Registered for --help only: lab/__main__.py passes all arguments of `test` on to pytest.
    raise AssertionError("`test` is handled before the command line is parsed")

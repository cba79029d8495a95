"""Commands that measure and test, each on systems and servers of its own."""

from lab.cli import YES, Group, answer, option
from lab.errors import WrongUsage

GROUP = Group()


@GROUP.command(
    "bench",
    "what a request costs in each tier, compared in one run",
    option("--peers", action="store_true", help="also stock DRF, cacheops, cachalot, cache_page"),
    option(
        "--growth",
        action="store_true",
        help="instead: the same shop, small and a hundred times larger",
    ),
    option("--repeats", type=int, default=5, metavar="N", help="rounds over all rows (default: 5)"),
    option("--write", action="store_true", help="with --peers: put the table into README.md"),
    YES,
)
def bench(home, arguments):
    if arguments.growth:
        return _growth(home, arguments)
    from lab.bench import report, tiers

    if arguments.write and not arguments.peers:
        raise WrongUsage("the README's table has the peers too", "./escala bench --peers --write")
    document = tiers.bench(peers=arguments.peers, repeats=arguments.repeats)
    report.save(home, "bench", document, report.chart(document))
    if arguments.write:
        report.write_readme(document)
    return answer(arguments, document, report.as_text(document))


def _growth(home, arguments):
    from lab.bench import growth, report

    if arguments.peers or arguments.write:
        raise WrongUsage(
            "--growth cannot be combined with --peers or --write", "./escala bench --growth"
        )
    document = growth.growth(repeats=arguments.repeats)
    report.save(home, "growth", document)
    return answer(arguments, document, report.growth_as_text(document))


@GROUP.command(
    "run",
    "experiments: measure each claim, and say true, false or unknown",
    option(
        "experiments",
        nargs="*",
        default=["headline"],
        metavar="NAME",
        help="2b, failover, all ... (default: headline)",
    ),
    option("--quick", action="store_true", help="fewer and shorter measurements"),
    option(
        "--seed",
        type=int,
        default=1,
        metavar="S",
        help="repeat the same arrivals and fault times (default: 1)",
    ),
    option(
        "--prove",
        action="store_true",
        help="take each claim's reason away: all must come out false",
    ),
    YES,
)
def run(home, arguments):
    from lab.laboratory import run

    document = run.run(
        home,
        arguments.experiments,
        quick=arguments.quick,
        seed=arguments.seed,
        prove=arguments.prove,
    )
    return answer(arguments, document, run.as_text(document), run.is_as_demanded(document))


@GROUP.command("experiments", "what `run` can measure, and how long it takes")
def experiments(home, arguments):
    from lab.laboratory import run

    document = {"experiments": run.listed()}
    return answer(arguments, document, run.list_as_text(document))


@GROUP.command(
    "report",
    "the HTML report of a run, made again from its raw records",
    option("folder", nargs="?", metavar="FOLDER", help="of results/ (default: the newest run)"),
    option(
        "--figures",
        metavar="FOLDER",
        help="write each figure as ID.svg into this folder instead",
    ),
)
def report(home, arguments):
    from lab.laboratory import report, results

    folder = arguments.folder or results.latest_folder(home)
    if arguments.figures:
        paths = [str(path) for path in report.write_figures(folder, arguments.figures)]
        return answer(arguments, {"figures": paths}, "\n".join(paths))
    path = str(report.write(folder))
    return answer(arguments, {"report": path}, path)


@GROUP.command(
    "test",
    "run the tests, on servers of their own",
    option("--containers", action="store_true", help="only those of docker/, on a Docker engine"),
    option(
        "--patches",
        action="store_true",
        help="take each protection away and see its test fail",
    ),
    option("--fuzz", action="store_true", help="long, seeded fuzzing of both APIs"),
    option("--soak", type=float, metavar="MINUTES", help="random faults, and the audit after each"),
    option("--seed", type=int, metavar="S", help="of --soak and --fuzz: the same again"),
    YES,
    option("pytest", nargs="*", metavar="PYTEST ARGS", help="such as tests/lab, or -k order"),
    reports=False,
)
def test(home, arguments):
    # Only for --help: lab/__main__.py passes the words of `test` on, because pytest parses them.
    raise AssertionError("`test` is handled before the command line is parsed")

"""Run suites, each in a pytest process of its own: one after the other, or side by side.

Side by side, the output of a suite goes to a file and is printed when the suite has ended.
"""

import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as XML
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from lab import console
from lab.polling import wait_until
from lab.stack import process_tree
from lab.stack.home import ROOT
from lab.testing.selection import SUITES, Suites, Words
from lab.testing.servers import Variables, servers

CACHE = ".pytest_cache"
NOT_INHERITED = ("ESCALA_HOME", "ESCALA_PORT_BASE", "DJANGO_SETTINGS_MODULE")
WRONG_USAGE, NOTHING_COLLECTED = 4, 5  # of pytest
LISTING = {"--collect-only", "--co"}
STOP_AT_FAILURE = {"-x", "--exitfirst"}
# Rows run side by side, the suites of a row one after the other. Suites that are in no row run
# afterwards, when nothing else does.
ROWS = (
    ("core_api", "analytics_api", "lab", "system", "faults", "board"),
    ("haproxy",),  # it waits nearly all of its time
    ("core_hostile", "analytics_hostile"),
)
FAST_ROWS = (("core_api", "analytics_api"), ("lab", "system"))  # with --fast
# This row waits for no clock, so it can take what is left of the processors: nothing that has a
# deadline becomes slower by it.
IN_THE_BACKGROUND = ("core_hostile", "analytics_hostile")
# With these, one suite after the other has the terminal.
ONE_BY_ONE = LISTING | STOP_AT_FAILURE | {"--pdb", "--trace", "-s", "--capture=no"}
END_SECONDS = 90  # until a suite has ended the systems that its tests started
REPORT_SECONDS = 60


class Lane(NamedTuple):
    """Suites that run one after the other, on servers of their own."""

    suites: Suites
    niceness: int = 0


class Started(NamedTuple):
    """A suite whose pytest runs; `log` is the file with its output, if it is not on ours."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path | None


def run_suites(given: Words, suites: Suites, *, side_by_side: bool = False) -> list[int]:
    """Run each suite that has paths, and print the totals; return pytest's exit codes."""
    suites = _failed_last_time(given, {name: paths for name, paths in suites.items() if paths})
    stages = [[Lane(suites)]]
    if side_by_side and not ONE_BY_ONE & set(given):
        stages = in_stages(suites, FAST_ROWS if "--fast" in given else ROWS)
    codes: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for lanes in stages:
            if WRONG_USAGE not in codes.values():
                codes |= _run_lanes(given, lanes, Path(folder))
        if not LISTING & set(given):
            counts = _totals(Path(folder, f"{name}.xml") for name in codes)
            print(", ".join(f"{count} {what}" for what, count in counts.items()), flush=True)
    # A -k that matches in one suite and not in another is no failure; one that matches nowhere is.
    return [code for code in codes.values() if code != NOTHING_COLLECTED] or [NOTHING_COLLECTED]


def in_stages(suites: Suites, rows: Sequence[Words] = ROWS) -> list[list[Lane]]:
    """Return what runs first, side by side, and what runs then; together that is all suites."""
    named = {name for row in rows for name in row}
    first = [_lane(suites, row) for row in rows]
    then = _lane(suites, [name for name in suites if name not in named])
    stages = [[lane for lane in lanes if lane.suites] for lanes in (first, [then])]
    return [lanes for lanes in stages if lanes]


def _lane(suites: Suites, names: Words) -> Lane:
    niceness = 19 if set(names) & set(IN_THE_BACKGROUND) else 0
    return Lane({name: suites[name] for name in names if name in suites}, niceness)


def run_suite(
    name: str, arguments: Words, variables: Variables, report: Path, folder: Path = ROOT
) -> int:
    """Run pytest with a suite's settings and servers, in `folder`; return pytest's exit code."""
    suite = _started(name, arguments, variables, report, folder=folder)
    with process_tree.cleanup_on_exit(lambda: _end([suite])):
        return suite.process.wait()


def _run_lanes(given: Words, lanes: Sequence[Lane], folder: Path) -> dict[str, int]:
    """Run the lanes side by side; return {suite: pytest's exit code}."""
    codes: dict[str, int] = {}
    running: dict[int, Started] = {}
    waiting = [list(lane.suites) for lane in lanes]
    if len(lanes) > 1:
        console.say(f"side by side: {' | '.join(', '.join(lane) for lane in waiting)}")
    with ExitStack() as stack:
        listing = LISTING & set(given)
        variables = [
            {} if listing else stack.enter_context(servers(lane.niceness)) for lane in lanes
        ]
        stack.enter_context(process_tree.cleanup_on_exit(lambda: _end(running.values())))
        while running or any(waiting):
            for number, lane in enumerate(lanes):
                if waiting[number] and number not in running:
                    name = waiting[number].pop(0)
                    log = folder / f"{name}.log" if len(lanes) > 1 else None
                    running[number] = _started(
                        name,
                        [*given, *lane.suites[name]],
                        variables[number],
                        folder / f"{name}.xml",
                        log=log,
                        niceness=lane.niceness,
                    )
            for number in _ended(running):
                suite = running.pop(number)
                codes[suite.name] = suite.process.returncode
                _print(suite)
                if _is_last(given, codes[suite.name]):
                    waiting = [[] for _ in lanes]
    return codes


def _ended(running: dict[int, Started]) -> list[int]:
    """Wait for a suite to end; meanwhile say once a minute how far those with a log are."""

    def ended() -> list[int]:
        return [number for number, suite in running.items() if suite.process.poll() is not None]

    while not (found := wait_until(ended, seconds=REPORT_SECONDS)):
        logs = {suite.name: suite.log for suite in running.values() if suite.log}
        if logs:
            progress = (f"{name}{_share(log)}" for name, log in logs.items())
            console.say(f"  ... still running: {', '.join(progress)}")
    return found


def _is_last(given: Words, code: int) -> bool:
    failed = code not in (0, NOTHING_COLLECTED)
    return code == WRONG_USAGE or bool(failed and STOP_AT_FAILURE & set(given))


def _share(log: Path) -> str:
    """What pytest printed last about how many of its tests have run, such as ` 45%`."""
    found = re.findall(r"\[( *\d+%)\]", log.read_text(errors="replace"))
    return f" {found[-1].strip()}" if found else ""


def _print(suite: Started) -> None:
    if suite.log:
        console.say(f"\n--- {suite.name}")
        print(suite.log.read_text(errors="replace"), flush=True)


def _started(
    name: str,
    arguments: Words,
    variables: Variables,
    report: Path,
    *,
    log: Path | None = None,
    niceness: int = 0,
    folder: Path = ROOT,
) -> Started:
    command = ["nice", "-n", str(niceness), sys.executable, "-m", "pytest"]
    command += [f"--junitxml={report}"]
    command += ["-o", f"cache_dir={CACHE}/{name}"]  # --lf of one suite must not forget the others'
    inherited = {key: value for key, value in os.environ.items() if key not in NOT_INHERITED}
    own = {"ESCALA_SUITE": name}
    if project := SUITES[name].project if name in SUITES else "":
        command.append(f"--ds={project}.settings")
        own["DJANGO_SETTINGS_MODULE"] = f"{project}.settings"
        if (key := f"DATABASE_URL_{project.upper()}") in variables:
            own["DATABASE_URL"] = variables[key]
    environment = inherited | variables | own
    if not log:
        console.say(f"\n--- {name}")
        return Started(
            name, subprocess.Popen([*command, *arguments], cwd=folder, env=environment), log
        )
    if sys.stdout.isatty():
        command.append("--color=yes")
    with log.open("wb") as file:
        # In a process group of its own, so that Ctrl-C reaches it once: by _end().
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=folder,
            env=environment,
            stdout=file,
            stderr=file,
            process_group=0,
        )
    return Started(name, process, log)


def _end(suites: Iterable[Started]) -> None:
    """Let each pytest end what its tests started, which takes some seconds; then kill the rest."""
    trees = [process_tree.tree_of(suite.process.pid) for suite in suites]
    for suite in suites:
        suite.process.terminate()
    wait_until(
        lambda: all(suite.process.poll() is not None for suite in suites), seconds=END_SECONDS
    )
    for tree in trees:
        process_tree.kill(tree)
    for suite in suites:
        suite.process.wait()


def _failed_last_time(given: Words, suites: Suites) -> Suites:
    """With --lf, return only the suites in which a test failed last time.

    For a suite without a failure, pytest would run all tests.
    """
    if not {"--lf", "--last-failed"} & set(given):
        return suites
    failures = {name: ROOT / CACHE / name / "v" / "cache" / "lastfailed" for name in suites}
    names = [name for name, file in failures.items() if file.exists() and file.read_text() != "{}"]
    return {name: suites[name] for name in names} or suites


def _totals(reports: Iterable[Path]) -> dict[str, int]:
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for report in reports:
        if not report.exists():
            counts["failed"] += 1
            continue
        for suite in XML.parse(report).getroot().iter("testsuite"):
            total, skipped = int(suite.attrib["tests"]), int(suite.attrib["skipped"])
            failed = int(suite.attrib["failures"]) + int(suite.attrib["errors"])
            counts["passed"] += total - failed - skipped
            counts["failed"] += failed
            counts["skipped"] += skipped
    return counts

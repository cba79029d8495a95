"""`./escala test`: run each suite in its own process, on Postgres and Redis servers of its own.

A process can load only one Django project, so each project has a suite. The servers use free ports,
so that tests neither need nor disturb a system that is up.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as XML
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from lab import console
from lab.errors import Failure, WrongUsage
from lab.polling import wait_until
from lab.stack import (
    credentials,
    environment,
    ports,
    postgres,
    process_tree,
    processes,
    readiness,
    redis_servers,
)
from lab.stack.home import ROOT, Home

Words = Sequence[str]
Suites = dict[str, list[str]]  # a suite and the paths that are given to its pytest
Variables = dict[str, str]

# The first folder of a suite is the Django project that it runs with; every other folder runs
# without one.
SUITES = {"core_api": ("core_api", "chassis"), "analytics_api": ("analytics_api",)}
CHECKS = (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",))
CACHE = ".pytest_cache"
NOT_INHERITED = ("ESCALA_HOME", "ESCALA_PORT_BASE", "DJANGO_SETTINGS_MODULE")
SERVERS = ("postgres", "cache", "broker")
TAKES_VALUE = (
    *("-k", "-m", "-p", "-n", "-o", "-W", "-c", "--ds", "--maxfail", "--durations", "--tb"),
    *("--soak", "--seed"),
)
WRONG_USAGE, NOTHING_COLLECTED = 4, 5  # of pytest
# pytest's into ours; 2: interrupted or wrongly called; all others 1
EXIT_CODES = {0: 0, 2: 2, 4: 2}
# What needs a container engine, or hours, runs only with its option, and then alone.
INSTEAD = {
    "--containers": "tests/containers",
    "--soak": "tests/soak",
    "--patches": "tests/patches",
    "--fuzz": "tests/system/test_fuzz.py",
}
# All other options are pytest's, or added to it in tests/conftest.py.
OURS = ("--containers", "--patches", "--yes")


def test(arguments: Words) -> int:
    """Run ruff and mypy, then the suites that `arguments` (pytest's) choose, and print the totals.

    Return the worst exit code: 0 = passed, 1 = something failed, 2 = wrong usage or interrupted.
    """
    checks = [
        (subprocess.call([sys.executable, "-m", *check], cwd=ROOT), check) for check in CHECKS
    ]
    codes = run_suites(options(arguments), chosen_suites(arguments))
    if failed := [" ".join(check) for code, check in checks if code]:
        # Their messages are far above the totals by now.
        print(f"failed before the tests: {', '.join(failed)}", flush=True)
    return max(EXIT_CODES.get(code, 1) for code in [*codes, *(code for code, _ in checks)])


def run_suites(given: Words, suites: Suites) -> list[int]:
    """Run each suite that has paths, and print the totals; return pytest's exit codes."""
    suites = _failed_last_time(given, {name: paths for name, paths in suites.items() if paths})
    counts, codes = {"passed": 0, "failed": 0, "skipped": 0}, []
    only_listed = {"--collect-only", "--co"} & set(given)
    started: AbstractContextManager[Variables] = nullcontext({}) if only_listed else servers()
    with started as variables, tempfile.TemporaryDirectory() as results:
        for name, paths in suites.items():
            report = Path(results) / f"{name}.xml"
            codes.append(run_suite(name, [*given, *paths], variables, report))
            _add(counts, report)
            failed = codes[-1] not in (0, NOTHING_COLLECTED)
            if codes[-1] == WRONG_USAGE or (failed and {"-x", "--exitfirst"} & set(given)):
                break
    if not only_listed:
        print(", ".join(f"{count} {what}" for what, count in counts.items()), flush=True)
    # A -k that matches in one suite and not in another is no failure; one that matches nowhere is.
    return [code for code in codes if code != NOTHING_COLLECTED] or [NOTHING_COLLECTED]


def _failed_last_time(given: Words, suites: Suites) -> Suites:
    """With --lf, return only the suites in which a test failed last time.

    For a suite without a failure, pytest would run all tests.
    """
    if not {"--lf", "--last-failed"} & set(given):
        return suites
    failures = {name: ROOT / CACHE / name / "v" / "cache" / "lastfailed" for name in suites}
    names = [name for name, file in failures.items() if file.exists() and file.read_text() != "{}"]
    return {name: suites[name] for name in names} or suites


def chosen_suites(arguments: Words, named: Words | None = None) -> Suites:
    """Return {suite: paths for pytest}: the paths that are named, or all paths when none is."""
    everything = {
        suite: [f"tests/{folder}" for folder in folders] for suite, folders in SUITES.items()
    }
    rest = (
        path
        for path in sorted((ROOT / "tests").iterdir())
        if path.is_dir() or path.match("test_*.py")
    )
    known = [path for paths in everything.values() for path in paths]
    known += INSTEAD.values()
    everything["lab"] = [
        path for path in (f"tests/{path.name}" for path in rest) if path not in known
    ]
    for option, path in INSTEAD.items():
        if option in arguments:
            return {option.strip("-"): [path]}
    named = paths(arguments) if named is None else named
    if missing := [path for path in named if not (ROOT / path.partition("::")[0]).exists()]:
        raise WrongUsage(f"there is no {', '.join(missing)}", "name files or folders under tests/")
    if not named or any(Path(path).name == "tests" for path in named):
        found = everything
    else:
        found = {name: [path for path in named if _suite_of(path) == name] for name in everything}
    return {
        name: [path for path in paths if (ROOT / path).exists() or named]
        for name, paths in found.items()
    }


def paths(arguments: Words) -> list[str]:
    """Return the arguments that name files, folders or tests, such as `tests/lab`."""
    return [argument for argument, value in with_roles(arguments) if value == "path"]


def options(arguments: Words) -> list[str]:
    """Return the arguments that name no file and that pytest understands, in order."""
    given = [argument for argument, value in with_roles(arguments) if value == "option"]
    return [argument for argument in given if argument not in OURS]


def with_roles(arguments: Words) -> Iterator[tuple[str, str]]:
    """Yield each argument with its role: `path`, or `option` for options and their values."""
    previous = ""
    for argument in arguments:
        is_path = previous not in TAKES_VALUE and not argument.startswith("-")
        yield argument, "path" if is_path else "option"
        previous = argument


def _suite_of(path: str) -> str:
    parts = Path(path).parts
    return next((suite for suite, folders in SUITES.items() if set(folders) & set(parts)), "lab")


@contextmanager
def servers() -> Iterator[Variables]:
    """Start Postgres and two Redis servers; yield the variables with their addresses.

    At the end of the block the servers are stopped and their files removed.
    """
    with tempfile.TemporaryDirectory(prefix="escala-test-") as folder:
        home = Home(folder, ports.free_base())
        home.create()
        started = []
        try:
            with console.step("Postgres and two Redis for the tests"):
                started = _start(home)
            yield _variables(home)
        finally:
            for process in started:
                process_tree.end(process_tree.tree_of(process.pid))
                process.wait()
            # The cluster may be outside the home, see postgres.cluster().
            shutil.rmtree(postgres.cluster(home.data / "postgres"), ignore_errors=True)


def _start(home: Home) -> list[subprocess.Popen[bytes]]:
    values, started = credentials.load(home), []
    postgres.create(home.data / "postgres", values["POSTGRES_PASSWORD"])
    for name in SERVERS:
        if name != "postgres":
            redis_servers.write_config(home, name)
        with open(home.log(name), "w") as log:
            command = processes.command(home, name)
            started.append(
                subprocess.Popen(command, stdout=log, stderr=log, cwd="/", start_new_session=True)
            )
    if not wait_until(lambda: all(readiness.is_ready(home, name) for name in SERVERS), seconds=30):
        missing = next(name for name in SERVERS if not readiness.is_ready(home, name))
        raise Failure(
            f"{missing} for the tests was not ready within 30 s",
            "see the log",
            log=home.log(missing),
        )
    passwords = {
        service: values[f"{service.upper()}_DATABASE_PASSWORD"] for service in postgres.SERVICES
    }
    postgres.prepare(home.port("postgres"), values["POSTGRES_PASSWORD"], passwords, for_tests=True)
    return started


def _variables(home: Home) -> Variables:
    return {
        "DATABASE_URL_CORE_API": environment.database_url(home, "core"),
        "DATABASE_URL_ANALYTICS_API": environment.database_url(home, "analytics"),
        "CACHE_URL": environment.redis_url(home, "cache"),
        "BROKER_URL": environment.redis_url(home, "broker"),
        "CACHE": "redis",
        # After a test, one statement checks the foreign keys of all its rows.
        "DATABASE_STATEMENT_TIMEOUT_MS": "60000",
        "DATABASE_IDLE_TIMEOUT_MS": "0",  # a test may hold its transaction open for long
    }


def run_suite(
    name: str, arguments: Words, variables: Variables, report: Path, folder: Path = ROOT
) -> int:
    """Run pytest with a suite's settings and servers, in `folder`; return pytest's exit code."""
    command = [sys.executable, "-m", "pytest", f"--junitxml={report}"]
    command += ["-o", f"cache_dir={CACHE}/{name}"]  # --lf of one suite must not forget the others'
    inherited = {key: value for key, value in os.environ.items() if key not in NOT_INHERITED}
    own = {"ESCALA_SUITE": name}
    if name in SUITES:
        command.append(f"--ds={name}.settings")
        own["DJANGO_SETTINGS_MODULE"] = f"{name}.settings"
    if (key := f"DATABASE_URL_{name.upper()}") in variables:
        own["DATABASE_URL"] = variables[key]
    console.say(f"\n--- {name}")
    return subprocess.call([*command, *arguments], cwd=folder, env=inherited | variables | own)


def _add(counts: dict[str, int], report: Path) -> None:
    if not report.exists():
        counts["failed"] += 1
        return
    for suite in XML.parse(report).getroot().iter("testsuite"):
        total, skipped = int(suite.attrib["tests"]), int(suite.attrib["skipped"])
        failed = int(suite.attrib["failures"]) + int(suite.attrib["errors"])
        counts["passed"] += total - failed - skipped
        counts["failed"] += failed
        counts["skipped"] += skipped

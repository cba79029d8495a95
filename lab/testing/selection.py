"""Which suites and which of their tests the arguments of `./escala test` choose."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lab.errors import WrongUsage
from lab.stack.home import ROOT

Words = Sequence[str]
Suites = dict[str, list[str]]  # a suite and the paths that are given to its pytest


class Suite(NamedTuple):
    """Tests that run in one pytest process, because one process can load only one project."""

    places: tuple[str, ...]  # a test belongs to the suite that names its file or folder
    project: str = ""  # the Django project that it runs with


# Without those of INSTEAD. A file that is named here is in no suite that names its folder.
SUITES = {
    # Thousands of requests, one after the other: they need processor time and nothing else.
    "core_hostile": Suite(
        (
            "tests/core_api/test_hostile_admin.py",
            "tests/core_api/test_hostile_input.py",
            "tests/core_api/test_hostile_requests.py",
        ),
        "core_api",
    ),
    "analytics_hostile": Suite(
        (
            "tests/analytics_api/test_hostile_admin.py",
            "tests/analytics_api/test_hostile_input.py",
            "tests/analytics_api/test_hostile_requests.py",
        ),
        "analytics_api",
    ),
    "core_api": Suite(("tests/core_api", "tests/chassis"), "core_api"),
    "analytics_api": Suite(("tests/analytics_api",), "analytics_api"),
    "lab": Suite(("tests",)),
    "haproxy": Suite(("tests/haproxy",)),
    "system": Suite(("tests/system",)),
    "faults": Suite(
        (
            "tests/system/test_deaf.py",
            "tests/system/test_fault_matrix.py",
            "tests/system/test_faults.py",
            "tests/system/test_full_disk.py",
        )
    ),
    "board": Suite(
        (
            "tests/lab/board/test_it_cannot_lie.py",
            "tests/lab/board/test_live.py",
            "tests/lab/board/test_page.py",
        )
    ),
    # They measure a speed, or make the machine busy on purpose: they run when nothing else does.
    "measured": Suite(
        (
            "tests/lab/laboratory/test_burner.py",
            "tests/lab/laboratory/test_known_capacity.py",
            "tests/lab/laboratory/test_neighbours.py",
            "tests/lab/laboratory/test_repeats.py",
            "tests/system/test_error_rates.py",
            "tests/system/test_experiments.py",
            "tests/system/test_overload.py",
            "tests/system/test_plan.py",
        )
    ),
}
# What needs a container engine, or hours, runs only with its option, and then alone.
INSTEAD = {
    "--containers": "tests/containers",
    "--swarm": "tests/swarm",
    "--kubernetes": "tests/kubernetes",
    "--soak": "tests/soak",
    "--patches": "tests/patches",
    "--fuzz": "tests/system/test_fuzz.py",
}
# With --fast these do not run, and no test with the marker `slow`, see tests/conftest.py.
SLOW = ("core_hostile", "analytics_hostile", "haproxy", "faults", "board", "measured")
# All other options are pytest's, or added to it in tests/conftest.py.
OURS = ("--containers", "--kubernetes", "--patches", "--swarm", "--yes")
TAKES_VALUE = (
    *("-k", "-m", "-p", "-n", "-o", "-W", "-c", "--ds", "--maxfail", "--durations", "--tb"),
    *("--soak", "--seed"),
)


def chosen_suites(arguments: Words, named: Words | None = None) -> Suites:
    """Return {suite: paths for pytest}: the paths that are named, or all paths when none is.

    A suite without paths does not run. A path may be given to several suites: pytest then collects
    in each one the tests that belong to it. Raise WrongUsage for a path that does not exist.
    """
    for option, path in INSTEAD.items():
        if option in arguments:
            return {option.strip("-"): [path]}
    named = paths(arguments) if named is None else named
    if missing := [path for path in named if not (ROOT / _file(path)).exists()]:
        raise WrongUsage(f"there is no {', '.join(missing)}", "name files or folders under tests/")
    everything = not named or any(Path(path).name == "tests" for path in named)
    return {
        name: _all_paths(name) if everything else [path for path in named if _has(name, path)]
        for name in SUITES
        if not (name in SLOW and "--fast" in arguments)
    }


def suite_of(path: str) -> str:
    """Return the suite of a file or folder: the one that names it, or the nearest above it."""
    around = {str(each) for each in (Path(path), *Path(path).parents)}
    named = [(place, name) for name, suite in SUITES.items() for place in suite.places]
    return max(((len(place), name) for place, name in named if place in around), default=(0, ""))[1]


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


def _file(path: str) -> str:
    return path.partition("::")[0]


def _has(name: str, path: str) -> bool:
    """Whether the suite has tests in this file or folder."""
    file = _file(path)
    return suite_of(file) == name or any(
        Path(file) in Path(place).parents for place in SUITES[name].places
    )


def _all_paths(name: str) -> list[str]:
    if name != "lab":
        return [path for path in SUITES[name].places if (ROOT / path).exists()]
    found = (
        f"tests/{path.name}"
        for path in sorted((ROOT / "tests").iterdir())
        if (path.is_dir() and path.name != "__pycache__") or path.match("test_*.py")
    )
    return [path for path in found if suite_of(path) == "lab" and path not in INSTEAD.values()]

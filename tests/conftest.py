"""Each Django project has its own pytest process, also with plain `pytest`.

Such a process does not collect the suite of the other project. `pytest --ds=PROJECT.settings` runs
one project's suite in the process itself, on SQLite unless the environment says otherwise.
"""

import os
import signal
import sys
from pathlib import Path

import pytest

from lab.testing import selection

pytest.register_assert_rewrite("tests.support")  # so that its failed asserts show their values

ROOT = Path(__file__).resolve().parent.parent

PROJECTS = ("core_api", "analytics_api")
# The fixtures that start HAProxy, or a whole system.
SYSTEMS = {
    *("edge", "start_edge", "breakable", "caching"),
    *("running", "watched", "lying", "built", "small_disk"),
}
QUESTIONS = ("help", "version", "markers")  # options that pytest answers without a test


def pytest_addoption(parser, pluginmanager):
    fan_out(pluginmanager)
    parser.addoption(
        "--soak", type=float, metavar="MINUTES", help="inject random faults for so long"
    )
    parser.addoption("--fuzz", action="store_true", help="fuzz for long")
    parser.addoption(
        "--fast", action="store_true", help="leave out what starts a system or has the mark slow"
    )
    parser.addoption(
        "--seed", type=int, default=1, metavar="S", help="the same seed, the same schedule"
    )


def fan_out(pluginmanager):
    """Ends plain `pytest` with the exit code of the suites that it has run, each in its process.

    It happens this early because the next conftest.py files already import one project's models.
    """
    config = pluginmanager.getplugin("pytestconfig")
    known, invoked = config.known_args_namespace, config.invocation_params
    if os.environ.get("ESCALA_SUITE") or known.ds or any(getattr(known, q) for q in QUESTIONS):
        return
    # Imported here: a suite's own process does not need it.
    from lab import console, errors
    from lab.testing import running

    # The suites write to the terminal, and read from it for --pdb.
    pluginmanager.getplugin("capturemanager").suspend_global_capture(in_=True)
    named, words = [], []
    for word, role in selection.with_roles(invoked.args):
        (named if role == "path" and word in known.file_or_dir else words).append(word)
    paths = [from_root(path, invoked.dir) for path in named or ["."]]
    try:
        paths = [path for path in paths if path != "."]
        suites = selection.chosen_suites(words, paths)
        codes = running.run_suites(words, suites, side_by_side=not paths)
        sys.exit(next(filter(None, codes), 0))
    except errors.Failure as failure:
        console.say(f"pytest: {failure.what}\n  next: {failure.next_step}")
        sys.exit(4)
    except KeyboardInterrupt:
        sys.exit(2)


def from_root(path, folder):
    """The argument `path` as pytest understands it in the root of the repository."""
    file, separator, test = path.partition("::")
    return os.path.relpath(folder / file, ROOT) + separator + test


def pytest_configure():
    # What a shell starts in the background ignores Ctrl-C, and the processes that tests interrupt
    # would inherit that. SIGTERM, too, must let fixtures end the systems that they started.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def pytest_keyboard_interrupt():
    """Ignores further signals while the fixtures end what they started."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # unlike SIG_IGN it is not inherited


def pytest_ignore_collect(collection_path):
    """Ignores the other project's folder, and files of another suite than this process runs."""
    if collection_path.is_dir():
        chosen = os.environ.get("DJANGO_SETTINGS_MODULE", "").partition(".")[0]
        return True if collection_path.name in {*PROJECTS} - {chosen} else None
    suite = os.environ.get("ESCALA_SUITE")
    path = os.path.relpath(collection_path.resolve(), ROOT)
    return True if suite in selection.SUITES and selection.suite_of(path) != suite else None


def pytest_collection_modifyitems(config, items):
    """With --fast, leaves out the tests that start a system, and those with the mark `slow`."""
    if not config.getoption("--fast"):
        return
    slow = {item for item in items if item.get_closest_marker("slow") or uses_a_system(item)}
    config.hook.pytest_deselected(items=list(slow))
    items[:] = [item for item in items if item not in slow]


def uses_a_system(item):
    return not SYSTEMS.isdisjoint(getattr(item, "fixturenames", ()))

"""Each Django project has its own pytest process, also with plain `pytest`.

Such a process does not collect the suite of the other project. `pytest --ds=PROJECT.settings` runs
one project's suite in the process itself, on SQLite unless the environment says otherwise.
"""

import os
import signal
import sys
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.support")  # so that its failed asserts show their values

ROOT = Path(__file__).resolve().parent.parent

PROJECTS = ("core_api", "analytics_api")
QUESTIONS = ("help", "version", "markers")  # options that pytest answers without a test


def pytest_addoption(parser, pluginmanager):
    fan_out(pluginmanager)
    parser.addoption(
        "--soak", type=float, metavar="MINUTES", help="inject random faults for so long"
    )
    parser.addoption("--fuzz", action="store_true", help="fuzz for long")
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
    from lab import console, errors, testing

    # The suites write to the terminal, and read from it for --pdb.
    pluginmanager.getplugin("capturemanager").suspend_global_capture(in_=True)
    named, words = [], []
    for word, role in testing.with_roles(invoked.args):
        (named if role == "path" and word in known.file_or_dir else words).append(word)
    paths = [from_root(path, invoked.dir) for path in named or ["."]]
    try:
        suites = testing.chosen_suites(words, [path for path in paths if path != "."])
        sys.exit(next(filter(None, testing.run_suites(words, suites)), 0))
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
    # would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_ignore_collect(collection_path, config):
    chosen = os.environ.get("DJANGO_SETTINGS_MODULE", "").partition(".")[0]
    if (
        collection_path.name in PROJECTS
        and collection_path.is_dir()
        and collection_path.name != chosen
    ):
        return True
    return None

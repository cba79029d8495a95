"""One Django project per pytest process: `./escala test` (or pytest --ds=PROJECT.settings) chooses
it.

The suite of the project that was not chosen is not collected; with none chosen, neither is.
"""

import os
import signal

PROJECTS = ("core_api", "analytics_api")


def pytest_addoption(parser):
    parser.addoption("--soak", type=float, metavar="MINUTES", help="how long random faults strike")
    parser.addoption("--fuzz", action="store_true", help="fuzz for long")
    parser.addoption(
        "--seed", type=int, default=1, metavar="S", help="the same seed, the same schedule"
    )


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

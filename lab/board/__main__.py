"""Run the board of the home that ESCALA_HOME names; `./escala up` starts it."""

import contextlib
import logging
import os
import resource

from aiohttp import web

from lab.board.server import application
from lab.stack.home import Home

NICE = 5  # the shop goes first
MOST_FILES = 10_240  # that are open; each connection is one


def allow_many_connections() -> None:
    """Raise the number of files that this process may open, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def main() -> None:
    """Serve until SIGTERM."""
    logging.basicConfig(level=logging.WARNING)
    with contextlib.suppress(OSError):
        os.nice(NICE)
    allow_many_connections()
    home = Home()
    web.run_app(
        application(home),
        host="127.0.0.1",
        port=home.port("board"),
        access_log=None,
        print=None,
        shutdown_timeout=1,
        backlog=64,
    )
    # Threads that wait for a part that hangs would keep the process alive.
    os._exit(0)


if __name__ == "__main__":
    main()

"""PROCESSES: the table of what runs: each one's command, and how it is asked to end.

All of it is what an operator would type by hand; the variables are in environment.py.
"""

import sys
from typing import NamedTuple

from lab.stack import environment, postgres, programs, redis_servers
from lab.stack.desired import kind
from lab.stack.home import ROOT

PYTHON = sys.executable
HAPROXY_CONFIG = ROOT / "haproxy" / "haproxy.cfg"


class Ending(NamedTuple):
    """The signal that asks a process to end, and the seconds it may take before it is killed."""

    signal: str = "TERM"
    seconds: int = 10


ENDINGS = {
    "postgres": Ending("INT", 30),  # its fast shutdown: does not wait for clients to leave
    "haproxy": Ending("USR1", 12),  # lets requests in flight finish; haproxy.cfg allows them 10 s
    "core": Ending("TERM", 20),  # Gunicorn's graceful_timeout is 15 s
    "analytics": Ending("TERM", 20),
    # A long task may take 1.25 times its limit, and is not interrupted when workers are taken away.
    "worker": Ending("TERM", round(1.25 * int(environment.limit("TASK_SECONDS"))) + 20),
}


def ending(name):
    return ENDINGS.get(kind(name), Ending())


def command(home, name):
    """The command of one process, as a list of words."""
    project = "analytics_api" if kind(name) in ("analytics", "recorder") else "core_api"
    match kind(name):
        case "postgres":
            return postgres.command(home.data / "postgres", home.port(name))
        case "cache" | "broker":
            return redis_servers.command(home, name)
        case "haproxy":
            return [programs.find("haproxy", "haproxy"), "-W", "-db", "-f", str(HAPROXY_CONFIG)]
        case "core" | "analytics":
            return [PYTHON, "-m", "gunicorn", f"{project}.wsgi"]  # reads gunicorn.conf.py
        case "worker":
            return _celery(project, "long", name, at_once=1)
        case "recorder":
            return _celery(project, "analytics", name, at_once=2)  # while one waits for Postgres
        case "relay":
            return [PYTHON, "manage.py", project, "relay"]


def _celery(project, queue, name, *, at_once):
    return [
        *(PYTHON, "-m", "celery", "-A", project, "worker", "-Q", queue),
        *("--concurrency", str(at_once), "--hostname", f"{name}@escala", "--loglevel", "INFO"),
    ]

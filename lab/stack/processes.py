"""The processes of a system: the command that starts each one, and the signal that stops it.

An operator could type these commands by hand. The variables they need are in environment.py.
"""

import sys
from typing import NamedTuple

from lab.stack import environment, postgres, programs, redis_servers
from lab.stack.desired import kind
from lab.stack.home import ROOT, Home

PYTHON = sys.executable
HAPROXY_CONFIG = ROOT / "haproxy" / "haproxy.cfg"


class StopRule(NamedTuple):
    """The signal that ends a process, and the seconds it may take before it is killed."""

    signal: str = "TERM"
    seconds: int = 10


STOP_RULES = {
    "postgres": StopRule("INT", 30),  # fast shutdown: does not wait until the clients leave
    "haproxy": StopRule("USR1", 12),  # answers requests in flight; haproxy.cfg allows them 10 s
    "core": StopRule("TERM", 20),  # Gunicorn's graceful_timeout is 15 s
    "analytics": StopRule("TERM", 20),
    # A worker finishes its task first, which may take 1.25 times its limit.
    "worker": StopRule("TERM", round(1.25 * int(environment.limit("TASK_SECONDS"))) + 20),
}


def stop_rule(name: str) -> StopRule:
    """Return how the named process is stopped."""
    return STOP_RULES.get(kind(name), StopRule())


def command(home: Home, name: str) -> list[str]:
    """Return the command that starts the named process."""
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
            return _celery(project, "long", name, concurrency=1)
        case "recorder":
            # Two, so that one works while the other waits for Postgres.
            return _celery(project, "analytics", name, concurrency=2)
        case "relay":
            return [PYTHON, "manage.py", project, "relay"]
        case "board":
            return [PYTHON, "-m", "lab.board"]
    raise ValueError(f"{name} is no process")


def _celery(project: str, queue: str, name: str, *, concurrency: int) -> list[str]:
    return [
        *(PYTHON, "-m", "celery", "-A", project, "worker", "-Q", queue),
        *("--concurrency", str(concurrency), "--hostname", f"{name}@escala", "--loglevel", "INFO"),
    ]

"""READINESS: when each kind of process can do its work, and the log that explains why one can't."""

import time
import urllib.error
import urllib.request

from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import credentials, postgres, redis_servers
from lab.stack.desired import kind
from lab.stack.haproxy import HAProxy


def is_ready(home, name):
    """Whether the process answers as it should; for those that answer nobody, True."""
    match kind(name):
        case "postgres":
            return postgres.answers(home.port(name), credentials.load(home)["POSTGRES_PASSWORD"])
        case "cache" | "broker":
            return redis_servers.answers(home, name)
        case "haproxy":
            return HAProxy(home).answers()
        case "core" | "analytics":
            return _health(home.port(name))
    return True


def wait_ready(supervisor, names, *, seconds=60):
    """Returns when all are running and ready; names the first that fails, with the last lines of
    its log."""
    waiting, failing_since = list(names), {}

    def all_ready():
        states = supervisor.states()
        for name in list(waiting):
            state = states[name][0]
            if state == "running" and is_ready(supervisor.home, name):
                waiting.remove(name)
            elif state in ("backoff", "fatal"):
                # One failed start may be bad luck, such as a port that its predecessor has not let
                # go yet.
                if time.monotonic() - failing_since.setdefault(name, time.monotonic()) > 5:
                    raise _failure(supervisor.home, name, "does not start")
            elif state == "running":
                failing_since.pop(name, None)
        return not waiting

    if not wait_until(all_ready, seconds=seconds, every=0.2, what=lambda: ", ".join(waiting[:4])):
        raise _failure(supervisor.home, waiting[0], f"was not ready within {seconds} s")


def _failure(home, name, what):
    return Failure(f"{name} {what}", f"./escala logs {name}", log=home.log(name))


def _health(port):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/health/ready", headers={"Host": "localhost"}
    )
    try:
        with urllib.request.urlopen(request, timeout=1) as response:
            return response.status == 200
    except (OSError, urllib.error.HTTPError):
        return False

"""Readiness: whether each process can do its work, and what keeps a running system from it."""

import shutil
import time
import urllib.request
from collections.abc import Iterable, Iterator

from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import credentials, ports, postgres, redis_servers
from lab.stack.desired import kind
from lab.stack.haproxy import HAProxy
from lab.stack.home import Home
from lab.stack.supervisor import Supervisor

LEAST_MB = 50  # Postgres adds files of 16 MB
# Not through the proxy that the caller's shell may name.
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def is_ready(home: Home, name: str) -> bool:
    """Return whether the process answers requests; True for a process that serves none."""
    match kind(name):
        case "postgres":
            password = credentials.load(home)["POSTGRES_PASSWORD"]
            return postgres.is_answering(home.port(name), password)
        case "cache" | "broker":
            return redis_servers.is_answering(home, name)
        case "haproxy":
            return HAProxy(home).is_answering()
        case "core" | "analytics":
            return _health(home.port(name))
        case "board":
            return not ports.is_free(home.port(name))
    return True


def wait_ready(supervisor: Supervisor, names: Iterable[str], *, seconds: float = 60) -> None:
    """Wait until all the processes run and are ready.

    Raise Failure, with the log, for a process that fails to start or is not ready in `seconds`.
    """
    waiting = list(names)
    failing_since: dict[str, float] = {}

    def all_ready() -> bool:
        states = supervisor.states()
        for name in list(waiting):
            state = states[name][0]
            if state == "running" and is_ready(supervisor.home, name):
                waiting.remove(name)
            elif state in ("backoff", "fatal"):
                # One failed start may be harmless: the port of an earlier process may still be in
                # use. So give up only after 5 seconds of failing.
                if time.monotonic() - failing_since.setdefault(name, time.monotonic()) > 5:
                    raise _failure(supervisor.home, name, "does not start")
            elif state == "running":
                failing_since.pop(name, None)
        return not waiting

    if not wait_until(all_ready, seconds=seconds, every=0.2, what=lambda: ", ".join(waiting[:4])):
        raise _failure(supervisor.home, waiting[0], f"was not ready within {seconds} s")


def problems(home: Home) -> Iterator[str]:
    """Yield a sentence for each problem of a running system."""
    yield from _full_disks(home)
    yield from _refusals(home)


def notes(home: Home) -> Iterator[str]:
    """Yield a sentence for what happened, is mended, and should be known."""
    aside = redis_servers.unreadable_files(home)
    if aside.exists():
        yield f"the broker could not read its files and began without them: {aside}; remove them"


def check_disk(home: Home) -> None:
    """Raise Failure when a disk with data of this home is full."""
    for problem in _full_disks(home):
        raise Failure(problem, "free some space on that disk, then ./escala up")


def check_redis(home: Home) -> None:
    """Raise Failure when a Redis answers and refuses to write."""
    for problem in _refusals(home):
        raise Failure(problem, "./escala down, then ./escala up; the data stays")


def _failure(home: Home, name: str, what: str) -> Failure:
    return Failure(f"{name} {what}", f"./escala logs {name}", log=home.log(name))


def _health(port: int) -> bool:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/health/ready", headers={"Host": "localhost"}
    )
    try:
        with DIRECTLY.open(request, timeout=1) as response:
            return response.status == 200
    except OSError:
        return False


def _refusals(home: Home) -> Iterator[str]:
    for name in ("cache", "broker"):
        if error := redis_servers.refusal(home, name):
            yield f"{name} answers, and refuses to write: {error} (./escala logs {name})"


def _full_disks(home: Home) -> Iterator[str]:
    folders = {home.folder, postgres.cluster(home.data / "postgres").parent}
    for folder in folders:
        free = shutil.disk_usage(folder).free // 1_000_000
        if free < LEAST_MB:
            yield f"the disk of {folder} is full: {free} MB are free, {LEAST_MB} MB are needed"

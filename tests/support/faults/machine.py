"""Faults of what the processes stand on: the broker's files and disk, and the supervisor."""

import signal
from contextlib import contextmanager, suppress

import psutil

from lab.stack import faults, redis_servers
from lab.stack.supervisor import Supervisor
from tests.support import refusals
from tests.support.command import in_one_line
from tests.support.faults.processes import server
from tests.support.shop import Client

PIPE = 64 * 1024  # bytes that a pipe holds on Linux
USERS = ("relay", "worker-1", "recorder-1")  # of the broker


@contextmanager
def broker_files_damaged(laptop, name="broker"):
    """Zero bytes at the end of its append-only file, as after a power cut."""
    faults.kill(laptop.home, "broker")
    [path] = (laptop.home.data / "broker" / "appendonlydir").glob("*.incr.aof")
    with open(path, "ab") as file:
        file.write(bytes(12))
    faults.start(laptop.home, "broker")
    assert redis_servers.unreadable_files(laptop.home).exists()
    yield


@contextmanager
def broker_read_only(laptop, name="broker"):
    """The broker answers and refuses; whoever uses it lives and waits."""
    before = laptop.processes()
    refusals.begin(server(laptop, "broker"), refusals.READ_ONLY)
    yield
    refusals.end(server(laptop, "broker"), refusals.READ_ONLY)
    after = laptop.processes()
    assert [after[name]["pid"] for name in USERS] == [before[name]["pid"] for name in USERS]


@contextmanager
def supervisor_frozen(laptop):
    """SIGSTOP of the supervisor; each instance logs more than a pipe to it would hold."""
    supervisor = psutil.Process(Supervisor(laptop.home).pid())
    supervisor.send_signal(signal.SIGSTOP)
    try:
        page, client = f"/api/{'no-such-page-' * 200}/", Client(laptop)
        for _ in range(4 * PIPE // len(page)):
            assert client.get(page).status == 404
        yield
    finally:
        supervisor.send_signal(signal.SIGCONT)


@contextmanager
def disk_full(laptop):
    """A file takes all that is left. status and up say so, and the broker's users live on."""
    before = laptop.processes()
    filling = laptop.home.folder / "filling"
    with suppress(OSError), open(filling, "wb", buffering=0) as file:
        while True:
            file.write(bytes(100_000))
    yield
    status = laptop.status()
    assert not status["healthy"] and "is full" in " ".join(status["problems"])
    assert "is full" in in_one_line(laptop.run("up", code=1).stderr)
    assert [laptop.processes()[name]["pid"] for name in USERS] == [
        before[name]["pid"] for name in USERS
    ]
    filling.unlink()

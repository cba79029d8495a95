"""PROCESS TREES: striking a process with all its children, and finding what a dead supervisor left
behind.

A process is ours when its environment says so: the same home, and a name given by the workbench.
Postgres and Redis write over their environment, but work in their own data folder. Nothing else is
ever signalled.
"""

import os
import signal
from contextlib import contextmanager

import psutil

from lab.stack import postgres

SERVERS = ("postgres", "redis-server", "valkey-server")


def family(pid):
    """The process and all its descendants; Postgres' children leave the process group, so the group
    is not enough."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def send(processes, number):
    """The signal to each process that is still the same process."""
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def freeze(pid):
    """Stops the whole tree where it stands, children born meanwhile included, and gives it back."""
    frozen = []
    while new := [process for process in family(pid) if process not in frozen]:
        send(new, signal.SIGSTOP)
        frozen += new
    return frozen


def thaw(pid):
    """Lets a frozen tree go on."""
    send(family(pid), signal.SIGCONT)


def kill(processes):
    """Ends the processes at once; none of them can do anything about it."""
    send(processes, signal.SIGKILL)


def is_frozen(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False


def memory(processes):
    """Bytes that the processes really cost: a page shared by n of them counts as 1/n (PSS; resident
    size on macOS)."""
    total = 0
    for process in processes:
        try:
            usage = process.memory_full_info()
        except psutil.Error:
            continue
        total += getattr(usage, "pss", usage.rss)
    return total


def cpu_seconds(pid):
    """User and system time that a process and its children took until now."""
    times = [process.cpu_times() for process in family(pid)]
    return sum(time.user + time.system for time in times)


def ours(home, name=None):
    """Every process of this home, whoever its parent is now; with `name`, only that one's and its
    children."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and _belongs(process, home, name)
    ]


def end(processes, *, seconds=5):
    """Asks the processes to end, wakes the frozen ones for it, and kills those that are left after
    `seconds`."""
    for process in processes:
        # Postgres would take TERM as "when the last client has left".
        send([process], signal.SIGINT if _name(process) == "postgres" else signal.SIGTERM)
    send(processes, signal.SIGCONT)
    _, left = psutil.wait_procs(processes, timeout=seconds)
    kill(left)
    psutil.wait_procs(left, timeout=5)


def _name(process):
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def _belongs(process, home, name):
    try:
        environment = process.environ()
        if environment.get("ESCALA_HOME") == str(home.folder) and "ESCALA_PROCESS" in environment:
            return name in (None, environment["ESCALA_PROCESS"])
        if process.name() not in SERVERS:
            return False
        places = {"postgres": postgres.cluster(home.data / "postgres")}
        places |= {server: home.data / server for server in ("cache", "broker")}
        folder = process.cwd()
        return any(
            folder == str(place) for server, place in places.items() if name in (None, server)
        )
    except (psutil.Error, OSError):
        return False


@contextmanager
def afterwards(end):
    """Calls `end()` after the block, however that ends; SIGTERM is like Ctrl-C there, and neither
    disturbs `end()`."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        try:
            for number in before:
                signal.signal(number, signal.SIG_IGN)
            end()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _interrupt(number, frame):
    raise KeyboardInterrupt

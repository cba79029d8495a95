"""Process trees: signal, freeze and measure a process with its children, and find those of a home.

A process belongs to a home when its environment says so: it has the home's ESCALA_HOME, and
ESCALA_PROCESS. Postgres and Redis overwrite their environment; they are known by their working
directory, a data folder of the home. No other process ever gets a signal.
"""

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import psutil

from lab.stack import postgres
from lab.stack.home import Home

SERVERS = ("postgres", "redis-server", "valkey-server")


def tree_of(pid: int) -> list[psutil.Process]:
    """Return the process and all its descendants, the process first; empty when it has ended.

    Children of Postgres leave its process group, so signalling the group would miss them.
    """
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def processes_of(home: Home, name: str | None = None) -> list[psutil.Process]:
    """Return every process of this home, or those of one name, also without their supervisor."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and belongs(process, home, name)
    ]


def send_signal(processes: Iterable[psutil.Process], number: int) -> None:
    """Send the signal to each process that still runs; psutil notices when a pid was reused."""
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def freeze(pid: int) -> list[psutil.Process]:
    """Suspend the whole tree, including children that start meanwhile, and return it."""
    frozen: list[psutil.Process] = []
    while new := [process for process in tree_of(pid) if process not in frozen]:
        send_signal(new, signal.SIGSTOP)
        frozen += new
    return frozen


def resume(pid: int) -> None:
    """Let a frozen tree continue."""
    send_signal(tree_of(pid), signal.SIGCONT)


def kill(processes: Iterable[psutil.Process]) -> None:
    """End the processes at once; a process cannot catch this signal."""
    send_signal(processes, signal.SIGKILL)


def end(processes: Sequence[psutil.Process], *, seconds: float = 5) -> None:
    """Ask the processes to end, also the frozen ones; kill those that are left after `seconds`."""
    for process in processes:
        # On SIGTERM Postgres would wait for its last client to leave.
        is_postgres = _name(process) == "postgres"
        send_signal([process], signal.SIGINT if is_postgres else signal.SIGTERM)
    send_signal(processes, signal.SIGCONT)
    _, left = psutil.wait_procs(processes, timeout=seconds)
    kill(left)
    psutil.wait_procs(left, timeout=5)


def is_frozen(pid: int) -> bool:
    """Return whether the process is suspended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False


def memory(processes: Iterable[psutil.Process]) -> int:
    """Return the bytes of memory that the processes use together.

    A page that n processes share counts as 1/n for each (PSS). On macOS this is the resident size.
    """
    total = 0
    for process in processes:
        try:
            usage = process.memory_full_info()
        except psutil.Error:
            continue
        total += getattr(usage, "pss", usage.rss)
    return total


def cpu_seconds(pid: int) -> float:
    """Return the CPU time, user and system, that a process and its children used until now.

    On Linux this includes children that have ended. What running processes used is exact there;
    elsewhere, and for ended children, it counts in steps of some 10 ms.
    """
    return sum(map(own_cpu_seconds, tree_of(pid)))


def own_cpu_seconds(process: psutil.Process) -> float:
    """Return the same of one process, without the children that it has now."""
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0  # its parent has its time now
    own = times.user + times.system
    if sys.platform == "linux":
        with suppress(OSError):  # it has ended
            own = time.clock_gettime((~process.pid << 3) | 2)  # clock_getcpuclockid(3)
    return own + times.children_user + times.children_system


def wakeups(process: psutil.Process) -> int:
    """Return how often the threads that this process has now went to sleep until now.

    Each of these voluntary context switches is a wake-up when it ends. 0 for an ended process.
    """
    try:
        if sys.platform != "linux":
            return process.num_ctx_switches().voluntary
        # psutil reads the first thread only.
        threads = list(Path(f"/proc/{process.pid}/task").iterdir())
        return sum(_sleeps(thread) for thread in threads)
    except (psutil.Error, OSError):
        return 0


def _sleeps(thread: Path) -> int:
    with suppress(OSError):  # it has ended
        status = (thread / "status").read_text()
        return int(re.findall(r"^voluntary_ctxt_switches:\s*(\d+)", status, re.MULTILINE)[0])
    return 0


@contextmanager
def cleanup_on_exit(clean_up: Callable[[], object]) -> Iterator[None]:
    """Call `clean_up()` after the block: at its end, on an error, on SIGTERM and on Ctrl-C.

    Further signals are ignored until `clean_up()` has returned.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        try:
            for number in before:
                signal.signal(number, signal.SIG_IGN)
            clean_up()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def belongs(process: psutil.Process, home: Home, name: str | None = None) -> bool:
    """Return whether the process is of this home, and has this name; False when it has ended."""
    try:
        environment = process.environ()
        if environment.get("ESCALA_HOME") == str(home.folder) and "ESCALA_PROCESS" in environment:
            return name in (None, environment["ESCALA_PROCESS"])
        if process.name() not in SERVERS:
            return False
        folders = {"postgres": postgres.cluster(home.data / "postgres")}
        folders |= {server: home.data / server for server in ("cache", "broker")}
        working = process.cwd()
        return any(
            working == str(folder) for server, folder in folders.items() if name in (None, server)
        )
    except (psutil.Error, OSError):
        return False

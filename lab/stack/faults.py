"""Faults on purpose: kill, freeze or stop one process, and start it again.

A process that a command killed or stopped stays down until `start`. The supervisor restarts one
that ends for any other reason.
"""

import signal

from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import desired, process_tree, scale
from lab.stack.desired import kind
from lab.stack.haproxy import HAProxy
from lab.stack.home import Home
from lab.stack.supervisor import Supervisor

SIGNALS = ("KILL", "STOP", "TERM")


def kill(home: Home, name: str, signal_name: str = "KILL") -> None:
    """Send KILL, STOP or TERM to a running process.

    KILL and STOP reach all its children too. TERM goes to the process alone, which may take time.
    """
    supervisor = _supervisor_of(home, name)
    state, pid = supervisor.states()[name]
    if pid and signal_name == "KILL":
        supervisor.mark_killed(name)
    if state == "backoff":  # it is dead; the supervisor waits before it tries to start it again
        supervisor.stop_process(name)
        return
    if not pid:
        raise Failure(f"{name} is not running ({state})", f"./escala start {name}")
    if signal_name == "STOP":
        process_tree.freeze(pid)
        return
    # The supervisor must not restart the process, but stop_process() also sends it a signal.
    # A frozen process does not receive that signal before it is killed.
    tree = process_tree.freeze(pid)
    supervisor.stop_process(name)
    if signal_name == "KILL":
        process_tree.kill(tree)
        supervisor.wait_stopped(name, seconds=5)
    else:
        process_tree.send_signal(tree[:1], signal.SIGTERM)
        process_tree.resume(pid)


def start(home: Home, name: str) -> None:
    """Start a stopped process or resume a frozen one; return when it is ready.

    An instance is ready when HAProxy sends it requests again.
    """
    supervisor = _supervisor_of(home, name)
    state, pid = supervisor.states()[name]
    if pid and state == "frozen":
        process_tree.resume(pid)
    wait_until(
        lambda: supervisor.states()[name][0] != "stopping", seconds=30, what=f"{name} to end first"
    )
    scale.add(supervisor, [name], quietly=True)
    if name == "haproxy":
        HAProxy(home).close_other_slots(desired.load(home).instances())


def stop(home: Home, name: str) -> None:
    """Stop a process after its current work: an instance is drained, a worker ends its task."""
    scale.remove(_supervisor_of(home, name), name, quietly=True)


def _supervisor_of(home: Home, name: str) -> Supervisor:
    desired.check_name(name)
    supervisor = scale.running_supervisor(home)
    # A process that should have ended, and runs, can still be stopped or killed.
    if name not in desired.load(home).names() and not supervisor.states()[name][1]:
        number = name.rpartition("-")[2]
        command = f"workers {number}" if kind(name) == "worker" else f"scale {kind(name)} {number}"
        raise Failure(f"{name} is not part of this system now", f"./escala {command}")
    return supervisor

"""FAULTS on purpose: kill, freeze or stop one process, and start it again.

What a command struck stays down until `start`; what dies otherwise is started again by the
supervisor.
"""

import signal

from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import desired, process_tree, scale
from lab.stack.desired import kind
from lab.stack.haproxy import HAProxy

SIGNALS = ("KILL", "STOP", "TERM")


def kill(home, name, number="KILL"):
    """Strikes a running process: KILL and STOP with all its children, TERM alone, and it may take
    its time."""
    supervisor = _supervisor_of(home, name)
    state, pid = supervisor.states()[name]
    if state == "backoff":  # dead already, between two tries of the supervisor
        supervisor.stop_process(name)
        return
    if not pid:
        raise Failure(f"{name} is not running ({state})", f"./escala start {name}")
    if number == "STOP":
        process_tree.freeze(pid)
        return
    # Frozen first: the signal that the supervisor sends along with its promise not to start it
    # again stays unread.
    family = process_tree.freeze(pid)
    supervisor.stop_process(name)
    if number == "KILL":
        process_tree.kill(family)
        supervisor.wait_stopped(name, seconds=5)
    else:
        process_tree.send(family[:1], signal.SIGTERM)
        process_tree.thaw(pid)


def start(home, name):
    """Starts a stopped process, or wakes a frozen one; returns when it is ready and, if balanced,
    takes requests."""
    supervisor = _supervisor_of(home, name)
    state, pid = supervisor.states()[name]
    if state == "frozen":
        process_tree.thaw(pid)
    wait_until(
        lambda: supervisor.states()[name][0] != "stopping", seconds=30, what=f"{name} to end first"
    )
    scale.add(supervisor, [name], quietly=True)
    if name == "haproxy":
        HAProxy(home).close_other_slots(desired.load(home).instances())


def stop(home, name):
    """Stops a process in good order: an instance is drained, a worker finishes its task."""
    desired.check_name(name)
    supervisor = scale.running_supervisor(home)
    scale.remove(supervisor, name, quietly=True)


def _supervisor_of(home, name):
    """The supervisor of a running system that has a process of this name; refuses any other
    name."""
    desired.check_name(name)
    supervisor = scale.running_supervisor(home)
    if name not in desired.load(home).names():
        number = name.rpartition("-")[2]
        command = f"workers {number}" if kind(name) == "worker" else f"scale {kind(name)} {number}"
        raise Failure(f"{name} is not part of the system now", f"./escala {command}")
    return supervisor

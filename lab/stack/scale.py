"""SCALE: more or fewer instances and workers while requests arrive; none of them fails.

In: start, wait until healthy, let requests come. Out: let no more come, wait for those under way,
stop.
"""

import dataclasses

from lab import console
from lab.errors import Failure
from lab.stack import desired, ports, process_tree, processes, readiness
from lab.stack.desired import kind
from lab.stack.haproxy import HAProxy
from lab.stack.supervisor import Supervisor

SERVICES = ("core", "analytics", "worker", "relay", "recorder")


def scale(home, group, number):
    """Makes `number` instances of `core` or `analytics`, or `number` of `worker`; what runs on is
    not touched."""
    desired.check_count(group, number)
    supervisor = running_supervisor(home)
    before = desired.load(home)
    now = dataclasses.replace(before, **{group: number})
    new = [name for name in now.names() if name not in before.names()]
    ports.check(home, new)
    desired.save(home, now)
    add(supervisor, new)
    for name in reversed([name for name in before.names() if name not in now.names()]):
        remove(supervisor, name)


def rolling_restart(home):
    """Starts every service again, one process after the other; the two Redis, Postgres and HAProxy
    stay.

    What was killed or stopped on purpose stays down, and is named.
    """
    supervisor = running_supervisor(home)
    names = [name for name in desired.load(home).names() if kind(name) in SERVICES]
    down = [name for name in names if supervisor.states()[name][0] == "stopped"]
    if down:
        console.say(f"  {', '.join(down)}: stopped on purpose, left so (./escala start NAME)")
    restart(supervisor, [name for name in names if name not in down])


def restart(supervisor, names):
    """Starts the named processes again, one after the other, so that the others carry the load
    meanwhile."""
    for group in ("core", "analytics"):
        members = [name for name in names if kind(name) == group]
        if members:
            _restart_instances(supervisor, group, members)
    for name in names:
        if kind(name) not in ("core", "analytics"):
            with console.step(f"{name} restarted"):
                remove(supervisor, name, quietly=True)
                add(supervisor, [name], quietly=True)


def add(supervisor, names, *, quietly=False):
    """Starts processes side by side and lets requests come to those that HAProxy balances."""
    for name in names:
        supervisor.start_process(name)
    readiness.wait_ready(supervisor, names)
    instances = [name for name in names if kind(name) in ("core", "analytics")]
    if instances:
        HAProxy(supervisor.home).enable(instances)
    if names and not quietly:
        console.say(f"  {', '.join(names)} started")


def remove(supervisor, name, *, quietly=False):
    """Stops a process when it has finished what it was doing; an instance is drained first."""
    if kind(name) in ("core", "analytics"):
        HAProxy(supervisor.home).drain(name)
    state, pid = supervisor.states()[name]
    supervisor.stop_process(name)
    if state == "frozen":
        process_tree.thaw(pid)
    seconds = processes.ending(name).seconds + 5
    if not supervisor.wait_stopped(name, seconds=seconds):
        raise Failure(f"{name} did not end within {seconds} s", f"./escala kill {name}")
    if not quietly:
        console.say(f"  {name} stopped")


def running_supervisor(home):
    """The supervisor of a running system; refuses when none runs."""
    supervisor = Supervisor(home)
    if not supervisor.is_alive():
        left = len(process_tree.ours(home))
        what = (
            f"the supervisor died; {left} processes go on without it"
            if left
            else "no system is running"
        )
        raise Failure(
            f"{what} (home: {home.folder})", "./escala up" + (", or ./escala down" if left else "")
        )
    return supervisor


def _restart_instances(supervisor, group, members):
    # A single instance gets a stand-in for the time of its restart: somebody must answer.
    stand_in = f"{group}-2" if getattr(desired.load(supervisor.home), group) == 1 else None
    if stand_in:
        ports.check(supervisor.home, [stand_in])
        add(supervisor, [stand_in], quietly=True)
    for name in members:
        with console.step(f"{name} restarted"):
            remove(supervisor, name, quietly=True)
            add(supervisor, [name], quietly=True)
    if stand_in:
        remove(supervisor, stand_in, quietly=True)

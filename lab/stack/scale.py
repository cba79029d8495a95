"""Change the number of instances and workers, or restart them, while requests arrive; none fails.

To add an instance: start it, wait until it is healthy, then let requests come. To remove one: send
it no new requests, wait until it has answered those it has, then stop it.
"""

import dataclasses
import xmlrpc.client
from collections.abc import Sequence
from contextlib import suppress

from lab import console
from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import desired, ports, process_tree, processes, readiness, redis_servers
from lab.stack.desired import kind
from lab.stack.haproxy import HAProxy
from lab.stack.home import Home
from lab.stack.supervisor import Supervisor

SERVICES = ("core", "analytics", "worker", "relay", "recorder")
WAIT_WITHOUT_BROKER = 8  # seconds that a process without its broker may take to end


def scale(home: Home, group: str, number: int) -> None:
    """Change the number of `core`, `analytics` or `worker` processes; the others keep running."""
    desired.check_count(group, number)
    supervisor = running_supervisor(home)
    before = desired.load(home)
    after = dataclasses.replace(before)
    setattr(after, group, number)
    new = [name for name in after.names() if name not in before.names()]
    ports.check(home, new)
    desired.save(home, after)
    add(supervisor, new)
    for name in reversed([name for name in before.names() if name not in after.names()]):
        remove(supervisor, name)


def rolling_restart(home: Home) -> None:
    """Restart every service, one process after the other.

    Postgres, both Redis servers and HAProxy keep running. A process that was killed or stopped on
    purpose stays down, and a message names it.
    """
    supervisor = running_supervisor(home)
    names = [name for name in desired.load(home).names() if kind(name) in SERVICES]
    states = supervisor.states()
    down = [name for name in names if states[name][0] in ("stopped", "killed")]
    if down:
        console.say(
            f"  {', '.join(down)} not restarted: killed or stopped on purpose (./escala start NAME)"
        )
    if not redis_servers.is_answering(home, "broker"):
        console.say("  the broker does not answer: tasks wait for it (./escala start broker)")
    restart(supervisor, [name for name in names if name not in down])


def restart(supervisor: Supervisor, names: Sequence[str]) -> None:
    """Restart the processes one after the other, so that the others answer requests meanwhile."""
    for group in ("core", "analytics"):
        members = [name for name in names if kind(name) == group]
        if members:
            _restart_instances(supervisor, group, members)
    for name in names:
        if kind(name) not in ("core", "analytics"):
            _replace(supervisor, name)


def add(supervisor: Supervisor, names: Sequence[str], *, quietly: bool = False) -> None:
    """Start processes side by side; let HAProxy send requests to the instances among them."""
    for name in names:
        supervisor.start_process(name)
    readiness.wait_ready(supervisor, names)
    instances = [name for name in names if kind(name) in ("core", "analytics")]
    if instances:
        HAProxy(supervisor.home).enable(instances)
    if names and not quietly:
        console.say(f"  {', '.join(names)} started")


def remove(supervisor: Supervisor, name: str, *, quietly: bool = False) -> None:
    """Stop a process after its current work; an instance is drained first."""
    if kind(name) in ("core", "analytics"):
        HAProxy(supervisor.home).drain(name)
    state, pid = supervisor.states()[name]
    supervisor.stop_process(name)
    if pid and state == "frozen":
        process_tree.resume(pid)
    wait_ended(supervisor, name, pid)
    if not quietly:
        console.say(f"  {name} stopped")


def wait_ended(supervisor: Supervisor, name: str, pid: int | None) -> None:
    """Wait until a process that was told to stop has ended; `pid` is what it had before."""
    if pid and kind(name) in ("worker", "relay", "recorder"):
        _end_without_broker(supervisor, name, pid)
    seconds = processes.stop_rule(name).seconds + 5
    if not supervisor.wait_stopped(name, seconds=seconds):
        raise Failure(f"{name} did not end within {seconds} s", f"./escala kill {name}")


def _end_without_broker(supervisor: Supervisor, name: str, pid: int) -> None:
    # Celery waits for a broker that hangs, as long as a task may take. To kill it is safe: what it
    # has not acknowledged comes again, and each effect happens once.
    ended = redis_servers.is_answering(supervisor.home, "broker") or supervisor.wait_stopped(
        name, seconds=WAIT_WITHOUT_BROKER
    )
    if not ended:
        process_tree.kill(process_tree.freeze(pid))


def running_supervisor(home: Home) -> Supervisor:
    """Return the supervisor of a running system; raise Failure when no system runs.

    From here on the home has the ports of that system, whatever ESCALA_PORT_BASE says now.
    """
    supervisor = Supervisor(home)
    if not supervisor.is_alive():
        check_not_living(supervisor)
        left = len(process_tree.processes_of(home))
        what = (
            f"the supervisor died, but {left} of its processes still run"
            if left
            else "no system is running"
        )
        raise Failure(
            f"{what} (home: {home.folder})", "./escala up" + (", or ./escala down" if left else "")
        )
    home.port_base = home.saved_port_base or home.port_base
    return supervisor


def check_not_living(supervisor: Supervisor) -> None:
    """Raise Failure when the supervisor runs: that it does not answer does not mean it died."""
    if pid := supervisor.pid():
        suspended = process_tree.is_frozen(pid)
        raise Failure(
            f"the supervisor (pid {pid}) runs and does not answer",
            "./escala up resumes it" if suspended else "./escala down, then ./escala up",
        )


def _restart_instances(supervisor: Supervisor, group: str, members: Sequence[str]) -> None:
    # While the only running instance restarts, another one must answer the requests.
    number = getattr(desired.load(supervisor.home), group) + 1
    needed = len(members) == 1 and number <= desired.LIMITS[group]
    stand_in = f"{group}-{number}" if needed else None
    if stand_in:
        ports.check(supervisor.home, [stand_in])
        add(supervisor, [stand_in], quietly=True)
    for name in members:
        _replace(supervisor, name)
    if stand_in:  # after a failure it goes on answering; the next `up` removes it
        remove(supervisor, stand_in, quietly=True)


def _replace(supervisor: Supervisor, name: str) -> None:
    with console.step(f"{name} restarted"):
        try:
            remove(supervisor, name, quietly=True)
            add(supervisor, [name], quietly=True)
        except BaseException:  # also Ctrl-C: what was taken out must not stay out
            with suppress(Failure, OSError, xmlrpc.client.Error):
                _put_back(supervisor, name)
            raise


def _put_back(supervisor: Supervisor, name: str) -> None:
    wait_until(
        lambda: supervisor.states()[name][0] != "stopping",
        seconds=processes.stop_rule(name).seconds,
    )
    supervisor.start_process(name)
    if kind(name) in ("core", "analytics"):
        HAProxy(supervisor.home).open([name])

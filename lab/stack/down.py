"""DOWN: ends every process of this system, also those that a dead supervisor left behind, and
removes its sockets."""

import shutil

from lab import console
from lab.polling import wait_until
from lab.stack import desired, postgres, process_tree
from lab.stack.supervisor import Supervisor

STORES = {"postgres", "cache", "broker"}


def down(home, *, wipe=False):
    """Returns when nothing of this system runs any more. `wipe` also removes its data, logs and
    secrets."""
    supervisor = Supervisor(home)
    if supervisor.is_alive():
        _end_orderly(supervisor)
    clear_leftovers(home)
    desired.forget(home)
    if wipe:
        _wipe(home)


def clear_leftovers(home):
    """Ends what an earlier run left, when its supervisor was killed; does nothing when nothing was
    left."""
    left = process_tree.ours(home)
    if left:
        console.say(f"  ending {len(left)} processes that an earlier run left behind")
        process_tree.end(left, seconds=10)
    for path in (home.supervisor_socket, home.haproxy_socket):
        path.unlink(missing_ok=True)


def _end_orderly(supervisor):
    # The servers last: whoever uses them can finish what it is doing.
    names = set(supervisor.states())
    for group, seconds in ((names - STORES, 20), (STORES, 30)):
        _end_group(supervisor, group, seconds)
    supervisor.shut_down()
    wait_until(
        lambda: not supervisor.is_alive() and not process_tree.ours(supervisor.home), seconds=10
    )


def _end_group(supervisor, names, seconds):
    for name in names:
        supervisor.stop_process(name)
    for name in names:
        state, pid = supervisor.states()[name]
        if state == "frozen":
            process_tree.thaw(pid)
    wait_until(lambda: not _alive(supervisor, names), seconds=seconds)
    for pid in _alive(supervisor, names):  # a long task: it is done again after the next up
        process_tree.kill(process_tree.freeze(pid))


def _alive(supervisor, names):
    return [pid for name, (_, pid) in supervisor.states().items() if name in names and pid]


def _wipe(home):
    for folder in (
        postgres.cluster(home.data / "postgres"),
        home.data,
        home.logs,
        home.secrets,
        home.run,
        home.config,
    ):
        shutil.rmtree(folder, ignore_errors=True)

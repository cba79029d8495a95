"""`down`: end every process of a system, also those that a killed supervisor left behind."""

import shutil
from collections.abc import Collection
from contextlib import suppress

from lab import console
from lab.polling import wait_until
from lab.stack import desired, postgres, process_tree
from lab.stack.home import Home
from lab.stack.supervisor import Supervisor

STORES = {"postgres", "cache", "broker"}


def down(home: Home, *, wipe: bool = False) -> list[str]:
    """End the system; return when none of its processes is left.

    `wipe` also removes its data, logs and secrets, and the home when nothing else is in it: the
    result has the folders that were removed.
    """
    supervisor = Supervisor(home)
    supervisor.resume()
    if supervisor.is_alive():
        _end_in_order(supervisor)
    clear_leftovers(home)
    desired.forget(home)
    return _wipe(home) if wipe else []


def clear_leftovers(home: Home) -> None:
    """End processes that an earlier run left behind, and remove its sockets."""
    left = process_tree.processes_of(home)
    if left:
        console.say(f"  ending {len(left)} processes that an earlier run left behind")
        process_tree.end(left, seconds=10)
    for path in (home.supervisor_socket, home.haproxy_socket):
        path.unlink(missing_ok=True)


def _end_in_order(supervisor: Supervisor) -> None:
    # The stores last: the services need them to finish their work.
    names = set(supervisor.states())
    for group, seconds in ((names - STORES, 20), (STORES, 30)):
        _end_group(supervisor, group, seconds)
    supervisor.shut_down()
    wait_until(
        lambda: not supervisor.is_alive() and not process_tree.processes_of(supervisor.home),
        seconds=10,
    )


def _end_group(supervisor: Supervisor, names: Collection[str], seconds: float) -> None:
    for name in names:
        supervisor.stop_process(name)
    for name in names:
        state, pid = supervisor.states()[name]
        if pid and state == "frozen":
            process_tree.resume(pid)
    wait_until(lambda: not _running_pids(supervisor, names), seconds=seconds)
    # A long task may still be running: killing it is safe, since it starts again after `up`.
    for pid in _running_pids(supervisor, names):
        process_tree.kill(process_tree.freeze(pid))


def _running_pids(supervisor: Supervisor, names: Collection[str]) -> list[int]:
    return [pid for name, (_, pid) in supervisor.states().items() if name in names and pid]


def _wipe(home: Home) -> list[str]:
    postgres.remove_shared_memory(home.data / "postgres")
    database = postgres.cluster(home.data / "postgres")
    folders = [home.data, home.logs, home.secrets, home.run, home.config, home.tree]
    removed = []
    for folder in ([] if database.is_relative_to(home.data) else [database]) + folders:
        if folder.exists():
            shutil.rmtree(folder, ignore_errors=True)
            is_inside = folder.is_relative_to(home.folder)
            removed.append(str(folder.relative_to(home.folder) if is_inside else folder))
    with suppress(OSError):  # results of runs are still in it
        home.folder.rmdir()
    return removed

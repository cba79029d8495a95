"""What the processes of a supervisor use, part by part, as the benchmarks count it."""

import psutil
import pytest

from lab.bench import fleet
from lab.polling import wait_until
from lab.stack import desired, ports, process_tree, redis_servers
from lab.stack.desired import DesiredState
from lab.stack.home import Home
from lab.stack.supervisor import Supervisor

RUNNING = ("cache", "broker")


@pytest.fixture
def home(tmp_path):
    """The home of a supervisor that runs the two Redis."""
    home = Home(tmp_path / "home", ports.free_base())
    home.create()
    desired.save(home, DesiredState())
    supervisor = Supervisor(home)
    with process_tree.cleanup_on_exit(
        lambda: process_tree.end(process_tree.processes_of(home), seconds=10)
    ):
        supervisor.start()
        for name in RUNNING:
            redis_servers.write_config(home, name)
            supervisor.start_process(name)
        assert wait_until(
            lambda: all(redis_servers.is_answering(home, name) for name in RUNNING), seconds=30
        )
        yield home


def test_each_process_is_counted_once_with_its_children_and_so_is_the_supervisor(home):
    parent = Supervisor(home).api.getPID()
    pids = {name: Supervisor(home).states()[name][1] for name in RUNNING}
    before = {name: process_tree.cpu_seconds(pid) for name, pid in pids.items()}

    found = fleet.used(home)

    assert set(found) == {*RUNNING, "supervisor"}
    for name in RUNNING:
        assert before[name] <= found[name].cpu_seconds <= process_tree.cpu_seconds(pids[name])
        assert found[name].wakeups > 0
    own = process_tree.own_cpu_seconds(psutil.Process(parent))
    assert 0 < found["supervisor"].cpu_seconds <= own < process_tree.cpu_seconds(parent)


def test_the_whole_is_the_sum_of_its_parts_and_of_a_server_beside_it(home):
    parts = sum(use.cpu_seconds for use in fleet.used(home).values())
    cache = Supervisor(home).states()["cache"][1]
    beside = psutil.Process().pid  # this process is no part of the system

    whole, with_a_part, with_another = (
        fleet.cpu_seconds(home, server) for server in (None, cache, beside)
    )

    assert parts <= whole <= with_a_part < with_another
    assert with_a_part - whole < process_tree.cpu_seconds(cache)
    assert with_another - with_a_part > 0.9 * process_tree.cpu_seconds(beside)

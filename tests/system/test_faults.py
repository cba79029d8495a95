import dataclasses
import os
import re
import signal
import time

import psutil
import pytest
import redis

from lab.polling import wait_until
from lab.stack import desired, environment, postgres, process_tree
from lab.stack.supervisor import Supervisor
from tests.support import refusals
from tests.support.shoppers import shop_load


def state(laptop, name):
    return laptop.processes()[name]["state"]


@pytest.mark.parametrize(
    "name", ["core-2", "worker-1", "relay", "recorder-1", "cache", "broker", "postgres"]
)
def test_what_was_killed_is_gone_at_once_with_all_its_children_and_stays_gone(laptop, name):
    family = process_tree.tree_of(laptop.processes()[name]["pid"])

    laptop.run("kill", name)
    assert not [
        process
        for process in family
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]
    assert state(laptop, name) == "killed"
    assert not process_tree.processes_of(laptop.home, name)

    laptop.run("start", name)
    laptop.wait_healthy()


def test_a_frozen_process_is_called_frozen_and_goes_on_when_started(laptop):
    pid = laptop.processes()["core-1"]["pid"]

    laptop.run("kill", "core-1", "--signal", "STOP")
    assert state(laptop, "core-1") == "frozen"
    assert {process.status() for process in process_tree.tree_of(pid)} == {psutil.STATUS_STOPPED}

    laptop.run("start", "core-1")
    assert laptop.processes()["core-1"]["pid"] == pid


def test_a_frozen_process_can_be_killed_and_stopped(laptop):
    for command, word in (("kill", "killed"), ("stop", "stopped")):
        laptop.run("kill", "relay", "--signal", "STOP")
        laptop.run(command, "relay")
        assert state(laptop, "relay") == word
        laptop.run("start", "relay")


def test_term_lets_an_instance_finish_and_it_stays_down(laptop):
    laptop.run("kill", "core-1", "--signal", "TERM")

    assert wait_until(lambda: state(laptop, "core-1") == "stopped", seconds=20)
    time.sleep(2)  # long enough for a restart, if there were one
    assert state(laptop, "core-1") == "stopped"
    laptop.run("start", "core-1")


def test_starting_what_runs_is_no_error(laptop):
    before = laptop.processes()

    laptop.run("start", "core-1")

    assert laptop.processes() == before


def test_a_stopped_instance_leaves_the_balance_in_good_order(laptop):
    with shop_load(laptop) as load:
        laptop.run("stop", "core-2")
        rows = laptop.status()["instances"]
        laptop.run("start", "core-2")

    assert next(row["state"] for row in rows if row["name"] == "core-2") == "MAINT"
    assert load.failures == []


@pytest.mark.parametrize("name", ["core-1", "worker-1", "postgres", "haproxy"])
def test_what_dies_by_itself_comes_back(laptop, name):
    pid = laptop.processes()[name]["pid"]
    supervisor = Supervisor(laptop.home)

    os.kill(pid, signal.SIGKILL)  # the main process alone: Gunicorn's orphan keeps the port

    def is_back():
        state, new = supervisor.states()[name]
        return state == "running" and new != pid

    assert wait_until(is_back, seconds=20)
    laptop.wait_healthy()


@pytest.mark.parametrize("words", [("kill", "core-9"), ("start", "nobody"), ("stop", "core")])
def test_a_process_that_cannot_be_is_refused_by_name(laptop, words):
    assert "core-1" in laptop.run(*words, code=2).stderr


def test_a_place_that_is_not_in_use_is_not_started(laptop):
    assert "scale core 5" in laptop.run("start", "core-5", code=1).stderr
    assert "scale core 5" in laptop.run("kill", "core-5", code=1).stderr


def refuse_passwords(laptop):
    url = environment.redis_url(laptop.home, "cache")
    with redis.Redis.from_url(url) as client:
        client.config_set("requirepass", "another")


def remove_shared_memory(laptop):
    """What a logout does to files in /dev/shm: Postgres then refuses each new connection."""
    folder = postgres.cluster(laptop.home.data / "postgres") / "pg_dynshmem"
    for path in folder.glob("mmap.*"):
        path.unlink()


@pytest.mark.parametrize(
    ("name", "disturb"), [("cache", refuse_passwords), ("postgres", remove_shared_memory)]
)
def test_what_runs_and_does_not_answer_is_unhealthy_and_up_restarts_it(laptop, name, disturb):
    before = laptop.processes()
    assert before[name]["answers"]
    disturb(laptop)

    status = laptop.json("status", code=1)
    row = next(row for row in status["processes"] if row["name"] == name)
    assert (row["state"], row["answers"], status["healthy"]) == ("running", False, False)
    assert re.search(f"{name} +no answer", laptop.run("status", code=1).stdout)

    laptop.run("up")
    laptop.wait_healthy()
    after = laptop.processes()
    assert [each for each in after if after[each]["pid"] != before[each]["pid"]] == [name]


def test_the_memory_of_postgres_lies_where_no_logout_clears_it(laptop):
    pid = laptop.processes()["postgres"]["pid"]
    maps = {each.path for each in psutil.Process(pid).memory_maps()}

    assert [path for path in maps if "pg_dynshmem" in path]
    assert not [path for path in maps if path.startswith("/dev/shm/PostgreSQL")]


def test_a_supervisor_that_lives_and_cannot_be_reached_is_left_alone(laptop):
    before, socket = laptop.processes(), laptop.home.supervisor_socket
    hidden = socket.with_name("hidden")
    socket.rename(hidden)
    try:
        for command in ("status", "up"):
            assert "runs and does not answer" in laptop.run(command, code=1).stderr
    finally:
        hidden.rename(socket)

    assert laptop.processes() == before


def test_a_suspended_supervisor_is_not_waited_for_and_up_resumes_it(laptop):
    before = laptop.processes()
    os.kill(int((laptop.home.config / "supervisor.pid").read_text()), signal.SIGSTOP)

    said = laptop.run("status", code=1).stderr
    assert "runs and does not answer" in said and "next: ./escala up" in said
    laptop.run("up")

    assert laptop.processes() == before


def test_a_broker_that_refuses_to_write_is_named_and_up_restarts_it(laptop):
    before = laptop.processes()
    url = environment.redis_url(laptop.home, "broker")
    with redis.Redis.from_url(url) as client:
        refusals.begin(client, refusals.READ_ONLY)

    status = laptop.json("status", code=1)
    assert not status["healthy"] and "READONLY" in status["problems"][0]
    assert re.search("problem +broker answers, and refuses", laptop.run("status", code=1).stdout)

    laptop.run("up")
    laptop.wait_healthy()
    after = laptop.processes()
    assert [each for each in after if after[each]["pid"] != before[each]["pid"]] == ["broker"]


@pytest.mark.parametrize("command", ["kill", "stop", "start"])
def test_a_process_that_is_no_part_of_the_system_is_named(laptop, command):
    assert "./escala scale core 7" in laptop.run(command, "core-7", code=1).stderr


def test_a_process_that_should_have_ended_can_be_killed(laptop):
    laptop.run("scale", "3")
    desired.save(laptop.home, dataclasses.replace(desired.load(laptop.home), core=2))

    laptop.run("kill", "core-3")

    assert laptop.run("up") and "core-3" not in laptop.processes()

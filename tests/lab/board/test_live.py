"""What the board shows of a running system, and what it does to it."""

import time
from contextlib import contextmanager

import psutil
import psycopg
import pytest

from lab.board.ledger import IN_CORE
from lab.polling import wait_until
from lab.stack import credentials, postgres, process_tree
from lab.stack.tracing import haproxy_log
from tests.support.shapes import assert_recorded_shape


@pytest.fixture
def viewer(watched):
    """A viewer of a system whose two instances take requests, while shoppers read and order."""
    viewer = watched.viewer
    for verb, value in (("rate", 20), ("orders", 40)):
        viewer.done(verb, value=value)
    orders = viewer.truth()["acknowledged"]
    viewer.wait_for_truth(lambda truth: truth["acknowledged"] > orders, seconds=20)
    yield viewer
    viewer.done("rate", value=0)


def board_processes(laptop):
    return process_tree.processes_of(laptop.home, "board")


@contextmanager
def frozen(laptop, name):
    """Suspends a process past the board, as another shell would."""
    pid = laptop.viewer.box(name)["pid"]
    process_tree.freeze(pid)
    try:
        yield
    finally:
        process_tree.resume(pid)


def test_up_starts_it_and_says_where_it_is(watched):
    address = watched.status()["addresses"]["board"]

    assert watched.json("board") == {"board": address}
    assert watched.viewer.request("GET", address[address.index("/?") :])[0] == 303
    assert address in watched.run("status").stdout
    assert watched.processes()["board"]["state"] == "running"
    assert watched.status()["healthy"]


def test_the_documents_have_every_recorded_field(watched, viewer):
    viewer.wait_for_truth(lambda truth: truth["counted"], seconds=10)

    found = [(event, document) for _, event, document in viewer.events(2)]

    assert found[0][0] == "snapshot"
    assert_recorded_shape("board", found[0][1])
    ticks = [document for event, document in found[1:] if event == "tick"]
    assert len(ticks) >= 2
    for tick in ticks:
        assert_recorded_shape("board_tick", tick)
    numbers = [tick["n"] for tick in ticks]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_a_killed_instance_is_soon_dead_and_its_sentence_is_true(watched, viewer):
    position = haproxy_log.size(watched.home.log("haproxy"))
    ticks = viewer.snapshot()["state"]["n"]
    _, asked = viewer.act("kill", "core-2")
    assert wait_until(lambda: viewer.box("core-2")["state"] == "killed", seconds=5, every=0.02)
    assert viewer.snapshot()["state"]["n"] - ticks <= 4  # two a second, and one when it is struck

    viewer.done("start", "core-2")

    assert wait_until(lambda: "back" in viewer.find_act(asked["number"])["text"], seconds=30)
    assert wait_until(lambda: viewer.box("core-2")["haproxy"] == "UP", seconds=5)
    assert viewer.box("core-2")["disagree"] is None
    act = viewer.find_act(asked["number"])
    assert act["command"] == "./escala kill core-2"
    sentence = act["text"].split("; ")
    assert sentence[0].startswith("HAProxy knew after ")
    logged = list(haproxy_log.exchanges(watched.home.log("haproxy"), position))
    again = sum(exchange.retries > 0 for exchange in logged)
    failed = sum(exchange.status < 0 or exchange.status >= 500 for exchange in logged)
    counted = f"{failed} failed; {again} sent again"
    assert wait_until(lambda: counted in viewer.find_act(asked["number"])["text"], seconds=3)


def test_a_short_freeze_may_pass_unnoticed(watched, viewer):
    viewer.done("rate", value=0)  # without requests only the health checks notice
    number = viewer.done("freeze", "core-2")["number"]
    viewer.done("start", "core-2")

    assert wait_until(lambda: "did not notice" in viewer.find_act(number)["text"], seconds=5)
    assert wait_until(lambda: "back after" in viewer.find_act(number)["text"], seconds=5)


def test_the_totals_equal_the_rows_and_the_audit_agrees(watched, viewer):
    truth = viewer.final_truth(seconds=30)

    rows = watched.sql(
        "core",
        "SELECT count(*), count(DISTINCT idempotency_key) FROM orders_order"
        " WHERE starts_with(idempotency_key, %s)",
        f"board/{viewer.snapshot()['session']}/",
    )
    assert rows == [(truth["acknowledged"], truth["counted"])]
    assert truth["acknowledged"] == truth["recorded"] > 0
    assert (truth["lost"], truth["doubled"], truth["travelling"]) == (0, 0, 0)
    assert viewer.done("audit")["text"].startswith("no violations")


def test_while_postgres_is_frozen_the_truth_is_not_known(watched, viewer):
    with frozen(watched, "postgres-core"):
        since = time.time()
        truth = viewer.wait_for_truth(
            lambda t: t["unknown_since"]["core"] and t["unknown_since"]["analytics"], seconds=5
        )
        assert all(truth[name] is None for name in ("recorded", "counted", "lost", "doubled"))
        assert truth["acknowledged"] is not None
        assert abs(truth["unknown_since"]["core"] - since) < 5
        assert viewer.box("postgres-core")["state"] == "frozen"

    truth = viewer.wait_for_truth(
        lambda t: t["unknown_since"] == {"core": None, "analytics": None}, seconds=15
    )
    assert truth["lost"] == truth["doubled"] == 0


@pytest.mark.parametrize("name", ["haproxy", "cache", "broker", "postgres-core"])
def test_a_part_that_hangs_does_not_hold_up_the_board(watched, viewer, name):
    with frozen(watched, name):
        assert wait_until(lambda: viewer.box(name)["state"] == "frozen", seconds=5)
        ticks = [at for at, event, _ in viewer.events(3) if event == "tick"]
        assert len(ticks) >= 4

    assert wait_until(lambda: viewer.box(name)["state"] == "up", seconds=10)


def test_while_the_supervisor_hangs_the_pids_tell_who_lives(watched, viewer):
    supervisor = psutil.Process(int((watched.home.config / "supervisor.pid").read_text()))
    pid = viewer.box("core-2")["pid"]
    supervisor.suspend()
    try:
        process_tree.kill(process_tree.freeze(pid))
        assert wait_until(lambda: viewer.box("core-2")["state"] == "failed", seconds=5)
        assert viewer.box("core-1")["state"] == "up"
    finally:
        supervisor.resume()

    assert wait_until(lambda: viewer.box("core-2")["haproxy"] == "UP", seconds=20)


def test_a_viewer_who_comes_late_sees_the_same(watched, viewer):
    first = viewer.snapshot()

    late = next(document for _, event, document in viewer.events(5) if event == "snapshot")

    assert late["session"] == first["session"]
    assert late["acts"][: len(first["acts"])] == first["acts"]
    assert late["history"][-1]["at"] >= first["history"][-1]["at"]
    shared = {row["at"]: row for row in late["history"]}
    assert all(shared[row["at"]] == row for row in first["history"] if row["at"] in shared)
    assert late["state"]["controls"]["rate"] == 20


def test_an_order_is_followed_from_its_request_to_its_fact(watched, viewer):
    viewer.wait_for_truth(lambda truth: truth["counted"] > 3, seconds=10)
    key = f"board/{viewer.snapshot()['session']}/1"

    status, _, text = viewer.request("GET", f"/order/{key}")

    assert status == 200, text
    for word in ("the shoppers got: 201", "is a row in core", "outbox", "the event is a fact"):
        assert word in text


def test_a_second_act_is_refused_while_one_is_under_way(watched, viewer):
    status, first = viewer.act("workers", value=2)
    assert status == 202

    # No error: neither viewer has made a mistake.
    why = "workers 2 is under way: wait until it ends"
    assert viewer.act("kill", "core-1") == (200, {"refused": why})
    assert wait_until(lambda: viewer.find_act(first["number"])["state"] == "done", seconds=60), (
        viewer.find_act(first["number"])
    )
    assert viewer.snapshot()["state"]["controls"]["workers"] == 2
    assert viewer.box("worker-2")["state"] == "up"
    viewer.done("workers", value=1)
    assert wait_until(lambda: viewer.box("worker-2")["state"] == "absent", seconds=5)


def test_under_load_no_instance_seems_to_rest(watched, viewer):
    ticks = [tick for _, event, tick in viewer.events(6) if event == "tick"]

    for name in ("core-1", "core-2", "haproxy", "postgres-core"):
        rates = [box["rate"] for tick in ticks for box in tick["boxes"] if box["name"] == name]
        assert any(rates) and 0 not in rates, rates  # None: not known just then
    assert 0 not in [tick["edges"]["core>cache"] for tick in ticks]


def test_its_role_can_only_read_and_not_everything(watched):
    password = credentials.load(watched.home)["BOARD_DATABASE_PASSWORD"]
    port = watched.home.port("postgres")
    with postgres.connect(port, "board", password, "core") as connection:
        connection.execute(IN_CORE, {"user": 1, "keys": []})
        for statement in (
            "DELETE FROM orders_order",
            "SELECT password FROM accounts_user",
            "SELECT pg_sleep(2)",
            "SET default_transaction_read_only = off; UPDATE orders_order SET total = 0",
            "CREATE TABLE mine (id int)",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement)


def test_a_killed_board_leaves_nothing_and_starts_again(watched):
    viewer = watched.viewer
    watched.run("kill", "board")

    assert board_processes(watched) == []
    with pytest.raises(OSError):
        viewer.snapshot()
    watched.json("board")
    assert viewer.snapshot()["acts"] == []
    assert viewer.snapshot()["state"]["truth"]["acknowledged"] == 0

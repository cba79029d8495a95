"""A recorder or relay that is alive and deaf is replaced, and no event waits for ever."""

import pytest

from lab.polling import wait_until
from lab.stack import audit, credentials, faults, postgres
from lab.stack.supervisor import Supervisor
from tests.support import small_worker
from tests.support.laptop import Laptop
from tests.support.shop import Client, two_products

WATCHDOG_SECONDS = 10
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    laptop = Laptop(tmp_path_factory.mktemp("laptop"))
    laptop.environment["WATCHDOG_SECONDS"] = str(WATCHDOG_SECONDS)
    try:
        laptop.run("up")
        yield laptop
    finally:
        laptop.run("down")


def pid(laptop, name):
    return Supervisor(laptop.home).states()[name][1]


def wait_replaced(laptop, name, old):
    assert wait_until(lambda: pid(laptop, name) not in (old, None), seconds=60), (
        f"{name} is alive and deaf"
    )


def place_order(laptop):
    client = Client(laptop).login("customer")
    [sku, _] = two_products(client)
    assert client.order((sku, 1)).status == 201


def locked(laptop, table):
    """A connection that locks a table of analytics; whoever reads it waits until this is closed."""
    password = credentials.load(laptop.home)["ANALYTICS_DATABASE_PASSWORD"]
    connection = postgres.connect(laptop.home.port("postgres"), "analytics", password)
    connection.execute("BEGIN")
    connection.execute(f"LOCK TABLE {table}")
    return connection


def test_a_recorder_whose_main_loop_died_is_replaced_and_its_event_arrives(alone):
    old, said = pid(alone, "recorder-1"), alone.home.log("recorder-1").read_text
    with locked(alone, "sales_recordedevent"):
        place_order(alone)
        assert wait_until(lambda: alone.sql("analytics", BLOCKED) != [(0,)], seconds=30)
        small_worker.break_results(old, small_worker.RUBBISH)
        assert wait_until(lambda: "invalid load key, 'W'" in said(), seconds=30), said()[-3000:]
    assert pid(alone, "recorder-1") == old, "it was not deaf, it ended"
    place_order(alone)

    wait_replaced(alone, "recorder-1", old)
    audit.wait_finished(alone.home, audit.EVENTS)
    alone.wait_healthy()
    assert "watchdog: this process does nothing" in said()


def test_a_relay_that_waits_for_ever_is_replaced(alone):
    old = pid(alone, "relay")
    faults.kill(alone.home, "postgres", "STOP")
    try:
        wait_replaced(alone, "relay", old)
    finally:
        faults.start(alone.home, "postgres")
    alone.wait_healthy()
    place_order(alone)

    audit.wait_finished(alone.home, audit.EVENTS)
    alone.wait_healthy()

"""A recorder that is alive and deaf is replaced, and no event waits for ever."""

import pytest

from lab.polling import wait_until
from lab.stack import audit, credentials, postgres
from tests.support import small_worker
from tests.support.laptop import Laptop
from tests.support.shop import Client, two_products

WATCHDOG_SECONDS = 10
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@pytest.fixture
def alone(tmp_path):
    laptop = Laptop(tmp_path / "laptop")
    laptop.environment["WATCHDOG_SECONDS"] = str(WATCHDOG_SECONDS)
    try:
        laptop.run("up")
        yield laptop
    finally:
        laptop.run("down")


def test_a_deaf_recorder_is_replaced_and_its_event_arrives(alone):
    before = alone.processes()["recorder-1"]["pid"]
    client = Client(alone).login("customer")
    [sku, _] = two_products(client)
    password = credentials.load(alone.home)["ANALYTICS_DATABASE_PASSWORD"]
    port, said = alone.home.port("postgres"), alone.home.log("recorder-1").read_text
    with postgres.connect(port, "analytics", password) as locking, locking.transaction():
        locking.execute("LOCK TABLE sales_recordedevent")
        assert client.order((sku, 1)).status == 201
        assert wait_until(lambda: alone.sql("analytics", BLOCKED) != [(0,)], seconds=30)
        small_worker.break_results(before, small_worker.RUBBISH)
        assert wait_until(lambda: "invalid load key, 'W'" in said(), seconds=30), said()[-3000:]

    assert alone.processes()["recorder-1"]["pid"] == before, "it was not deaf, it ended"
    assert client.order((sku, 1)).status == 201
    assert wait_until(
        lambda: alone.processes()["recorder-1"]["pid"] not in (before, None),
        seconds=6 * WATCHDOG_SECONDS,
    ), "it is alive and deaf"
    audit.wait_finished(alone.home, audit.EVENTS)
    alone.wait_healthy()

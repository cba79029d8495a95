"""What clients that never retry see while parts of the system start, stop, die and restart."""

import os
import subprocess
import time

import pytest

from tests.support.engines.containers import ROOT, eventually, run
from tests.support.shop import Client, two_products
from tests.support.shoppers import (
    acknowledged,
    assert_nothing_failed,
    assert_nothing_lost,
    shop_load,
)

READS = ("/api/products/?page={page}", "/api/products/{sku}/")


@pytest.fixture
def clients(two_instances):
    """A function that starts the clients: `with clients() as load:`."""
    options = {"clients": 6, "reads": READS, "products": 40}
    return lambda **shares: shop_load(two_instances, **options, **shares)


def test_scaling_to_five_and_back_to_two_fails_no_request(shop, clients):
    with clients(price_changes=0.15) as load:
        load.wait_for_answers(1, seconds=2)
        shop.scale(5)
        eventually(lambda: shop.instances_up() == 5, 60, "five instances UP in HAProxy")
        eventually(lambda: len(load.served_by) >= 5, 60, "an answer of each of five")
        shop.scale(2)
        eventually(lambda: len(shop.statistics()) == 2, 30, "two instances left in HAProxy")
        load.wait_for_answers(1, seconds=2)
    assert_nothing_failed(load)
    assert_nothing_lost(shop, load)


def test_a_stopping_instance_reports_not_ready_before_it_closes_its_port(shop, clients):
    """HAProxy removes it because of its 503, and not because a request found a closed port."""
    with clients(price_changes=0.15) as load:
        load.wait_for_answers(1, seconds=2)
        stop = subprocess.Popen(
            ["docker", "stop", shop.containers("core-api")[0]["Id"]], stdout=subprocess.DEVNULL
        )
        eventually(
            lambda: "503" in shop.statistics("check_code").values(),
            10,
            "the answer 503 to the health check",
        )
        assert stop.wait(60) == 0
        load.wait_for_answers(1, seconds=2)
    assert_nothing_failed(load)


def test_new_instances_replace_the_old_ones_and_no_request_fails(shop, clients):
    old = {container["Id"] for container in shop.containers("core-api")}
    variables = dict(line.split("=", 1) for line in shop.env_file.read_text().splitlines())
    with clients(price_changes=0.15) as load:
        environment = os.environ | variables | {"COMPOSE_PROJECT_NAME": shop.name}
        run(ROOT / "docker" / "roll.sh", "core-api", env=environment)
        eventually(lambda: shop.instances_up() == 2, 30, "two instances up")
    new = {container["Id"] for container in shop.containers("core-api")}
    assert len(new) == 2
    assert new.isdisjoint(old)
    assert_nothing_failed(load)


def test_a_killed_instance_fails_no_read_and_no_keyed_order(shop, clients):
    with clients() as load:
        load.wait_for_answers(1, seconds=2)
        run("docker", "kill", shop.containers("core-api")[0]["Id"])
        eventually(lambda: shop.instances_up() == 1, 20, "HAProxy noticed")
        load.wait_for_answers(1, seconds=2)
        shop.up("--no-deps", "--no-recreate", "core-api")
        eventually(lambda: shop.instances_up() == 2, 60, "it is back")
    assert_nothing_failed(load)
    assert_nothing_lost(shop, load)


def test_an_instance_that_dies_from_within_is_started_again(shop, clients):
    with clients() as load:
        load.wait_for_answers(1, seconds=2)
        victim = shop.containers("core-api")[0]["Id"]
        run("docker", "exec", victim, "sh", "-c", "kill -9 -1", check=False)
        eventually(lambda: restarts(shop) == 1, 20, "the engine started it again")
        eventually(lambda: shop.instances_up() == 2, 60, "it is back")
    assert_nothing_failed(load)


def restarts(shop):
    return sum(container["RestartCount"] for container in shop.containers("core-api"))


@pytest.mark.parametrize("part", ["cache", "broker"])
def test_a_restart_of_the_cache_or_the_broker_fails_nothing(shop, clients, part):
    with clients() as load:
        load.wait_for_answers(1, seconds=2)
        shop.compose("restart", part)
        load.wait_for_answers(1, seconds=4)
    assert_nothing_failed(load)
    assert_nothing_lost(shop, load)


def test_a_restart_of_postgres_costs_seconds_and_no_order(shop, clients):
    """While it is down, 503 and 504 are the right answers; afterwards nothing fails."""
    customer = Client(shop).login("customer")
    with clients() as load:
        load.wait_for_answers(1, seconds=2)
        down = time.monotonic()
        shop.compose("restart", "postgres")
        eventually(lambda: customer.get("/api/orders/").status == 200, 30, "it is back")
        back = time.monotonic()
        load.wait_for_answers(1, seconds=5)
    assert {failure.status for failure in load.failures} <= {503, 504}
    assert [str(each) for each in load.failures if not down - 2 < each.start < back + 1] == []
    assert_nothing_lost(shop, load)


def test_orders_go_on_while_the_broker_is_away_and_analytics_catches_up(shop, clients):
    with clients() as load:
        shop.compose("stop", "--timeout", "5", "broker")
        placed = len(acknowledged(load))
        eventually(lambda: len(acknowledged(load)) > placed + 5, 20, "orders without a broker")
        shop.compose("start", "broker")
    assert_nothing_failed(load)
    assert_nothing_lost(shop, load)


def test_down_and_up_keeps_all_data(shop):
    customer = Client(shop).login("customer")
    order = customer.order(*((sku, 1) for sku in two_products(customer))).json()["id"]
    count = customer.document("/api/products/")["count"]
    shop.compose("down")
    shop.up()
    assert customer.document("/api/products/")["count"] == count
    assert customer.get(f"/api/orders/{order}/").status == 200
    assert shop.audit() == []

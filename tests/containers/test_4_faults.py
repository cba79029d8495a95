"""What is promised while parts come, go, die and restart, seen by clients that never try again."""

import os
import subprocess
import time

import pytest

from tests.support.containers import ROOT, eventually, run
from tests.support.containers_load import load


@pytest.fixture
def clients(two_instances):
    """A function that starts the clients: `with clients() as seen:`."""
    shop = two_instances
    tokens, skus = shop.tokens(), shop.skus()
    return lambda **numbers: load(shop.port, tokens, skus, **numbers)


def watch(seen, seconds):
    """Let the clients go on for a while."""
    time.sleep(seconds)
    assert seen.requests, "the clients are stuck"


def assert_nothing_failed(seen):
    print(seen.summary())  # shown by pytest when the test fails, and by -s
    assert seen.failed == [], seen.summary()
    assert seen.orders


def assert_nothing_lost(shop, seen):
    """Every order that a client was told of exists, and both databases agree on everything."""
    assert shop.audit() == []
    token = shop.token("customer")
    for order in list(seen.orders.values())[-20:]:
        assert shop.request(f"/api/orders/{order}/", token=token)[0] == 200


def test_scaling_to_five_and_back_to_two_fails_no_request(shop, clients):
    with clients(editors=1) as seen:
        watch(seen, 2)
        shop.scale(5)
        eventually(lambda: shop.instances_up() == 5, 60, "five instances up in HAProxy's eyes")
        eventually(lambda: len(seen.served_by) >= 5, 60, "an answer of each of five")
        shop.scale(2)
        eventually(lambda: len(shop.statistics()) == 2, 30, "two instances left in HAProxy's eyes")
        watch(seen, 2)
    assert_nothing_failed(seen)
    assert_nothing_lost(shop, seen)


def test_an_instance_told_to_stop_says_not_ready_before_it_closes_its_door(shop, clients):
    """So HAProxy takes it out because of its answer, 503, and not because a request met a closed
    door."""
    with clients(editors=1) as seen:
        watch(seen, 2)
        stop = subprocess.Popen(
            ["docker", "stop", shop.containers("core-api")[0]["Id"]], stdout=subprocess.DEVNULL
        )
        eventually(
            lambda: "503" in shop.statistics("check_code").values(),
            10,
            "the answer 503 to the health check",
        )
        assert stop.wait(60) == 0
        watch(seen, 2)
    assert_nothing_failed(seen)


def test_new_instances_replace_the_old_ones_and_no_request_fails(shop, clients):
    old = {container["Id"] for container in shop.containers("core-api")}
    variables = dict(line.split("=", 1) for line in shop.env_file.read_text().splitlines())
    with clients(editors=1) as seen:
        environment = os.environ | variables | {"COMPOSE_PROJECT_NAME": shop.name}
        run(ROOT / "docker" / "roll.sh", "core-api", env=environment)
        eventually(lambda: shop.instances_up() == 2, 30, "two instances up")
    new = {container["Id"] for container in shop.containers("core-api")}
    assert len(new) == 2
    assert new.isdisjoint(old)
    assert_nothing_failed(seen)


def test_a_killed_instance_fails_no_read_and_no_keyed_order(shop, clients):
    with clients() as seen:
        watch(seen, 2)
        run("docker", "kill", shop.containers("core-api")[0]["Id"])
        eventually(lambda: shop.instances_up() == 1, 20, "HAProxy noticed")
        watch(seen, 2)
        shop.up("--no-deps", "--no-recreate", "core-api")
        eventually(lambda: shop.instances_up() == 2, 60, "it is back")
    assert_nothing_failed(seen)
    assert_nothing_lost(shop, seen)


def test_an_instance_that_dies_from_within_is_started_again(shop, clients):
    with clients() as seen:
        watch(seen, 2)
        victim = shop.containers("core-api")[0]["Id"]
        run("docker", "exec", victim, "sh", "-c", "kill -9 -1", check=False)
        eventually(lambda: restarts(shop) == 1, 20, "the engine started it again")
        eventually(lambda: shop.instances_up() == 2, 60, "it is back")
    assert_nothing_failed(seen)


def restarts(shop):
    return sum(container["RestartCount"] for container in shop.containers("core-api"))


@pytest.mark.parametrize("part", ["cache", "broker"])
def test_a_restart_of_the_cache_or_the_broker_fails_nothing(shop, clients, part):
    with clients() as seen:
        watch(seen, 2)
        shop.compose("restart", part)
        watch(seen, 4)
    assert_nothing_failed(seen)
    assert_nothing_lost(shop, seen)


def test_a_restart_of_postgres_costs_seconds_and_no_order(shop, clients):
    """While it is away 503 and 504 are the right answers; once it is back nothing fails any
    more."""
    token = shop.token("customer")
    with clients() as seen:
        watch(seen, 2)
        went = time.monotonic() - seen.started
        shop.compose("restart", "postgres")
        eventually(lambda: shop.request("/api/orders/", token=token)[0] == 200, 30, "it is back")
        back = time.monotonic() - seen.started
        watch(seen, 5)
    print(seen.summary(), f"away from {went:.1f} to {back:.1f}")
    assert all(what.endswith((": 503", ": 504")) for _, what in seen.failed), seen.summary()
    assert [second for second, _ in seen.failed if not went - 2 < second < back + 1] == [], (
        seen.summary()
    )
    assert_nothing_lost(shop, seen)


def test_orders_go_on_while_the_broker_is_away_and_analytics_catches_up(shop, clients):
    with clients() as seen:
        shop.compose("stop", "--timeout", "5", "broker")
        taken = len(seen.orders)
        eventually(lambda: len(seen.orders) > taken + 5, 20, "orders without a broker")
        shop.compose("start", "broker")
    assert_nothing_failed(seen)
    assert_nothing_lost(shop, seen)


def test_down_and_up_keeps_all_data(shop):
    order = load_one_order(shop)
    count = shop.get("/api/products/")["count"]
    shop.compose("down")
    shop.up()
    assert shop.get("/api/products/")["count"] == count
    assert shop.request(f"/api/orders/{order}/", token=shop.token("customer"))[0] == 200
    assert shop.audit() == []


def load_one_order(shop):
    with load(shop.port, shop.tokens(), shop.skus(), readers=0, buyers=1) as seen:
        eventually(lambda: seen.orders, 20, "an order")
    return next(iter(seen.orders.values()))

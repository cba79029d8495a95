"""What clients that never retry see while the stack is scaled and updated."""

from tests.support.engines.containers import eventually
from tests.support.shoppers import assert_nothing_failed, assert_nothing_lost

INSTANCES = ("core-api", "analytics-api")


def instances(shop):
    """The containers of both services, when those of an old release have ended."""
    eventually(lambda: all(map(shop.settled, INSTANCES)), 60, "the containers of old releases end")
    return {container for name in INSTANCES for _, container in shop.settled(name)}


def test_scaling_to_five_and_back_to_two_loses_nothing(shop, clients):
    with clients() as load:
        load.wait_for_answers(1, seconds=2)
        shop.scale(5)
        eventually(lambda: shop.instances_up() == 5, 90, "five instances UP in each HAProxy")
        eventually(lambda: len(load.served_by) >= 5, 60, "an answer of each of five")
        shop.scale(2)
        eventually(lambda: shop.instances() == 2, 60, "two instances left in each HAProxy")
        load.wait_for_answers(1, seconds=2)
    assert_nothing_failed(load)
    eventually(shop.is_whole, 120, "every service has its tasks")
    assert_nothing_lost(shop, load)


def test_another_release_replaces_all_instances_and_loses_nothing(shop, clients):
    shop.build(2)
    old = instances(shop)
    with clients() as load:
        load.wait_for_answers(1, seconds=2)
        shop.deploy(release=2)
        eventually(lambda: shop.updates_are("completed", *INSTANCES), 240, "the update")
        eventually(lambda: shop.instances_up() == shop.instances() == 2, 60, "two instances up")
        load.wait_for_answers(1, seconds=2)
    assert instances(shop).isdisjoint(old)
    assert_nothing_failed(load)
    eventually(shop.is_whole, 120, "every service has its tasks")
    assert_nothing_lost(shop, load)


def test_a_release_that_is_never_ready_is_rolled_back_while_the_old_one_serves(shop, clients):
    shop.build("broken", "ENV BIND=0.0.0.0:9000")  # where nothing looks for an instance
    good = instances(shop)
    with clients() as load:
        shop.deploy(release="broken")
        eventually(lambda: shop.updates_are("rollback_completed", *INSTANCES), 240, "back")
        load.wait_for_answers(1, seconds=2)
    assert instances(shop) == good
    assert_nothing_failed(load)
    eventually(shop.is_whole, 120, "every service has its tasks")
    assert_nothing_lost(shop, load)


def test_another_haproxy_cfg_replaces_both_haproxies_and_fails_nothing(shop, clients):
    old, postgres = set(shop.containers("haproxy")), shop.containers("postgres")
    with clients() as load:
        load.wait_for_answers(1, seconds=2)
        shop.deploy(release=2, CONFIG=2)
        eventually(lambda: shop.updates_are("completed", "haproxy"), 120, "the update")
        eventually(lambda: shop.instances_up() == shop.instances() == 2, 60, "two instances up")
        load.wait_for_answers(1, seconds=2)
    assert set(shop.containers("haproxy")).isdisjoint(old)
    assert shop.containers("postgres") == postgres
    assert_nothing_failed(load)
    eventually(shop.is_whole, 120, "every service has its tasks")
    assert_nothing_lost(shop, load)

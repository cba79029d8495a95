"""What clients that never retry see while the shop is scaled, updated and moved."""

from tests.support.engines.containers import eventually
from tests.support.shoppers import assert_nothing_failed, assert_nothing_lost

INSTANCES = ("core-api", "analytics-api")


def instances(shop):
    """The pods of both services, when those of an old release have ended."""
    eventually(lambda: all(map(shop.settled, INSTANCES)), 90, "the pods of old releases end")
    return {pod for name in INSTANCES for pod in shop.settled(name)}


def progress(shop, service):
    """What Kubernetes says about the update of a service."""
    conditions = shop.get("deployment", service)["status"]["conditions"]
    return next(each["reason"] for each in conditions if each["type"] == "Progressing")


def test_scaling_to_five_and_back_to_two_loses_nothing(shop, clients):
    with clients() as load:
        load.wait_for_answers(1, seconds=2)
        shop.scale(5)
        eventually(lambda: shop.instances_up() == 5, 120, "five instances UP in each HAProxy")
        eventually(lambda: len(load.served_by) >= 5, 60, "an answer of each of five")
        shop.scale(2)
        eventually(lambda: shop.instances() == 2, 90, "two instances left in each HAProxy")
        load.wait_for_answers(1, seconds=2)
    assert_nothing_failed(load)
    eventually(lambda: shop.is_complete(), 120, "every workload has its pods")
    assert_nothing_lost(shop, load)


def test_load_brings_another_instance_by_itself(shop, clients):
    with clients():
        shop.scale_by_load(most=3, usage="20m")  # the few clients of these tests use more
        eventually(lambda: shop.instances_up() == 3, 150, "a third instance")
    shop.scale(2)
    eventually(lambda: shop.is_complete(), 120, "two instances again")


def test_another_release_replaces_all_instances_and_loses_nothing(shop, clients):
    old = instances(shop)
    with clients() as load:
        load.wait_for_answers(1, seconds=2)
        shop.deploy(release=2)
        eventually(lambda: shop.is_complete(), 240, "the update")
        load.wait_for_answers(1, seconds=2)
    assert instances(shop).isdisjoint(old)
    assert_nothing_failed(load)
    assert_nothing_lost(shop, load)


def test_a_release_that_is_never_ready_leaves_the_old_one_serving_until_it_is_undone(shop, clients):
    good = instances(shop)
    with clients() as load:
        shop.deploy(release="broken")
        late = ["ProgressDeadlineExceeded"] * 2
        eventually(lambda: [progress(shop, name) for name in INSTANCES] == late, 180, "too late")
        shop.deploy(release=2)
        eventually(lambda: shop.is_complete(), 180, "back")
        load.wait_for_answers(1, seconds=2)
    assert instances(shop) == good
    assert_nothing_failed(load)
    assert_nothing_lost(shop, load)


def test_another_lever_replaces_both_haproxies_and_fails_nothing(shop, clients):
    old, postgres = set(shop.settled("haproxy")), shop.settled("postgres")
    with clients() as load:
        load.wait_for_answers(1, seconds=2)
        shop.deploy(release=2, BALANCE="roundrobin")
        eventually(lambda: shop.is_complete(), 180, "the update")
        load.wait_for_answers(1, seconds=2)
    assert set(shop.settled("haproxy")).isdisjoint(old)
    assert shop.settled("postgres") == postgres
    assert_nothing_failed(load)
    assert_nothing_lost(shop, load)


def test_a_node_that_is_drained_fails_no_request(shop, clients):
    node = next(node for node in shop.nodes_of("haproxy") if node != "n1")  # n1 has the data
    with clients() as load:
        load.wait_for_answers(1, seconds=2)
        words = ("--ignore-daemonsets", "--delete-emptydir-data", "--timeout", "180s")
        shop.k("drain", node, *words)
        eventually(lambda: shop.is_complete(), 180, "every workload has its pods again")
        load.wait_for_answers(1, seconds=2)
    shop.k("uncordon", node)
    assert_nothing_failed(load)
    assert_nothing_lost(shop, load)

"""A node is emptied: its tasks move to the others."""

from tests.support.engines.containers import eventually
from tests.support.shoppers import assert_nothing_failed, assert_nothing_lost


def balanced(shop):
    """A node that has an HAProxy, and not the data."""
    assert shop.is_whole()
    return next(node for node, _ in shop.containers("haproxy") if node != "n1")


def is_complete(shop):
    """Whether all tasks run, and two HAProxies see two instances."""
    haproxies = shop.is_whole() and len(shop.statistics_at())
    return haproxies == 2 and shop.instances_up() == 2 and shop.instances() == 2


def test_a_node_that_is_emptied_fails_no_request(shop, clients):
    node = balanced(shop)
    with clients() as load:
        load.wait_for_answers(1, seconds=2)
        shop.docker("node", "update", "--availability", "drain", node)
        eventually(lambda: not shop.containers_on(node), 60, f"{node} is empty")
        eventually(lambda: is_complete(shop), 120, "every service has its tasks again")
        load.wait_for_answers(1, seconds=2)
    shop.docker("node", "update", "--availability", "active", node)
    assert_nothing_failed(load)
    assert_nothing_lost(shop, load)

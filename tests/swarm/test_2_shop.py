"""The shop works on three nodes, through both HAProxies."""

from tests.support.engines.swarm import NODES
from tests.support.engines.whole_shop import buy_and_see_it_in_analytics, finished_report
from tests.support.shop import Client


def test_the_first_deployment_leaves_a_seeded_catalogue(shop):
    assert Client(shop).document("/api/products/")["count"] == 2000


def test_an_order_reaches_analytics_within_three_seconds(shop):
    buy_and_see_it_in_analytics(shop, seconds=3)


def test_both_haproxies_know_both_instances(shop):
    assert [shop.statistics(address=at) for at in shop.statistics_at()] == [
        {"core-1": "UP", "core-2": "UP"},
        {"core-1": "UP", "core-2": "UP"},
    ]


def test_a_node_with_an_haproxy_says_so_to_a_balancer_and_any_other_refuses(shop):
    serving = {address.partition(":")[0] for address in shop.statistics_at()}

    for address in NODES.values():
        assert shop.says_healthy(address) == (address in serving)


def test_a_long_task_is_done_by_the_worker(shop):
    finished_report(shop)

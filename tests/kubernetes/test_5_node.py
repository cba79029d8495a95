"""A node loses its power while clients buy."""

import time

from tests.support.engines.containers import eventually
from tests.support.shoppers import assert_nothing_lost


def test_a_node_that_dies_loses_no_order_and_the_others_take_over(shop, clients):
    node = next(node for node in shop.nodes_of("haproxy") if node != "n1")  # n1 has the data
    with clients() as load:
        load.wait_for_answers(1, seconds=2)
        died = time.monotonic()
        shop.cut_power(node)
        eventually(lambda: shop.is_complete(), 240, "all pods run on the other nodes")
        whole = time.monotonic()
        load.wait_for_answers(10, seconds=10)
    shop.power_on(node)

    failed = [each.start - died for each in load.failures]
    print(
        f"whole after {whole - died:.0f} s; requests failed at {failed} s, of {len(load.exchanges)}"
    )
    assert [str(each) for each in load.failures if each.start > whole] == []
    assert_nothing_lost(shop, load)

"""One Kubernetes of three nodes for the whole suite, booted at the start and ended at the end.

Where the kit is not there, every test that needs it is skipped with the reason. The tests run in
the order of the file names.
"""

import contextlib
import urllib.request

import pytest

from tests.support.engines.containers import eventually
from tests.support.engines.kubernetes import KubernetesShop, kit_is_missing
from tests.support.shoppers import shop_load


@pytest.fixture(scope="session")
def nodes(tmp_path_factory):
    """The nodes with all images and an empty namespace."""
    if reason := kit_is_missing():
        pytest.skip(reason)
    shop = KubernetesShop(tmp_path_factory.mktemp("kubernetes"))
    try:
        shop.boot()
        yield shop
    finally:
        shop.end()


@pytest.fixture(scope="session")
def shop(nodes):
    """The shop after the two commands that start it, with all its parts healthy."""
    if not nodes.secrets:
        nodes.make_secrets()
    nodes.deploy()
    nodes.balance()
    eventually(nodes.is_whole, 240, "every workload has its pods")
    eventually(lambda: nodes.instances_up() == 2, 60, "each HAProxy sees two instances UP")
    eventually(lambda: answers(nodes), 60, "the balancer sees an HAProxy")
    return nodes


def answers(shop):
    """Whether a client gets an answer."""
    with contextlib.suppress(OSError):
        return urllib.request.urlopen(f"http://127.0.0.1:{shop.port}/api/").status == 200
    return False


@pytest.fixture
def clients(shop):
    """A function that starts the clients: `with clients() as load:`.

    They send at most ten requests a second: that nothing may fail does not depend on their number,
    and one machine starts all the pods of an update at once.
    """
    eventually(lambda: shop.instances_up() == shop.instances() == 2, 60, "two instances up")
    reads = ("/api/products/?page={page}", "/api/products/{sku}/")
    options = {"clients": 2, "pause": 0.2, "reads": reads, "products": 40, "price_changes": 0.15}
    return lambda: shop_load(shop, **options)

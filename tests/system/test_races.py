"""Many customers at the same moment, through several instances: the database decides."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.polling import wait_until
from lab.stack.tracing.haproxy_log import exchanges
from tests.support.shop import Client


@pytest.fixture
def customer(laptop):
    return Client(laptop).login("customer")


@pytest.fixture
def new_product(laptop):
    """A function that creates a product with this stock and returns its SKU."""
    admin = Client(laptop).login("admin")
    category = admin.get("/api/categories/").json()["results"][0]["slug"]

    def make(stock):
        product = {
            "sku": f"RACE-{uuid.uuid4().hex[:8]}",
            "name": "Wanted by many",
            "category": category,
        }
        answer = admin.post("/api/products/", product | {"price": "9.50", "stock": stock})
        assert answer.status == 201, answer.body
        return product["sku"]

    return make


def forty_at_a_time(count, act):
    with ThreadPoolExecutor(40) as pool:
        return list(pool.map(act, range(count)))


def test_two_hundred_buyers_of_the_last_seven_get_exactly_seven(laptop, customer, new_product):
    sku = new_product(7)

    answers = forty_at_a_time(200, lambda _: customer.order((sku, 1)))

    assert Counter(answer.status for answer in answers) == {201: 7, 409: 193}
    assert {answer.headers["X-Served-By"] for answer in answers} == {"core-1", "core-2"}
    assert customer.get(f"/api/products/{sku}/").json()["stock"] == 0
    assert laptop.json("audit") == {"ok": True, "violations": []}


def test_forty_requests_with_one_key_are_one_order_and_forty_equal_answers(
    laptop, customer, new_product
):
    sku, key = new_product(100), str(uuid.uuid4())

    answers = forty_at_a_time(40, lambda _: customer.order((sku, 2), key=key))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert {answer.headers["X-Served-By"] for answer in answers} == {"core-1", "core-2"}
    assert customer.get(f"/api/products/{sku}/").json()["stock"] == 98
    assert laptop.json("audit") == {"ok": True, "violations": []}


def test_what_was_refused_is_not_placed_by_an_instance_that_was_frozen(
    laptop, customer, new_product
):
    sku, keys = new_product(0), [str(uuid.uuid4()) for _ in range(8)]
    admin = Client(laptop).login("admin")

    laptop.run("kill", "core-1", "--signal", "STOP")
    try:  # HAProxy sends core-1 some of the orders, hears nothing, and sends them to core-2
        with ThreadPoolExecutor(len(keys)) as pool:
            answers = list(pool.map(lambda key: customer.order((sku, 1), key=key), keys))
        # A PATCH is not sent again by HAProxy, so the first may wait at core-1.
        stock = f"/api/products/{sku}/", {"stock": 100}
        assert wait_until(lambda: admin.patch(*stock).status == 200, seconds=60)
    finally:
        laptop.run("start", "core-1")
    laptop.wait_healthy()

    ids = {answer.headers["X-Request-ID"] for answer in answers}
    seen = [each for each in exchanges(laptop.home.log("haproxy")) if each.id in ids]
    assert any(each.retries for each in seen), "HAProxy sent no order to core-1"
    assert [(answer.status, answer.headers["X-Served-By"]) for answer in answers] == [
        (409, "core-2")
    ] * len(keys)
    assert wait_until(lambda: served_by_core_1(customer), seconds=30)
    assert [customer.order((sku, 1), key=key).status for key in keys] == [409] * len(keys)
    placed = "SELECT count(*) FROM orders_order WHERE idempotency_key = ANY(%s)"
    assert laptop.sql("core", placed, keys) == [(0,)]
    assert laptop.json("audit") == {"ok": True, "violations": []}


def served_by_core_1(customer):
    return customer.get("/api/orders/").headers["X-Served-By"] == "core-1"

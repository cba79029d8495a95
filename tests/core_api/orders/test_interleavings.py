"""Two orders, of which the second always comes at the worst moment of the first."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from core_api.operations import audit
from core_api.orders.models import Order
from lab.polling import wait_until
from tests.core_api.conftest import api_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="races need Postgres: run ./escala test"
    ),
]


def order(user, key, *skus):
    """The status of an order of one of each."""
    body = {"lines": [{"sku": sku, "quantity": 1} for sku in skus]}
    headers = {"Idempotency-Key": key}
    return in_a_thread(lambda: api_of(user).post("/api/orders/", body, headers=headers).status_code)


def in_a_thread(act):
    """The result of `act()`, whose connection is closed afterwards."""
    try:
        return act()
    finally:
        connection.close()


class After:
    """Calls `act` after the first statement that contains `text`.

    For `with connection.execute_wrapper(After(text, act))`.
    """

    def __init__(self, text, act):
        self.text, self.act = text, act

    def __call__(self, execute, sql, *arguments):
        result = execute(sql, *arguments)
        if self.act and self.text in sql:
            act, self.act = self.act, None
            act()
        return result


def somebody_waits_for_a_lock():
    watcher = connection.copy()
    try:
        with watcher.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return cursor.fetchone()[0] > 0
    finally:
        watcher.close()


def test_of_two_buyers_who_both_saw_the_last_unit_only_one_gets_it(customer, make_product):
    make_product("TEA-1", stock=1)
    quicker = []

    def someone_is_quicker():
        with ThreadPoolExecutor() as elsewhere:
            quicker.append(elsewhere.submit(order, customer, "quicker", "TEA-1").result())

    with connection.execute_wrapper(After('FROM "catalog_product"', someone_is_quicker)):
        slower = order(customer, "slower", "TEA-1")

    assert (quicker, slower) == ([201], 409)
    assert list(audit.violations()) == []


def test_the_order_that_takes_the_last_unit_renews_the_lists_though_it_saw_two(
    customer, make_product
):
    make_product("TEA-1", stock=2)
    reader = api_of(customer)
    reader.get("/api/products/")
    quicker = []

    def someone_is_quicker():
        with ThreadPoolExecutor() as elsewhere:
            quicker.append(elsewhere.submit(order, customer, "quicker", "TEA-1").result())
        quicker.append(reader.get("/api/products/").json()["results"][0]["in_stock"])

    with connection.execute_wrapper(After('FROM "catalog_product"', someone_is_quicker)):
        slower = order(customer, "slower", "TEA-1")

    assert (quicker, slower) == ([201, True], 201)
    assert reader.get("/api/products/").json()["results"][0]["in_stock"] is False


def test_a_product_that_is_withdrawn_while_it_is_ordered_is_not_sold(customer, staff, make_product):
    make_product("TEA-1")

    def withdraw():
        with ThreadPoolExecutor() as elsewhere:
            elsewhere.submit(in_a_thread, lambda: api_of(staff).delete("/api/products/TEA-1/"))

    with connection.execute_wrapper(After('INSERT INTO "orders_order"', withdraw)):
        status = order(customer, "key", "TEA-1")

    assert (status, Order.objects.count()) == (400, 0)
    assert list(audit.violations()) == []


def test_a_retry_that_comes_while_the_first_request_is_at_work_gets_the_same_order(
    customer, make_product
):
    make_product("TEA-1")
    retries = []

    with ThreadPoolExecutor() as elsewhere:

        def the_client_tries_again():
            retries.append(elsewhere.submit(order, customer, "one key", "TEA-1"))
            assert wait_until(
                lambda: retries[0].done() or somebody_waits_for_a_lock(), seconds=10, every=0.01
            )

        with connection.execute_wrapper(
            After('INSERT INTO "orders_order"', the_client_tries_again)
        ):
            first = order(customer, "one key", "TEA-1")

    assert [first, retries[0].result()] == [201, 201]
    assert Order.objects.count() == 1


@pytest.fixture
def sold_out_and_back(customer, staff):
    """Sells the last unit, lets `act` run meanwhile, and puts a unit back."""

    def run(act):
        with ThreadPoolExecutor() as elsewhere:
            sold = elsewhere.submit(order, customer, "quicker", "TEA-1").result()
            result = act(elsewhere)
            path, stock = "/api/products/TEA-1/", {"stock": 5}
            patch = elsewhere.submit(in_a_thread, lambda: api_of(staff).patch(path, stock))
            assert (sold, patch.result().status_code) == (201, 200)
        return result

    return run


def test_what_was_refused_is_not_placed_by_an_attempt_that_was_frozen(
    customer, make_product, sold_out_and_back
):
    make_product("TEA-1", stock=1)
    told = []

    def the_client_is_told():
        told.append(
            sold_out_and_back(lambda other: other.submit(order, customer, "key", "TEA-1").result())
        )

    with connection.execute_wrapper(After('FROM "catalog_product"', the_client_is_told)):
        frozen = order(customer, "key", "TEA-1")

    assert (told, frozen) == ([409], 409)
    assert not Order.objects.filter(idempotency_key="key").exists()
    assert list(audit.violations()) == []


def test_a_refusal_waits_for_an_attempt_that_may_still_be_placed(
    customer, make_product, sold_out_and_back
):
    make_product("TEA-1", stock=1)
    retries = []

    with ThreadPoolExecutor() as elsewhere:

        def try_again(_):
            retries.append(elsewhere.submit(order, customer, "key", "TEA-1"))
            assert wait_until(somebody_waits_for_a_lock, seconds=10, every=0.01)

        at_work = After('INSERT INTO "orders_order"', lambda: sold_out_and_back(try_again))
        with connection.execute_wrapper(at_work):
            first = order(customer, "key", "TEA-1")

    assert (first, retries[0].result()) == (201, 201)
    assert Order.objects.filter(idempotency_key="key").count() == 1
    assert list(audit.violations()) == []


def test_an_attempt_that_comes_while_another_is_refused_is_refused_too(
    customer, staff, make_product
):
    make_product("TEA-1", stock=0)
    retries = []

    with ThreadPoolExecutor() as elsewhere:

        def stock_comes_and_the_client_tries_again():
            path, stock = "/api/products/TEA-1/", {"stock": 5}
            elsewhere.submit(in_a_thread, lambda: api_of(staff).patch(path, stock)).result()
            retries.append(elsewhere.submit(order, customer, "key", "TEA-1"))
            assert wait_until(
                lambda: retries[0].done() or somebody_waits_for_a_lock(), seconds=10, every=0.01
            )

        with connection.execute_wrapper(
            After('INSERT INTO "orders_order"', stock_comes_and_the_client_tries_again)
        ):
            first = order(customer, "key", "TEA-1")

    assert (first, retries[0].result()) == (409, 409)
    assert not Order.objects.exists()
    assert list(audit.violations()) == []


def test_two_orders_with_opposite_lines_wait_for_each_other_and_not_in_a_circle(
    customer, make_product
):
    make_product("TEA-1")
    make_product("CUP-1")
    others = []

    with ThreadPoolExecutor() as elsewhere:

        def the_opposite_starts():
            others.append(elsewhere.submit(order, customer, "second", "CUP-1", "TEA-1"))
            assert wait_until(somebody_waits_for_a_lock, seconds=10, every=0.01)

        with connection.execute_wrapper(After("UPDATE catalog_product", the_opposite_starts)):
            first = order(customer, "first", "TEA-1", "CUP-1")

    assert [first, others[0].result()] == [201, 201]

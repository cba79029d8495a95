"""An order during a change of prices pays the prices of one moment; on real Postgres."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Event

import pytest
from django.db import connection, transaction

from core_api.catalog.models import Product
from core_api.catalog.services import change_product
from core_api.operations import audit
from core_api.orders.models import Order
from core_api.orders.services import place_order
from lab.polling import wait_until
from tests.support.races import at_once, needs_postgres

pytestmark = [pytest.mark.django_db(transaction=True), needs_postgres]
TAKING_STOCK = "UPDATE catalog_product"
WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted"
BOTH = [{"sku": "CUP-1", "quantity": 2}, {"sku": "TEA-1", "quantity": 3}]


@pytest.fixture
def set_prices(make_product):
    """Sets the prices of the tea and of the cup, ten times as high, in one transaction."""
    make_product("TEA-1", price="1.00", stock=1000)
    make_product("CUP-1", price="10.00", stock=1000)

    def change(tea):
        with transaction.atomic():
            for sku, price in (("TEA-1", tea), ("CUP-1", 10 * tea)):
                change_product(product=Product.objects.get(sku=sku), price=Decimal(price))

    return change


@pytest.fixture
def elsewhere():
    """Runs something on a connection of its own."""

    def run(act, *arguments):
        try:
            act(*arguments)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        yield lambda act, *arguments: pool.submit(run, act, *arguments)


def once(text, *, before=None, after=None):
    """Within the block, calls these before and after the first SQL that contains the text."""
    calls = [(before, after)]

    def watch(execute, sql, *others):
        first, then = calls.pop() if text in sql and calls else (None, None)
        if first:
            first()
        result = execute(sql, *others)
        if then:
            then()
        return result

    return connection.execute_wrapper(watch)


def prices_paid(order):
    return {line.product.sku: line.unit_price for line in order.lines.select_related("product")}


def test_prices_changed_after_an_order_found_its_products_are_those_it_pays(
    customer, set_prices, elsewhere
):
    with once(TAKING_STOCK, before=lambda: elsewhere(set_prices, 2).result(timeout=30)):
        order, _ = place_order(user_id=customer.pk, key="k", lines=BOTH)

    assert prices_paid(order) == {"TEA-1": 2, "CUP-1": 20}
    assert order.total == 2 * 20 + 3 * 2
    assert list(audit.violations()) == []


def test_prices_changed_after_an_order_took_its_stock_wait_for_it(customer, set_prices, elsewhere):
    changes = []

    def change_meanwhile():
        changes.append(elsewhere(set_prices, 2))
        with connection.cursor() as cursor:
            assert wait_until(lambda: cursor.execute(WAITING).fetchone(), seconds=30)

    with once(TAKING_STOCK, after=change_meanwhile):
        order, _ = place_order(user_id=customer.pk, key="k", lines=BOTH)
    changes[0].result(timeout=30)

    assert prices_paid(order) == {"TEA-1": 1, "CUP-1": 10}
    assert order.total == 2 * 10 + 3 * 1
    assert Product.objects.get(sku="TEA-1").price == 2
    assert list(audit.violations()) == []


def test_a_retry_during_an_order_with_changed_prices_makes_no_deadlock(
    customer, set_prices, elsewhere
):
    retries = []

    def try_again():
        order = {"user_id": customer.pk, "key": "k", "lines": BOTH}
        retries.append(elsewhere(lambda: place_order(**order)))
        with connection.cursor() as cursor:
            assert wait_until(lambda: cursor.execute(WAITING).fetchone(), seconds=30)

    with (
        once(TAKING_STOCK, before=lambda: elsewhere(set_prices, 2).result(timeout=30)),
        once("FOR NO KEY UPDATE OF", after=try_again),
    ):
        _, replayed = place_order(user_id=customer.pk, key="k", lines=BOTH)

    assert retries[0].exception(timeout=30) is None
    assert (replayed, Order.objects.count()) == (False, 1)


def test_while_prices_change_all_the_time_no_order_mixes_old_and_new_ones(customer, set_prices):
    orders_done = [Event() for _ in range(6)]

    def act(number):
        if number == 6:
            tea = 1
            while not all(done.is_set() for done in orders_done):
                tea = tea % 90 + 1
                set_prices(tea)
            return
        try:
            for attempt in range(15):
                lines = BOTH if attempt % 2 else BOTH[::-1]
                place_order(user_id=customer.pk, key=f"{number} {attempt}", lines=lines)
        finally:
            orders_done[number].set()

    at_once(7, act)

    paid = [prices_paid(order) for order in Order.objects.all()]
    assert len(paid) == 90
    assert all(prices["CUP-1"] == 10 * prices["TEA-1"] for prices in paid)
    assert len({prices["TEA-1"] for prices in paid}) > 5
    assert list(audit.violations()) == []

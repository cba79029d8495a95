from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection

from core_api.catalog.models import Product, StockMovement
from core_api.operations import audit
from core_api.orders.models import Order, OrderLine, OutboxEvent, Refusal
from core_api.orders.services import place_order
from tests.support.races import needs_postgres

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(customer, make_product):
    make_product("TEA-1", stock=10, price="12.50")
    order, _ = place_order(user_id=customer.id, key="k", lines=[{"sku": "TEA-1", "quantity": 2}])
    return order


def test_an_untouched_shop_has_no_violations(order):
    assert list(audit.violations()) == []


def test_figures_are_units_and_money_of_each_event(order):
    assert audit.figures() == {str(order.event_id): [2, "25.00"]}


def test_units_are_those_of_each_product_of_each_event(order):
    assert audit.units_sold() == {str(order.event_id): {"TEA-1": 2}}


def test_a_product_that_was_renamed_is_named_with_its_event(order):
    Product.objects.update(sku="TEA-2")

    assert list(audit.violations()) == [
        f"event {order.event_id} says {{'TEA-1': 2}}, its order has {{'TEA-2': 2}}"
    ]


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (lambda: Product.objects.update(stock=9), "stock of TEA-1"),
        (
            lambda: StockMovement.objects.filter(order__isnull=False).update(delta=-1),
            "movements add up",
        ),
        (lambda: OrderLine.objects.update(quantity=3), "its lines add up to 37.50"),
        (
            lambda: OrderLine.objects.update(unit_price=Decimal("12.51")),
            "its lines add up to 25.02",
        ),
        (lambda: OutboxEvent.objects.all().delete(), "has no event"),
        (
            lambda: OutboxEvent.objects.create(kind="order_placed", payload={"lines": []}),
            "belongs to no order",
        ),
        (
            lambda: Refusal.objects.create(
                user_id=Order.objects.get().user_id, idempotency_key="k"
            ),
            "although its Idempotency-Key was refused",
        ),
    ],
)
def test_a_row_tampered_with_is_named(order, tamper, named):
    tamper()

    assert any(named in violation for violation in audit.violations())


def test_an_event_with_other_units_than_its_order_is_named(order):
    event = OutboxEvent.objects.get()
    event.payload["lines"][0]["quantity"] = 7
    event.save()

    assert any(str(event.id) in violation for violation in audit.violations())


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_orders_that_arrive_while_it_reads_violate_nothing(order, monkeypatch):
    figures = audit.figures

    def buy():
        lines = [{"sku": "TEA-1", "quantity": 1}]
        place_order(user_id=order.user_id, key="meanwhile", lines=lines)
        connection.close()

    def figures_before_an_order():
        found = figures()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(buy).result()
        return found

    monkeypatch.setattr(audit, "figures", figures_before_an_order)

    call_command("audit")

    assert OutboxEvent.objects.count() == 2

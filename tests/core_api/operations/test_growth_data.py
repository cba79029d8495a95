"""The past orders that `./escala bench --growth` writes with SQL: they add up like real ones."""

from collections import Counter

import pytest
from django.db import connection
from django.db.models import Count, Sum

from core_api.catalog.models import Product
from core_api.operations import audit
from core_api.orders.models import Order, OrderLine, OutboxEvent
from core_api.orders.rows import order_placed_payload
from lab.bench import growth_data
from tests.support.races import needs_postgres

pytestmark = [pytest.mark.django_db, needs_postgres]


@pytest.fixture
def stocks(make_product, django_user_model, settings):
    """A shop of 43 products with 60 past orders of 4 products each; the stocks it had before."""
    settings.ANALYTICS = "off"
    for number in range(43):
        make_product(f"TEA-{number}", stock=number % 3, price="2.50")
    django_user_model.objects.get_or_create(username="customer")
    before = list(Product.objects.values_list("sku", "stock"))
    growth_data.write_orders(connection.connection, products=43, orders=60, lines=4)
    return before


def test_there_are_as_many_orders_and_lines_as_requested_and_the_audit_agrees(stocks):
    assert set(Order.objects.annotate(count=Count("lines")).values_list("count", flat=True)) == {4}
    assert (Order.objects.count(), OutboxEvent.objects.count()) == (60, 60)
    assert list(Product.objects.values_list("sku", "stock")) == stocks
    assert list(audit.violations()) == []


def test_an_event_is_what_the_shop_itself_would_write(stocks):
    order = Order.objects.first()
    lines = order.lines.select_related("product__category")
    event, expected = (
        OutboxEvent.objects.get(pk=order.event_id).payload,
        order_placed_payload(order, list(lines)),
    )

    def by_sku(payload):
        return payload | {"lines": sorted(payload["lines"], key=lambda line: line["sku"])}

    assert by_sku(event) == by_sku(expected)


def test_some_products_sell_far_more_than_others(stocks):
    sold = Counter(
        dict(OrderLine.objects.values_list("product__sku").annotate(Sum("quantity")).order_by())
    )

    assert sold.most_common(1)[0][1] > 2 * sum(sold.values()) / 43

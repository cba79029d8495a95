from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from analytics_api.sales.models import Sale
from analytics_api.sales.services import record_order_placed

pytestmark = pytest.mark.django_db


def on(day, hour="10:00:00"):
    return f"2026-02-{day:02}T{hour}+00:00"


def test_daily_figures_are_the_sums_of_the_facts(event):
    record_order_placed(event([("TEA-1", 2, "12.50"), ("CUP-1", 1, "7.05")], occurred_at=on(1)))
    record_order_placed(event([("TEA-1", 3, "12.50")], occurred_at=on(1, "23:59:59.999999")))
    record_order_placed(event([("TEA-1", 1, "0.01")], occurred_at=on(3, "00:00:00")))

    days = [
        (day["date"].day, day["orders"], day["units"], round(day["revenue"], 2))
        for day in Sale.objects.daily(date(2026, 2, 1), date(2026, 2, 28))
    ]

    assert days == [(1, 2, 6, Decimal("69.55")), (3, 1, 1, Decimal("0.01"))]


def test_the_first_and_the_last_day_are_included(event):
    for day in (1, 2, 3, 4):
        record_order_placed(event(occurred_at=on(day)))

    days = Sale.objects.daily(date(2026, 2, 2), date(2026, 2, 3))

    assert [day["date"].day for day in days] == [2, 3]


def test_top_products_are_those_that_sold_most_units(event):
    sold = [
        ("TEA-1", 2),
        ("CUP-1", 5),
        ("TEA-1", 4),
        ("POT-1", 1),
        ("CUP-1", 1),
        ("JAR-1", 6),
        ("URN-1", 7),
    ]
    for sku, quantity in sold:
        record_order_placed(event([(sku, quantity, "2.50")]))
    units = Counter()
    for sku, quantity in sold:
        units[sku] += quantity

    top = Sale.objects.top_products(4)

    assert [(product["sku"], product["units"]) for product in top] == [
        ("URN-1", 7),
        ("CUP-1", 6),
        ("JAR-1", 6),
        ("TEA-1", 6),
    ]
    assert all(
        round(product["revenue"], 2) == units[product["sku"]] * Decimal("2.50") for product in top
    )


def test_a_product_that_moved_stands_once_under_its_newest_category(event):
    record_order_placed(event([("TEA-1", 2, "1.00")]))
    moved = event([("TEA-1", 1, "1.00")])
    moved["lines"][0]["category"] = "gifts"
    record_order_placed(moved)

    (product,) = Sale.objects.top_products(10)

    assert (product["category"], product["units"]) == ("gifts", 3)


def test_top_products_need_three_queries_however_many_there_are(event, django_assert_num_queries):
    for number in range(20):
        record_order_placed(event([(f"TEA-{number}", 1, "1.00")]))

    with django_assert_num_queries(3):
        Sale.objects.top_products(20)


def test_without_facts_the_summary_is_zero():
    assert Sale.objects.summary() == {"orders": 0, "units": 0, "revenue": 0}

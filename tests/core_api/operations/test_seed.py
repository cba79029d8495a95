"""The demo shop: as many rows as requested, the same for the same seed, and consistent."""

import io
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db.models import F, Sum

from core_api.catalog.models import Category, Product, StockMovement
from core_api.operations import audit
from core_api.operations.demo import CATEGORIES, demo_orders, demo_products, fill_shop
from core_api.orders.models import Order, OrderLine, OutboxEvent

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def passwords(monkeypatch):
    monkeypatch.setenv("ADMIN_PASSWORD", "word-of-admin")
    monkeypatch.setenv("CUSTOMER_PASSWORD", "word-of-customer")


def seed(**options):
    out, err = io.StringIO(), io.StringIO()
    call_command("seed", stdout=out, stderr=err, **{"products": 90, "orders": 120} | options)
    return out.getvalue(), err.getvalue()


def test_the_demo_catalogue_has_forty_categories_that_differ():
    assert len(CATEGORIES) == 40
    for part in ("slug", "sku", "name"):
        assert len({entry[part] for entry in CATEGORIES}) == 40


def test_products_have_names_of_their_own_and_prices_as_in_a_shop():
    products = list(demo_products(20_000, seed=1))

    assert len(products) == 20_000
    assert len({product.name for product in products}) == 20_000
    assert len({product.sku for product in products}) == 20_000
    assert all(
        0 < product.price < 5000 and product.price.as_tuple().exponent >= -2 for product in products
    )


def test_few_products_are_sold_out_and_few_are_nearly():
    stock = [product.stock for product in demo_products(2000, seed=1)]

    assert 40 < stock.count(0) < 140
    assert 80 < sum(0 < count <= 5 for count in stock) < 260


def catalogue(count, seed):
    fields = "sku", "name", "description", "price", "stock"
    return {tuple(getattr(row, name) for name in fields) for row in demo_products(count, seed)}


def test_a_larger_catalogue_begins_with_the_products_of_a_smaller_one():
    assert catalogue(100, seed=3) < catalogue(400, seed=3)


def test_another_seed_gives_another_shop():
    assert catalogue(100, seed=1) != catalogue(100, seed=2)


def past(count, products):
    return list(demo_orders(count, [f"A-{number}" for number in range(products)], 1, MIDNIGHT))


def test_a_few_products_sell_far_more_than_the_others():
    sold = Counter()
    for _, quantities in past(20_000, 1000):
        sold.update(quantities.keys())
    counts = [count for _, count in sold.most_common()]

    assert sum(counts[:100]) > 0.4 * sum(counts)
    assert 15 < counts[0] / counts[99] < 60
    assert len(counts) > 990


def test_orders_lie_in_the_ninety_days_before_midnight_oldest_first():
    times = [fields["created_at"] for fields, _ in past(2000, 100)]

    assert times == sorted(times)
    assert MIDNIGHT - timedelta(days=90) <= times[0] < MIDNIGHT - timedelta(days=85)
    assert MIDNIGHT - timedelta(days=5) < times[-1] < MIDNIGHT


def test_the_shop_has_what_was_requested_and_adds_up(db, settings):
    settings.ANALYTICS = "off"

    out, err = seed()

    assert Category.objects.count() == 40
    assert (Product.objects.count(), Order.objects.count(), OutboxEvent.objects.count()) == (
        90,
        120,
        120,
    )
    assert list(audit.violations()) == []
    assert not OutboxEvent.objects.filter(sent__isnull=False).exists()
    assert set(Order.objects.values_list("served_by", flat=True)) == {"seed"}
    assert "Seeded 90 products and 120 orders" in out
    assert "120 of 120 orders" in err


def test_every_movement_adds_up_to_the_stock_and_begins_with_what_there_was(db):
    seed()

    sums = Product.objects.annotate(moved=Sum("movements__delta"))
    assert not sums.exclude(moved=F("stock")).filter(moved__isnull=False).exists()
    assert not StockMovement.objects.filter(reason="initial", delta__lte=0).exists()
    assert StockMovement.objects.filter(reason="order").count() == OrderLine.objects.count()


def test_events_describe_the_orders_as_the_shop_itself_would(db):
    seed(orders=5)

    order = Order.objects.with_lines().first()
    payload = OutboxEvent.objects.get(pk=order.event_id).payload
    assert payload["order_id"] == str(order.id)
    assert payload["total"] == str(order.total)
    assert {line["sku"]: line["quantity"] for line in payload["lines"]} == {
        line.product.sku: line.quantity for line in order.lines.all()
    }


def everything():
    models = Category, Product, Order, OrderLine, StockMovement, OutboxEvent
    return [list(model.objects.order_by("pk").values(*columns(model))) for model in models]


def columns(model):
    numbered = model not in (
        Order,
        OutboxEvent,
    )  # their ids come from the seed, the others are counted up
    return [
        field.attname
        for field in model._meta.concrete_fields
        if not (numbered and field.name == "id")
    ]


def test_the_same_seed_gives_the_same_rows(transactional_db):
    def fill():
        call_command("flush", interactive=False, verbosity=0, reset_sequences=True)
        get_user_model().objects.create(username="customer")
        fill_shop(products=90, orders=120, seed=7, midnight=MIDNIGHT, report=lambda sentence: None)
        return everything()

    assert fill() == fill()


def test_a_shop_that_has_products_is_left_as_it_is(db):
    seed()
    before = everything()

    out, _ = seed(products=95, orders=10, seed=9)

    assert everything() == before
    assert "seeded already: nothing was changed" in out


def test_a_shop_with_a_category_of_its_own_is_left_as_it_is(db):
    Category.objects.create(slug="tea", name="Tea")

    assert "nothing was changed" in seed()[0]
    assert not Product.objects.exists()


def test_of_the_demo_customers_only_customer_can_log_in(db):
    seed()

    users = get_user_model().objects
    assert users.filter(username__startswith="customer-").count() == 40
    assert not any(
        user.has_usable_password() for user in users.filter(username__startswith="customer-")
    )
    assert users.get(username="customer").check_password("word-of-customer")
    assert users.get(username="customer").orders.exists()


def test_passwords_are_shown_at_a_terminal_and_kept_from_logs(db, settings):
    settings.DEBUG = False
    quiet = "".join(seed())
    settings.DEBUG = True
    printed = "".join(seed())

    assert "word-of-admin" not in quiet and "word-of-customer" not in quiet
    assert "word-of-admin" in printed and "word-of-customer" in printed


def test_numbers_that_make_no_shop_are_refused(db):
    with pytest.raises(CommandError, match="at least 1"):
        seed(products=0)
    with pytest.raises(CommandError, match="at least 0"):
        seed(orders=-1)

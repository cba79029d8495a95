"""Orders, movements and events can be found in the admin, and not changed there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core_api.orders.keys import OutOfStock
from core_api.orders.models import OutboxEvent, Refusal
from core_api.orders.services import place_order

pytestmark = pytest.mark.django_db
LISTS = [
    *("/admin/orders/order/", "/admin/catalog/stockmovement/", "/admin/orders/outboxevent/"),
    "/admin/orders/refusal/",
]


@pytest.fixture
def order(customer, make_product):
    make_product("TEA-1", stock=10, price="1000.50")
    order, _ = place_order(
        user_id=customer.id, key="key-1", lines=[{"sku": "TEA-1", "quantity": 2}]
    )
    with pytest.raises(OutOfStock):
        place_order(user_id=customer.id, key="key-2", lines=[{"sku": "TEA-1", "quantity": 9}])
    return order


@pytest.mark.parametrize("address", LISTS)
def test_not_even_a_superuser_adds_changes_or_deletes(admin_client, order, address):
    row = admin_client.get(address).context["cl"].result_list[0]

    assert admin_client.get(f"{address}add/").status_code == 403
    assert admin_client.post(f"{address}{row.pk}/change/", {}).status_code == 403
    assert admin_client.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in admin_client.get(address).content.decode()


@pytest.mark.parametrize("found_by", ["id", "username", "key"])
def test_an_order_is_found(admin_client, order, found_by):
    words = {"id": str(order.id), "username": order.user.username, "key": "key-1"}

    assert admin_client.get(LISTS[0], {"q": words[found_by]}).context["cl"].result_count == 1
    assert (
        admin_client.get(LISTS[0], {"q": words[found_by][:-1] + "?"}).context["cl"].result_count
        == 0
    )


def test_an_order_shows_its_lines_its_total_and_its_instance(admin_client, order, settings):
    page = admin_client.get(f"{LISTS[0]}{order.pk}/change/").content.decode()

    for text in (
        "TEA-1 Product TEA-1",
        "1000.50",
        "2001.00",
        settings.INSTANCE,
        "key-1",
        "waiting</a>",
    ):
        assert text in page


def test_movements_are_found_by_product(admin_client, order, make_product):
    make_product("CUP-1", stock=4)

    rows = admin_client.get(LISTS[1], {"q": "TEA-1"}).context["cl"].result_list

    assert [row.delta for row in rows] == [-2, 10]


def test_events_are_filtered_by_how_far_they_are(admin_client, order):
    event, now = OutboxEvent.objects.get(), timezone.now()

    def count(state):
        return admin_client.get(LISTS[2], {"delivery": state}).context["cl"].result_count

    assert [count("waiting"), count("sent"), count("acknowledged")] == [1, 0, 0]
    OutboxEvent.objects.update(sent=now)
    assert [count("waiting"), count("sent"), count("acknowledged")] == [0, 1, 0]
    OutboxEvent.objects.update(
        acknowledged=now + timedelta(seconds=1.5), created=now - timedelta(minutes=3)
    )
    assert [count("waiting"), count("sent"), count("acknowledged")] == [0, 0, 1]

    page = admin_client.get(f"{LISTS[2]}{event.pk}/change/").content.decode()
    assert f"{now + timedelta(seconds=1.5):%Y-%m-%d %H:%M:%S}" in page
    assert "&quot;sku&quot;: &quot;TEA-1&quot;" in page


def test_more_rows_take_no_more_queries(
    admin_client, customer, make_product, django_assert_max_num_queries
):
    make_product("TEA-1", stock=1000)
    for number in range(30):
        place_order(
            user_id=customer.id, key=f"key-{number}", lines=[{"sku": "TEA-1", "quantity": 1}]
        )
        Refusal.objects.create(user=customer, idempotency_key=f"refused-{number}")

    for address in LISTS:
        with django_assert_max_num_queries(10):
            assert len(admin_client.get(address).context["cl"].result_list) >= 30

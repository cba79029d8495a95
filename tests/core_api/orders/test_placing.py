import socket

import pytest

from core_api.catalog.models import Product, StockMovement
from core_api.operations import audit
from core_api.orders.models import Order, OutboxEvent
from tests.support.hostile import documents

pytestmark = pytest.mark.django_db


def place(api, *lines, key="key-1"):
    return send(api, [{"sku": sku, "quantity": quantity} for sku, quantity in lines], key)


def send(api, lines, key="key-1"):
    return api.post("/api/orders/", {"lines": lines}, headers={"Idempotency-Key": key})


@pytest.fixture
def tea(make_product):
    return make_product("TEA-1", stock=10, price="12.50")


@pytest.fixture
def cup(make_product):
    return make_product("CUP-1", stock=3, price="7.05", category="cups")


def test_an_order_has_lines_total_and_the_instance_that_served_it(customer_api, tea, cup, settings):
    answer = place(customer_api, ("TEA-1", 2), ("CUP-1", 1))

    assert answer.status_code == 201
    assert answer.data["total"] == "32.05"
    assert answer.data["served_by"] == settings.INSTANCE
    assert [dict(line) for line in answer.data["lines"]] == [
        {"sku": "TEA-1", "quantity": 2, "unit_price": "12.50"},
        {"sku": "CUP-1", "quantity": 1, "unit_price": "7.05"},
    ]
    assert answer["Location"] == f"/api/orders/{answer.data['id']}/"
    assert customer_api.get(answer["Location"]).data == answer.data


@pytest.mark.parametrize("price", ["0.00", "0.10", "1.10", "7.05", "33.33", "99999999.99"])
def test_an_order_pays_the_price_of_the_product(customer_api, make_product, price):
    make_product("TEA-1", price=price)

    answer = place(customer_api, ("TEA-1", 1))

    assert (answer.status_code, answer.data["total"]) == (201, price)


def test_an_order_takes_stock_and_writes_a_movement_and_one_event(customer_api, tea):
    place(customer_api, ("TEA-1", 4))

    tea.refresh_from_db()
    order = Order.objects.get()
    assert tea.stock == 6
    assert [row.delta for row in StockMovement.objects.filter(order=order)] == [-4]
    assert [row.payload["order_id"] for row in OutboxEvent.objects.all()] == [str(order.id)]
    assert list(audit.violations()) == []


def test_an_order_is_placed_without_asking_another_service(customer_api, tea, monkeypatch):
    requested = []

    def refuse(address, *more, **options):
        requested.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    customer_api.raise_request_exception = False

    answer = place(customer_api, ("TEA-1", 1))

    assert (requested, answer.status_code) == ([], 201)


def test_the_same_key_and_body_again_is_the_same_answer(customer_api, tea):
    first = place(customer_api, ("TEA-1", 4))

    again = place(customer_api, ("TEA-1", 4))

    assert again.status_code == 201
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert again.content == first.content
    assert Order.objects.count() == OutboxEvent.objects.count() == 1
    tea.refresh_from_db()
    assert tea.stock == 6


@pytest.mark.parametrize("since", ["sold out", "off sale"])
def test_the_first_answer_is_repeated_whatever_became_of_the_product(
    customer_api, staff_api, tea, since
):
    first = place(customer_api, ("TEA-1", 10 if since == "sold out" else 1))
    if since == "off sale":
        staff_api.delete("/api/products/TEA-1/")

    again = place(customer_api, ("TEA-1", 10 if since == "sold out" else 1))

    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
    assert again.content == first.content
    assert list(audit.violations()) == []


def test_another_body_is_422_even_if_it_could_not_be_ordered_anyway(customer_api, tea):
    place(customer_api, ("TEA-1", 4))

    assert place(customer_api, ("TEA-1", 7)).status_code == 422
    assert place(customer_api, ("TEA-2", 1)).status_code == 422


def test_the_same_key_with_another_body_is_422(customer_api, tea):
    place(customer_api, ("TEA-1", 4))

    answer = place(customer_api, ("TEA-1", 5))

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:escala:key-reused"
    assert Order.objects.count() == 1


def test_a_key_belongs_to_its_user(customer_api, staff_api, tea):
    mine = place(customer_api, ("TEA-1", 1))

    theirs = place(staff_api, ("TEA-1", 1))

    assert theirs.status_code == 201
    assert theirs.data["id"] != mine.data["id"]


@pytest.mark.parametrize("key", ["", " ", "k" * 256, None])
def test_no_usable_key_is_400(customer_api, tea, key):
    headers = {} if key is None else {"Idempotency-Key": key}

    answer = customer_api.post(
        "/api/orders/", {"lines": [{"sku": "TEA-1", "quantity": 1}]}, headers=headers
    )

    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:escala:key-missing"
    assert not Order.objects.exists()


def test_more_than_in_stock_is_409_with_sku_and_stock_and_nothing_is_ordered(
    customer_api, tea, cup
):
    refused = place(customer_api, ("TEA-1", 1), ("CUP-1", 4))

    assert refused.status_code == 409
    assert "CUP-1" in refused.json()["detail"] and "3 left" in refused.json()["detail"]
    assert Product.objects.get(sku="TEA-1").stock == 10
    assert not Order.objects.exists() and not OutboxEvent.objects.exists()
    assert place(customer_api, ("TEA-1", 1), ("CUP-1", 3), key="key-2").status_code == 201


@pytest.mark.parametrize("sku", ["TEA-1", "NEW-1"], ids=["sold out", "unknown"])
def test_a_refusal_is_the_answer_of_its_key_also_when_the_product_comes(
    customer_api, make_product, sku
):
    make_product("TEA-1", stock=0)
    refused = place(customer_api, (sku, 1))
    if sku == "NEW-1":
        make_product(sku)
    else:
        Product.objects.filter(sku=sku).update(stock=5)

    again = place(customer_api, (sku, 1))

    assert again.status_code == refused.status_code in (400, 409)
    assert again.json()["detail"] == refused.json()["detail"]
    assert not Order.objects.exists()
    assert place(customer_api, (sku, 1), key="key-2").status_code == 201


def test_other_lines_with_the_key_of_a_refusal_are_422(customer_api, tea):
    place(customer_api, ("TEA-1", 11))

    answer = place(customer_api, ("TEA-1", 5))

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:escala:key-reused")
    assert "new key" in answer.json()["detail"]
    assert not Order.objects.exists()


def test_a_product_off_sale_can_not_be_ordered(customer_api, staff_api, tea):
    staff_api.delete("/api/products/TEA-1/")

    assert place(customer_api, ("TEA-1", 1)).status_code == 400


def test_customers_see_their_own_orders_alone(customer_api, staff_api, anonymous_api, tea):
    order = place(customer_api, ("TEA-1", 1)).data

    assert [row["id"] for row in customer_api.get("/api/orders/").data["results"]] == [order["id"]]
    assert staff_api.get("/api/orders/").data["results"] == []
    assert staff_api.get(f"/api/orders/{order['id']}/").status_code == 404
    assert anonymous_api.get(f"/api/orders/{order['id']}/").status_code == 401


@pytest.mark.parametrize("form", documents.ORDER_FORMS.values(), ids=documents.ORDER_FORMS)
def test_an_order_is_never_a_form(customer_api, tea, form):
    body, content_type = form
    key = {"Idempotency-Key": "key"}

    answer = customer_api.generic("POST", "/api/orders/", body, content_type, headers=key)

    assert answer.status_code == 415
    assert not Order.objects.exists()


@pytest.mark.parametrize("item", [0, None, documents.LINE, {}, [], "x"], ids=repr)
def test_the_lines_of_an_order_are_limited_before_they_are_checked(customer_api, item):
    lines = [item] * (500_000 if item == 0 else 20_000)

    answer = send(customer_api, lines)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["lines"])
    assert len(answer.content) < 1000


@pytest.mark.parametrize("key", documents.KEYS, ids=ascii)
def test_a_key_beyond_visible_ascii_is_refused_with_the_reason(customer_api, tea, key):
    answer = send(customer_api, [documents.LINE], key)

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:escala:key-missing")
    assert "visible ASCII" in answer.json()["detail"]
    assert not Order.objects.exists()


@pytest.mark.parametrize("key", documents.KEYS_TAKEN)
def test_a_key_of_visible_ascii_is_accepted(customer_api, tea, key):
    assert send(customer_api, [documents.LINE], key).status_code == 201
    assert Order.objects.get().idempotency_key == key.strip()

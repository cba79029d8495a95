"""Many customers order at the same time, on real Postgres, and no request fails."""

import itertools
from collections import Counter

import pytest

from core_api.catalog.models import Product
from core_api.operations import audit
from core_api.orders.models import Order, OutboxEvent
from tests.core_api.conftest import api_of
from tests.support.races import at_once, needs_postgres

pytestmark = [pytest.mark.django_db(transaction=True), needs_postgres]


def order(api, key, *lines):
    body = {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines]}
    return api.post("/api/orders/", body, headers={"Idempotency-Key": key})


def test_two_hundred_buyers_forty_at_a_time_of_the_last_seven_get_exactly_seven(
    django_user_model, make_product
):
    make_product("TEA-1", stock=7)
    buyers = django_user_model.objects.bulk_create(
        django_user_model(username=f"buyer-{number}") for number in range(200)
    )

    def buy(number):
        queue = [api_of(buyer) for buyer in buyers[number::40]]
        return [order(api, "key", ("TEA-1", 1)).status_code for api in queue]

    answers = Counter(itertools.chain(*at_once(40, buy)))

    assert answers == {201: 7, 409: 193}
    assert Product.objects.get().stock == 0
    assert Order.objects.count() == OutboxEvent.objects.count() == 7
    assert list(audit.violations()) == []


def test_forty_requests_with_one_key_are_one_order_one_event_and_forty_equal_answers(
    customer, make_product
):
    make_product("TEA-1", stock=100)

    answers = at_once(40, lambda number: order(api_of(customer), "key", ("TEA-1", 2)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer for answer in answers) == 1
    assert Order.objects.count() == OutboxEvent.objects.count() == 1
    assert Product.objects.get().stock == 98


def test_opposite_orders_of_lines_make_no_deadlock(customer, make_product):
    make_product("TEA-1", stock=100)
    make_product("CUP-1", stock=100)
    lines = [("TEA-1", 1), ("CUP-1", 1)]

    def act(number):
        return order(
            api_of(customer), f"key-{number}", *(lines if number % 2 else lines[::-1])
        ).status_code

    assert at_once(40, act) == [201] * 40
    assert list(audit.violations()) == []


def test_of_twenty_uses_of_one_refresh_token_exactly_one_succeeds(anonymous_api, customer):
    login = {"username": "carla", "password": "a-long-word"}
    refresh = anonymous_api.post("/api/token/", login).data["refresh"]

    def act(number):
        return anonymous_api.post("/api/token/refresh/", {"refresh": refresh}).status_code

    assert Counter(at_once(20, act)) == {200: 1, 401: 19}

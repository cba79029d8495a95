"""An order costs the database few statements."""

import re

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_two_line_order_takes_at_most_12_statements(customer_api, make_product):
    make_product("TEA-1")
    make_product("CUP-1")
    lines = {"lines": [{"sku": "TEA-1", "quantity": 1}, {"sku": "CUP-1", "quantity": 2}]}

    answer = customer_api.post("/api/orders/", lines, headers={"Idempotency-Key": "k"})

    assert answer.status_code == 201
    assert 0 < int(re.search(r"(\d+) queries", answer["Server-Timing"])[1]) <= 12

"""An order costs the database few statements, however many lines it has."""

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("count", [1, 2, 10, 100])
def test_an_order_takes_at_most_8_statements(
    customer_api, make_product, django_assert_max_num_queries, count
):
    skus = [make_product(f"TEA-{number}").sku for number in range(count)]
    lines = {"lines": [{"sku": sku, "quantity": 2} for sku in skus]}

    # With BEGIN, COMMIT, and all that the answer needs.
    with django_assert_max_num_queries(8):
        answer = customer_api.post("/api/orders/", lines, headers={"Idempotency-Key": "k"})

    assert answer.status_code == 201
    assert len(answer.json()["lines"]) == count


def test_a_refusal_takes_at_most_6_statements(
    customer_api, make_product, django_assert_max_num_queries
):
    make_product("TEA-1", stock=0)
    lines = {"lines": [{"sku": "TEA-1", "quantity": 2}]}

    with django_assert_max_num_queries(6):
        answer = customer_api.post("/api/orders/", lines, headers={"Idempotency-Key": "k"})

    assert answer.status_code == 409

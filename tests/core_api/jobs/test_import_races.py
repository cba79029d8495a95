"""Imports and orders at the same time wait for each other without a deadlock."""

import pytest

from core_api.catalog.models import Category, Product, StockMovement
from core_api.jobs import tasks
from core_api.jobs.models import Job
from core_api.operations import audit
from core_api.orders.services import place_order
from tests.support.races import at_once, needs_postgres

pytestmark = [pytest.mark.django_db(transaction=True), needs_postgres]


def test_three_imports_of_the_same_products_and_orders_of_them(
    upload, customer, make_product, settings
):
    for number in range(0, 300, 3):
        make_product(f"S-{number}", stock=1000)
    orders = [range(300), range(299, -1, -1), [(7 * number) % 300 for number in range(300)]]
    jobs = [
        upload(
            "".join(f"S-{number},Tea,Group {number % 9},1,{1000 + which},\n" for number in order)
        )
        for which, order in enumerate(orders)
    ]

    def take_part(number):
        if number < 3:
            return tasks.run_job(str(jobs[number].pk))
        for attempt in range(20):
            skus = [f"S-{3 * ((number + attempt + step) % 100)}" for step in (5, 0, 3)]
            lines = [{"sku": sku, "quantity": 1} for sku in skus]
            place_order(user_id=customer.pk, key=f"{number} {attempt}", lines=lines)

    at_once(6, take_part)

    outcomes = [(job.state, job.attempts, job.result["imported"]) for job in Job.objects.all()]
    assert outcomes == [(Job.State.DONE, 1, 300)] * 3
    assert Product.objects.count() == 300
    assert Category.objects.filter(name__startswith="Group").count() == 9
    assert StockMovement.objects.filter(reason="order").count() == 180
    assert list(audit.violations()) == []


def test_the_same_file_twice_at_once_makes_each_product_once(upload):
    # The categories are there: to make one, an import waits for the other, and nothing would race.
    Category.objects.bulk_create(Category(name=f"Group {n}", slug=f"group-{n}") for n in range(9))
    rows = "".join(f"S-{number},Tea,Group {number % 9},1,{number + 1},\n" for number in range(1200))
    jobs = [upload(rows), upload(rows)]

    at_once(2, lambda number: tasks.run_job(str(jobs[number].pk)))

    outcomes = [(job.state, job.attempts, job.result["imported"]) for job in Job.objects.all()]
    assert outcomes == [(Job.State.DONE, 1, 1200)] * 2
    assert (Product.objects.count(), Category.objects.count()) == (1200, 9)
    assert StockMovement.objects.count() == 1200  # the second found every stock as its file has it
    assert list(audit.violations()) == []

"""Imports and orders at the same moment, on real Postgres: they wait for each other, never in a circle."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from core_api.catalog.models import Category, Product
from core_api.jobs import tasks
from core_api.jobs.models import Job
from core_api.orders import audit
from core_api.orders.models import StockMovement
from core_api.orders.services import place_order

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="races need Postgres: run ./escala test"),
]


def test_three_imports_of_the_same_products_and_orders_of_them(upload, customer, make_product, settings):
    for number in range(0, 300, 3):
        make_product(f"S-{number}", stock=1000)
    orders = [range(300), range(299, -1, -1), [(7 * number) % 300 for number in range(300)]]
    jobs = [
        upload("".join(f"S-{number},Tea,Shelf {number % 9},1,{1000 + which},\n" for number in order))
        for which, order in enumerate(orders)
    ]
    start = Barrier(6)

    def take_part(number):
        start.wait(timeout=30)
        try:
            if number < 3:
                return tasks.run_job(str(jobs[number].pk))
            for attempt in range(20):
                skus = [f"S-{3 * ((number + attempt + step) % 100)}" for step in (5, 0, 3)]
                lines = [{"sku": sku, "quantity": 1} for sku in skus]
                place_order(user_id=customer.pk, key=f"{number} {attempt}", lines=lines)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(take_part, range(6)))

    told = [(job.state, job.attempts, job.result["imported"]) for job in Job.objects.all()]
    assert told == [(Job.State.DONE, 1, 300)] * 3
    assert (Product.objects.count(), Category.objects.filter(name__startswith="Shelf").count()) == (300, 9)
    assert StockMovement.objects.filter(reason="order").count() == 180
    assert list(audit.violations()) == []

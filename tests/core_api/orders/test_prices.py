"""What `./escala bench --prices` takes away from the tables for a while, and puts back."""

import pytest
from django.db import connection

from core_api.orders.models import Order
from lab.bench.prices import TABLES
from tests.support.races import needs_postgres

pytestmark = [pytest.mark.django_db, needs_postgres]


def unique_columns():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Order._meta.db_table)
    return {name: each["columns"] for name, each in found.items() if each["unique"]}


@pytest.mark.parametrize("patch", TABLES)
def test_the_table_lacks_what_the_patch_takes_away_and_is_as_before_afterwards(patch):
    remove, restore = TABLES[patch]
    before = unique_columns()

    with connection.cursor() as cursor:
        cursor.execute(remove)
        without = unique_columns()
        cursor.execute(restore)

    assert [columns for name, columns in before.items() if name not in without] == [
        ["user_id", "idempotency_key"]
    ]
    assert unique_columns() == before

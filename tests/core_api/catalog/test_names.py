"""What the database itself refuses as a name, and what becomes of older rows."""

from importlib import import_module

import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, transaction

from core_api.catalog.models import Category, Product, one_line
from core_api.text import normal
from tests.support.hostile.names import INVISIBLE

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite cannot check this"),
]
CONSTRAINTS = """
    SELECT conname, convalidated FROM pg_constraint
    WHERE conname LIKE '%\\_is\\_visible' ORDER BY conname
"""


@pytest.fixture(autouse=True)
def tea(make_product):
    return make_product("TEA-1")


@pytest.mark.parametrize("column", ["name", "description", "category"])
def test_the_database_refuses_what_is_not_normalized(column):
    with pytest.raises(IntegrityError, match="nfc"), transaction.atomic():
        if column == "category":
            Category.objects.update(name="Cafe\u0301")
        else:
            Product.objects.update(**{column: "Cafe\u0301"})


@pytest.mark.parametrize("model", [Category, Product])
@pytest.mark.parametrize("name", ["", " ", "\t\n", *INVISIBLE], ids=ascii)
def test_the_database_refuses_a_name_without_a_visible_character(model, name):
    with pytest.raises(IntegrityError, match="visible"), transaction.atomic():
        model.objects.update(name=name)


def test_what_the_database_refuses_is_what_the_shop_calls_invisible():
    pattern = import_module("core_api.catalog.migrations.0006_names_can_be_seen").VISIBLE
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n FROM generate_series(1, 1114111) n"
            " WHERE n NOT BETWEEN 55296 AND 57343 AND chr(n) !~ %s",
            [pattern],
        )
        refused = [chr(number) for (number,) in cursor.fetchall()]

    assert len(refused) > 4096
    assert [sign for sign in refused if normal(sign) and one_line.regex.match(sign)] == []


@pytest.mark.django_db(transaction=True)
def test_older_rows_without_a_name_get_one_though_a_first_attempt_fails(make_product):
    call_command("migrate", "catalog", "0005", verbosity=0)
    cup = make_product("CUP-1", name="\u200b")
    shelf = Category.objects.create(slug="empty", name="")
    Category.objects.create(slug="taken", name=f"category {shelf.pk}")
    reader = connection.copy()  # it reads a product and stays in its transaction
    reader.set_autocommit(False)
    reader.cursor().execute("SELECT FROM catalog_product")
    connection.cursor().execute("SET lock_timeout = 100")
    with pytest.raises(OperationalError, match="lock timeout"):
        call_command("migrate", verbosity=0)
    connection.cursor().execute("RESET lock_timeout")
    reader.close()

    call_command("migrate", verbosity=0)

    cup.refresh_from_db(), shelf.refresh_from_db()
    assert cup.name == f"product {cup.pk}"
    assert shelf.name == f"category {shelf.pk} ({shelf.pk})"
    with connection.cursor() as cursor:
        cursor.execute(CONSTRAINTS)
        assert [is_valid for _, is_valid in cursor.fetchall()] == [True, True]


@pytest.mark.django_db(transaction=True)
def test_an_earlier_database_is_normalized_and_loses_no_category(make_product):
    call_command("migrate", "catalog", "0004", verbosity=0)
    names = {"CUP-1": "Cafe\u0301", "CUP-2": "\u200b", "CUP-3": "\u0958" * 200}
    for sku, name in names.items():
        make_product(sku, name=name, description=name)
    for slug, name in (("cafe", "Caf\u00e9"), ("cafe-2", "Cafe\u0301"), ("cafe-3", "Caf\u00e9 ")):
        Category.objects.create(slug=slug, name=name)

    call_command("migrate", verbosity=0)

    found = Category.objects.values_list("name", flat=True)
    assert len(set(found)) == 4 and "Caf\u00e9" in found
    for name in [*found, *Product.objects.values_list("name", flat=True)]:
        assert name and name == normal(name)

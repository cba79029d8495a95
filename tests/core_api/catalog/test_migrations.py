"""A database of an earlier version keeps its stock movements and the permissions for them."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command

from core_api.catalog.models import StockMovement


@pytest.fixture
def earlier_version(transactional_db):
    """The database before stock movements moved from orders to catalog."""
    call_command("migrate", "catalog", "0002", verbosity=0)
    call_command("migrate", "orders", "0001", verbosity=0)
    yield
    call_command("migrate", verbosity=0)


def test_movements_and_permissions_survive_the_move_to_catalog(make_product, earlier_version):
    make_product("TEA-1", stock=10)
    may_view = Permission.objects.get(codename="view_stockmovement")
    assert may_view.content_type.app_label == "orders"
    Group.objects.create(name="stock-takers").permissions.add(may_view)

    call_command("migrate", verbosity=0)

    assert StockMovement.objects.get().delta == 10
    assert ContentType.objects.get(model="stockmovement").app_label == "catalog"
    kept = Group.objects.get().permissions.get()
    assert (kept.content_type.app_label, kept.codename) == ("catalog", "view_stockmovement")

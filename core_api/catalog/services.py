"""Changes of products. Each one and its stock movement are one transaction."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core_api.catalog import caching
from core_api.catalog.models import Product, StockMovement


@transaction.atomic
def create_product(*, stock: int, **fields: Any) -> Product:
    """Create a product. Its first movement is its stock."""
    product = Product.objects.create(stock=stock, **fields)
    _record_movement(product, stock, StockMovement.Reason.INITIAL)
    caching.invalidate_on_commit(product.sku, lists=True)
    return product


@transaction.atomic
def change_product(
    *, product: Product, stock: int | None = None, check: Callable | None = None, **fields: Any
) -> Product:
    """Change a product. `stock` is an absolute count; the difference is written as a movement.

    `check` gets the locked product, which nobody else can change now, and may raise.
    """
    locked = Product.objects.select_for_update().get(pk=product.pk)
    if check:
        check(locked)
    if stock is not None:
        _record_movement(locked, stock - locked.stock, StockMovement.Reason.COUNT)
        locked.stock = stock
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.save()
    caching.invalidate_on_commit(locked.sku, lists=True)
    return locked


def withdraw_product(*, product: Product, check: Callable | None = None) -> Product:
    """Take a product off sale. Past orders still refer to it. `check` as for change_product."""
    return change_product(product=product, check=check, active=False)


@transaction.atomic
def withdraw_products(*, products: QuerySet) -> int:
    """Take all these products off sale in one statement; returns how many were on sale."""
    on_sale = Product.objects.filter(pk__in=products.order_by().values("pk"), active=True)
    skus = list(on_sale.select_for_update().order_by("sku").values_list("sku", flat=True))
    Product.objects.filter(sku__in=skus).update(active=False, updated_at=timezone.now())
    caching.invalidate_on_commit(*skus, lists=True)
    return len(skus)


def _record_movement(product: Product, delta: int, reason: Any) -> None:
    if delta:
        StockMovement.objects.create(product=product, delta=delta, reason=reason)

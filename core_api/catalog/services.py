"""What staff do to the catalogue: each a transaction that leaves every figure adding up and the
cache forgetful."""

from django.db import transaction

from core_api.catalog import caching
from core_api.catalog.models import Product, StockMovement


@transaction.atomic
def create_product(*, stock, **fields):
    """A new product; its stock is its first movement."""
    product = Product.objects.create(stock=stock, **fields)
    _record_movement(product, stock, StockMovement.Reason.INITIAL)
    caching.invalidate_on_commit(product.sku, lists=True)
    return product


@transaction.atomic
def change_product(*, product, stock=None, **fields):
    """The product with `fields` changed; `stock` is an absolute count, written as a movement of the
    difference."""
    locked = Product.objects.select_for_update().get(pk=product.pk)
    if stock is not None:
        _record_movement(locked, stock - locked.stock, StockMovement.Reason.COUNT)
        locked.stock = stock
    skus = {locked.sku, fields.get("sku", locked.sku)}
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.save()
    caching.invalidate_on_commit(*skus, lists=True)
    return locked


def withdraw_product(*, product):
    """Take a product off sale; its past orders keep it."""
    return change_product(product=product, active=False)


def _record_movement(product, delta, reason):
    if delta:
        StockMovement.objects.create(product=product, delta=delta, reason=reason)

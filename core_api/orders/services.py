"""Placing an order: one transaction for order, stock and event, so that either all of it happened
or nothing."""

import hashlib
import json
from operator import attrgetter

from django.conf import settings
from django.db import transaction
from django.db.models import F

from chassis.errors import Conflict, Problem
from core_api.catalog import caching
from core_api.catalog.models import Product, StockMovement
from core_api.orders.models import Order, OrderLine, OutboxEvent


class OutOfStock(Conflict):
    default_code = "out_of_stock"


class UnknownProduct(Problem):
    default_code = "unknown_product"


class KeyReused(Problem):
    status_code = 422
    default_code = "key_reused"
    default_detail = (
        "This Idempotency-Key was sent before with other lines: a new order needs a new key."
    )


def place_order(*, user_id, key, lines):
    """(order, replayed): the one order of this user and key, whatever is retried, doubled or raced.

    `lines` are [{sku, quantity}], each sku once. A key that came before gives its order again, or
    KeyReused when the lines differ. OutOfStock and UnknownProduct undo everything, and the key is
    free again. Two requests with one key at the same moment meet at the unique index: the second
    waits there and replays the first.
    """
    body_hash = hash_of(lines)
    with transaction.atomic():
        draft = Order(
            user_id=user_id, idempotency_key=key, body_hash=body_hash, served_by=settings.INSTANCE
        )
        Order.objects.bulk_create([draft], ignore_conflicts=True)
        order = Order.objects.get(user_id=user_id, idempotency_key=key)
        created = order.pk == draft.pk
        if created:
            sold_out = fill(order, lines)
        elif order.body_hash != body_hash:
            raise KeyReused()
        else:
            sold_out = False
        # A replay forgets too: the first attempt may have died between its commit and this.
        caching.forget_on_commit(*(line["sku"] for line in lines), lists=sold_out or not created)
    return order, not created


def fill(order, lines):
    """Take the stock, write lines, movements and event; True when a product was sold out by it."""
    products = take_stock(lines)
    quantity = {line["sku"]: line["quantity"] for line in lines}
    order_lines = [
        OrderLine(
            order=order, product=products[sku], quantity=count, unit_price=products[sku].price
        )
        for sku, count in quantity.items()
    ]
    order.total = sum(line.quantity * line.unit_price for line in order_lines)
    order.save(update_fields=["total"])
    OrderLine.objects.bulk_create(order_lines)
    StockMovement.objects.bulk_create(
        StockMovement(
            product=line.product,
            delta=-line.quantity,
            reason=StockMovement.Reason.ORDER,
            order=order,
        )
        for line in order_lines
    )
    OutboxEvent.objects.create(
        id=order.event_id, kind="order_placed", payload=order_placed(order, order_lines)
    )
    return any(product.stock == 0 for product in products.values())


def take_stock(lines):
    """{sku: product} after their stock was taken; the rows stay locked, so prices and stock hold
    until the commit.

    The products are locked in the order of their keys, whatever the order of the lines: so no
    deadlock. And each UPDATE takes only what is there, whatever other instances do at the same
    moment: so no oversale.
    """
    quantity = {line["sku"]: line["quantity"] for line in lines}
    found = {product.sku: product for product in Product.objects.on_sale().filter(sku__in=quantity)}
    unknown = [sku for sku in quantity if sku not in found]
    if unknown:
        raise UnknownProduct(f"No such product on sale: {', '.join(unknown)}.")
    for product in sorted(found.values(), key=attrgetter("pk")):
        wanted = quantity[product.sku]
        left = Product.objects.filter(pk=product.pk, active=True, stock__gte=wanted)
        if not left.update(stock=F("stock") - wanted):
            product.refresh_from_db(fields=["stock"])
            raise OutOfStock(
                f"{product.sku}: {wanted} wanted, {product.stock} left. Nothing was ordered."
            )
    locked = Product.objects.with_category().filter(
        pk__in=[product.pk for product in found.values()]
    )
    return {product.sku: product for product in locked}


def order_placed(order, order_lines):
    """The event's payload: the contract of fixtures/contracts/order_placed.json, which
    analytics_api reads."""
    return {
        "event_id": str(order.event_id),
        "kind": "order_placed",
        "occurred_at": order.created_at.isoformat(),
        "order_id": str(order.id),
        "lines": [
            {
                "sku": line.product.sku,
                "category": line.product.category.slug,
                "quantity": line.quantity,
                "unit_price": str(line.unit_price),
            }
            for line in order_lines
        ],
        "total": str(order.total),
    }


def hash_of(lines):
    """SHA-256 of the lines, whatever their order."""
    canonical = sorted((line["sku"], line["quantity"]) for line in lines)
    return hashlib.sha256(json.dumps(canonical).encode()).hexdigest()

"""Placing an order: one transaction writes order, stock, movements and event, or nothing."""

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
        "This Idempotency-Key has an order with other lines. Use a new key for another."
    )


def place_order(*, user_id: int, key: str, lines: list[dict]) -> tuple[Order, bool]:
    """Return (order, replayed). A user and a key have one order, however often they are sent.

    `lines` are [{sku, quantity}], each sku once. A key that was used before returns its order, or
    raises KeyReused if the lines differ. OutOfStock and UnknownProduct roll back everything, so the
    key can be used again. If two requests with one key arrive together, the second waits at the
    unique index until the first commits, and then replays it.
    """
    body_hash = hash_of(lines)
    with transaction.atomic():
        draft = Order(
            user_id=user_id, idempotency_key=key, body_hash=body_hash, served_by=settings.INSTANCE
        )
        # One INSERT decides; get_or_create() would add a SELECT and a savepoint to each order.
        Order.objects.bulk_create([draft], ignore_conflicts=True)
        order = Order.objects.get(user_id=user_id, idempotency_key=key)
        created = order.pk == draft.pk
        if created:
            sold_out = write_order(order, lines)
        elif order.body_hash != body_hash:
            raise KeyReused()
        else:
            sold_out = False
        # Also after a replay: the first attempt may have died between its commit and this.
        skus = [line["sku"] for line in lines]
        caching.invalidate_on_commit(*skus, lists=sold_out or not created)
    return order, not created


def write_order(order: Order, lines: list[dict]) -> bool:
    """Reserve the stock; write lines, movements and event. True if a product is now sold out."""
    products = reserve_stock(lines)
    order_lines, movements, event = rows_of(order, lines, products)
    order.save(update_fields=["total"])
    OrderLine.objects.bulk_create(order_lines)
    StockMovement.objects.bulk_create(movements)
    event.save(force_insert=True)
    return any(product.stock == 0 for product in products.values())


def rows_of(
    order: Order, lines: list[dict], products: dict[str, Product]
) -> tuple[list[OrderLine], list[StockMovement], OutboxEvent]:
    """Set the total of an order; return its lines, movements and event, which are not saved yet."""
    order_lines = [
        OrderLine(
            order=order,
            product=products[line["sku"]],
            quantity=line["quantity"],
            unit_price=products[line["sku"]].price,
        )
        for line in lines
    ]
    order.total = sum(line.quantity * line.unit_price for line in order_lines)
    movements = [
        StockMovement(
            product=line.product,
            delta=-line.quantity,
            reason=StockMovement.Reason.ORDER,
            order=order,
            created_at=order.created_at,
        )
        for line in order_lines
    ]
    payload = order_placed_payload(order, order_lines)
    event = OutboxEvent(
        id=order.event_id, kind=payload["kind"], payload=payload, created=order.created_at
    )
    return order_lines, movements, event


def reserve_stock(lines: list[dict]) -> dict[str, Product]:
    """Subtract the quantities from the stock and return {sku: product}.

    Each UPDATE has a condition and so never takes more than there is, whatever other instances do
    at the same time: no overselling. All transactions lock products in the order of their primary
    keys, whatever the order of the lines: no deadlocks. The rows stay locked until the commit, so
    the prices and the stock returned here remain correct.
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
            shortage = f"{product.sku}: {wanted} wanted, {product.stock} left"
            raise OutOfStock(f"{shortage}. Nothing was ordered.")
    locked = Product.objects.with_category().filter(sku__in=quantity)
    return {product.sku: product for product in locked}


def order_placed_payload(order: Order, order_lines: list[OrderLine]) -> dict:
    """The event's payload; fixtures/contracts/order_placed.json is the contract with analytics."""
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


def hash_of(lines: list[dict]) -> str:
    """SHA-256 of the lines, independent of their order."""
    canonical = sorted((line["sku"], line["quantity"]) for line in lines)
    return hashlib.sha256(json.dumps(canonical).encode()).hexdigest()

"""The rows of an order before they are saved: its lines, its movements and its event."""

import hashlib
import json

from core_api.catalog.models import Product, StockMovement
from core_api.orders.models import Order, OrderLine, OutboxEvent


def rows_of(
    order: Order, lines: list[dict], products: dict[str, Product]
) -> tuple[list[OrderLine], list[StockMovement], OutboxEvent]:
    """Set the total of an order; return its lines, movements and event, which are not saved yet."""
    order_lines = [
        OrderLine(order=order, product=product, quantity=line["quantity"], unit_price=product.price)
        for line in lines
        for product in [products[line["sku"]]]
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

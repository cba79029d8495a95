"""The shop's invariants, checked row by row in the database: what must hold whatever was killed
meanwhile."""

from collections import defaultdict
from decimal import Decimal

from django.conf import settings
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from core_api.catalog.models import Product
from core_api.jobs.models import Job
from core_api.orders.models import Order, OrderLine, OutboxEvent


def violations():
    """A sentence for each violated invariant that this database alone can show."""
    return [*stock_violations(), *order_violations(), *event_violations(), *job_violations()]


def stock_violations():
    moved = Product.objects.annotate(moved=Coalesce(Sum("movements__delta"), 0))
    for product in moved.filter(Q(stock__lt=0) | ~Q(stock=F("moved"))).iterator():
        yield f"stock of {product.sku} is {product.stock}, its movements add up to {product.moved}"


def order_violations():
    amount = Coalesce(Sum(F("lines__quantity") * F("lines__unit_price")), Decimal(0))
    for order in Order.objects.annotate(amount=amount).filter(~Q(total=F("amount"))).iterator():
        if (
            round(order.amount, 2) != order.total
        ):  # SQLite compares sums as floats; here they are decimals
            yield f"order {order.id}: total is {order.total:.2f}, its lines add up to {order.amount:.2f}"
    ordered = OrderLine.objects.values_list("order_id", "product__sku").annotate(Sum("quantity"))
    shipped = {(order, product): count for order, product, count in ordered.iterator()}
    movements = (
        Product.objects.filter(movements__order__isnull=False)
        .values_list("movements__order_id", "sku")
        .annotate(delta=Sum("movements__delta"))
    )
    moved = {(order, product): -delta for order, product, delta in movements.iterator()}
    for order, product in sorted(shipped.keys() | moved.keys(), key=str):
        taken, sold = moved.get((order, product), 0), shipped.get((order, product), 0)
        if taken != sold:
            yield f"order {order}: product {product} sold {sold}, taken from stock {taken}"


def event_violations():
    """Events that tell of no order or tell it wrong; without analytics, orders that no event tells
    of."""
    told = figures()
    for event in OutboxEvent.objects.filter(kind="order_placed").iterator():
        event_id = str(event.id)
        if event_id not in told:
            yield f"event {event_id} tells of no order"
        elif figures_of(event.payload) != told[event_id]:
            (units, money), (real_units, real_money) = figures_of(event.payload), told[event_id]
            yield f"event {event_id} tells of {units} units for {money}, its order has {real_units} for {real_money}"
    # With analytics a missing event shows as missing facts there, and one that was delivered may
    # have been pruned.
    if settings.ANALYTICS == "off":
        for order in Order.objects.exclude(
            event_id__in=OutboxEvent.objects.values("id")
        ).iterator():
            yield f"order {order.id} has no event"


def job_violations():
    for job in Job.objects.filter(attempts__gt=settings.JOB_ATTEMPTS).iterator():
        yield f"job {job.id} was tried {job.attempts} times, {settings.JOB_ATTEMPTS} are allowed"


def figures():
    """{event id: [units, money]} as the orders' lines have it; analytics must have the same of
    each."""
    sums = defaultdict(lambda: [0, Decimal(0)])
    lines = OrderLine.objects.values_list("order__event_id", "quantity", "unit_price").order_by()
    for event_id, quantity, unit_price in lines.iterator(chunk_size=5000):
        sums[str(event_id)][0] += quantity
        sums[str(event_id)][1] += quantity * unit_price
    return {event_id: [units, f"{money:.2f}"] for event_id, (units, money) in sums.items()}


def figures_of(payload):
    units = sum(line["quantity"] for line in payload["lines"])
    return [
        units,
        f"{sum(line['quantity'] * Decimal(line['unit_price']) for line in payload['lines']):.2f}",
    ]

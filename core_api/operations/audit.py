"""The shop's invariants, checked row by row. They must hold whatever was killed before."""

from collections import defaultdict
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from core_api.catalog.models import Product, StockMovement
from core_api.jobs.models import Job
from core_api.orders.models import Order, OrderLine, OutboxEvent, Refusal


def see_one_moment():
    """Let all that this transaction reads be of one moment, although orders go on arriving."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # Between two statements the audit of a large shop compares for seconds.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


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
        # SQLite compares sums as floats, so compare again as decimals.
        if round(order.amount, 2) != order.total:
            found = f"its lines add up to {order.amount:.2f}"
            yield f"order {order.id}: total is {order.total:.2f}, {found}"
    sold = units_by(OrderLine.objects, "order_id", "quantity")
    movements = StockMovement.objects.filter(order__isnull=False)
    taken = units_by(movements, "order_id", "delta")
    for order, sku in sorted(sold.keys() | taken.keys(), key=str):
        ordered, moved = sold.get((order, sku), 0), -taken.get((order, sku), 0)
        if ordered != moved:
            yield f"order {order}: product {sku} sold {ordered}, taken from stock {moved}"
    refused = Refusal.objects.filter(
        user=OuterRef("user"), idempotency_key=OuterRef("idempotency_key")
    )
    for order in Order.objects.filter(Exists(refused)).iterator():
        yield f"order {order.id} was placed although its Idempotency-Key was refused"


def units_by(rows, key, column):
    """{(key, sku): units}"""
    sums = rows.order_by().values_list(key, "product__sku").annotate(Sum(column))
    return {(value, sku): units for value, sku, units in sums.iterator()}


def event_violations():
    """Events without an order or with wrong figures; without analytics, orders without an event."""
    expected, products = figures(), units_sold()
    for event in OutboxEvent.objects.filter(kind="order_placed").iterator():
        event_id, found = str(event.id), figures_of(event.payload)
        if event_id not in expected:
            yield f"event {event_id} belongs to no order"
        elif found != expected[event_id]:
            (units, money), (real_units, real_money) = found, expected[event_id]
            yield (
                f"event {event_id} says {units} units for {money},"
                f" its order has {real_units} for {real_money}"
            )
        elif (named := units_of(event.payload)) != products[event_id]:
            yield f"event {event_id} says {named}, its order has {products[event_id]}"
    # With analytics, a missing event shows as a missing fact there. A delivered one may have been
    # pruned here.
    if settings.ANALYTICS == "off":
        events = OutboxEvent.objects.values("id")
        for order in Order.objects.exclude(event_id__in=events).iterator():
            yield f"order {order.id} has no event"


def job_violations():
    for job in Job.objects.filter(attempts__gt=settings.JOB_ATTEMPTS).iterator():
        yield f"job {job.id} was tried {job.attempts} times, {settings.JOB_ATTEMPTS} are allowed"


def figures():
    """{event id: [units, money]} from the order lines. Analytics must have the same figures."""
    sums = defaultdict(lambda: [0, Decimal(0)])
    lines = OrderLine.objects.values_list("order__event_id", "quantity", "unit_price").order_by()
    for event_id, quantity, unit_price in lines.iterator(chunk_size=5000):
        sums[str(event_id)][0] += quantity
        sums[str(event_id)][1] += quantity * unit_price
    return {event_id: [units, f"{money:.2f}"] for event_id, (units, money) in sums.items()}


def units_sold():
    """{event id: {sku: units}} from the order lines. Analytics must have the same units."""
    found = defaultdict(dict)
    for (event_id, sku), sold in units_by(OrderLine.objects, "order__event_id", "quantity").items():
        found[str(event_id)][sku] = sold
    return found


def units_of(payload):
    """{sku: units} according to an event."""
    return {line["sku"]: line["quantity"] for line in payload["lines"]}


def figures_of(payload):
    """[units, money] according to an event."""
    lines = [(line["quantity"], Decimal(line["unit_price"])) for line in payload["lines"]]
    money = sum(quantity * price for quantity, price in lines)
    return [sum(quantity for quantity, _ in lines), f"{money:.2f}"]

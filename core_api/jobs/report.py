"""The sales report: one CSV row per order line. Memory use does not grow with its days."""

import csv
from datetime import UTC, date, datetime, time
from unicodedata import category, normalize

from django.db.models import Q

from core_api.jobs.streams import ResultWriter
from core_api.orders.models import Order, OrderLine

COLUMNS = ["date", "order", "sku", "name", "category", "quantity", "unit price", "amount"]
FORMULA_SIGNS = ["=", "+", "-", "@"]
PAGE = 500  # orders in memory at once


def write(job):
    """Write the report for job.parameters as the job's result; {rows, bytes, units, revenue}.

    Raises ClaimLost when this worker no longer owns the job.
    """
    orders = placed_between(job.parameters["from"], job.parameters["to"])
    total, done = orders.count(), 0
    rows, units, revenue = 0, 0, 0
    output = ResultWriter(job)
    table = csv.writer(output)
    table.writerow(COLUMNS)
    for page in pages(orders):
        for placed, order, sku, name, category_name, quantity, price in lines_of(page):
            names = map(harmless, (sku, name, category_name))
            table.writerow([placed.date(), order, *names, quantity, price, quantity * price])
            rows, units, revenue = rows + 1, units + quantity, revenue + quantity * price
        done += len(page)
        output.progress = min(99, 100 * done // total)
    output.close()
    return {"rows": rows, "bytes": output.bytes, "units": units, "revenue": f"{revenue:.2f}"}


def placed_between(first, last):
    """Orders of the days `first` to `last` (ISO dates, UTC, both included), oldest first."""
    start = datetime.combine(date.fromisoformat(first), time.min, UTC)
    end = datetime.combine(date.fromisoformat(last), time.max, UTC)
    return Order.objects.filter(created_at__range=(start, end)).order_by("created_at", "id")


def pages(orders):
    """Yield lists of at most PAGE order ids, each with a query of its own (keyset pagination).

    One cursor for all would keep a transaction open for minutes.
    """
    moments = orders.values_list("created_at", "id")
    page = list(moments[:PAGE])
    while page:
        yield [order for _, order in page]
        moment, order = page[-1]
        behind = Q(created_at__gt=moment) | Q(created_at=moment, id__gt=order)
        page = list(moments.filter(behind, created_at__gte=moment)[:PAGE])


def lines_of(orders):
    """All lines of these orders, oldest order first. Tuples need far less memory than objects."""
    lines = OrderLine.objects.filter(order__in=orders)
    product = ("product__sku", "product__name", "product__category__name")
    columns = ("order__created_at", "order_id", *product, "quantity", "unit_price")
    return lines.order_by("order__created_at", "order_id", "id").values_list(*columns)


def harmless(text):
    """Put an apostrophe before a cell that a spreadsheet might execute as a formula.

    Spaces and invisible characters before the formula are skipped; full-width signs such as `＝`
    count as well.
    """
    visible = (sign for sign in normalize("NFKC", text) if category(sign)[0] not in "CZ")
    formula = next(visible, "") in FORMULA_SIGNS or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if formula else text

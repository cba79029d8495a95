"""The sales report: one row per order line, read and written in pieces, so a year takes no more
memory than a day."""

import csv
from datetime import UTC, date, datetime, time
from unicodedata import category, normalize

from django.db.models import Q

from core_api.jobs import chunks, services
from core_api.jobs.models import JobChunk
from core_api.orders.models import Order, OrderLine

COLUMNS = ["date", "order", "sku", "name", "category", "quantity", "unit price", "amount"]
FORMULA_SIGNS = ["=", "+", "-", "@"]
PAGE = 500  # orders in memory at once


def write(job):
    """Write the report of job.parameters as the job's result; {rows, bytes, units, revenue}.
    ClaimLost stops it."""
    orders = placed_between(job.parameters["from"], job.parameters["to"])
    total, done = orders.count(), 0
    rows, units, revenue = 0, 0, 0
    output = ResultWriter(job)
    table = csv.writer(output)
    table.writerow(COLUMNS)
    for page in pages(orders):
        for placed, order, sku, name, shelf, quantity, price in lines_of(page):
            names = map(harmless, (sku, name, shelf))
            table.writerow([placed.date(), order, *names, quantity, price, quantity * price])
            rows, units, revenue = rows + 1, units + quantity, revenue + quantity * price
        done += len(page)
        output.progress = min(99, 100 * done // total)
    output.close()
    return {"rows": rows, "bytes": output.bytes, "units": units, "revenue": f"{revenue:.2f}"}


def placed_between(first, last):
    """Orders placed from the day `first` to the day `last` (ISO, UTC), both included, oldest
    first."""
    start = datetime.combine(date.fromisoformat(first), time.min, UTC)
    end = datetime.combine(date.fromisoformat(last), time.max, UTC)
    return Order.objects.filter(created_at__range=(start, end)).order_by("created_at", "id")


def pages(orders):
    """Lists of the ids of at most PAGE orders; each list starts behind the last order of the one
    before.

    A query per page, instead of one cursor held open for minutes: between pages the database keeps
    nothing for us.
    """
    moments = orders.values_list("created_at", "id")
    page = list(moments[:PAGE])
    while page:
        yield [order for _, order in page]
        moment, order = page[-1]
        behind = Q(created_at__gt=moment) | Q(created_at=moment, id__gt=order)
        page = list(moments.filter(behind, created_at__gte=moment)[:PAGE])


def lines_of(orders):
    """All lines of these orders, oldest order first, as tuples: objects cost many times the memory
    and time."""
    lines = OrderLine.objects.filter(order__in=orders).order_by(
        "order__created_at", "order_id", "id"
    )
    product = ("product__sku", "product__name", "product__category__name")
    return lines.values_list("order__created_at", "order_id", *product, "quantity", "unit_price")


def harmless(text):
    """A cell that a spreadsheet may take for a formula gets an apostrophe, which makes it text.

    Blanks and invisible signs before the formula do not hide it, nor does a wide sign such as `＝`.
    """
    visible = (sign for sign in normalize("NFKC", text) if category(sign)[0] not in "CZ")
    return (
        f"'{text}"
        if next(visible, "") in FORMULA_SIGNS or text.startswith(("\t", "\r", "\n"))
        else text
    )


class ResultWriter:
    """A text file that becomes the chunks of the job's result; what an earlier attempt wrote is
    removed first."""

    def __init__(self, job):
        self.job, self.progress, self.bytes = job, 0, 0
        self.number, self.waiting = 0, bytearray()
        with services.holding(job, progress=0):
            job.chunks.filter(stream=JobChunk.Stream.RESULT).delete()

    def write(self, text):
        self.waiting += text.encode()
        while len(self.waiting) >= chunks.SIZE:
            self.flush()

    def flush(self):
        data, self.waiting = bytes(self.waiting[: chunks.SIZE]), self.waiting[chunks.SIZE :]
        with services.holding(self.job, progress=self.progress):
            JobChunk.objects.create(
                job=self.job, stream=JobChunk.Stream.RESULT, number=self.number, data=data
            )
        self.number, self.bytes = self.number + 1, self.bytes + len(data)

    def close(self):
        if self.waiting:
            self.flush()

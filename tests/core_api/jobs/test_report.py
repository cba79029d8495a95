"""The sales report: each order line as CSV, from which no spreadsheet executes a formula."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db.models import F, Sum

from core_api.jobs import report, services, streams, tasks
from core_api.jobs.models import Job, JobChunk
from core_api.orders.models import Order, OrderLine

pytestmark = pytest.mark.django_db


@pytest.fixture
def job():
    return Job.objects.create(
        kind=Job.Kind.REPORT, parameters={"from": "2026-03-01", "to": "2026-03-31"}
    )


@pytest.fixture
def sell(customer):
    """An order of some products at a moment; quantities 1, 2, 3 ..."""

    def place(when, *products):
        order = Order.objects.create(
            user=customer, idempotency_key=f"key {Order.objects.count()}", created_at=when
        )
        OrderLine.objects.bulk_create(
            OrderLine(order=order, product=product, quantity=number, unit_price=product.price)
            for number, product in enumerate(products, start=1)
        )
        return order

    return place


def moment(day, *time):
    return datetime(2026, 3, day, *time, tzinfo=UTC)


def table_of(job):
    content = b"".join(streams.read(job.pk, JobChunk.Stream.RESULT)).decode()
    header, *rows = csv.reader(io.StringIO(content, newline=""), strict=True)
    return header, rows


def test_a_report_has_a_row_per_order_line(job, run, sell, make_product):
    order = sell(
        moment(5, 12), make_product("TEA-1", price="12.50"), make_product("TEA-2", price="3.00")
    )

    done = run(job)

    header, rows = table_of(job)
    assert header == [
        "date",
        "order",
        "sku",
        "name",
        "category",
        "quantity",
        "unit price",
        "amount",
    ]
    assert rows == [
        ["2026-03-05", str(order.pk), "TEA-1", "Product TEA-1", "Tea", "1", "12.50", "12.50"],
        ["2026-03-05", str(order.pk), "TEA-2", "Product TEA-2", "Tea", "2", "3.00", "6.00"],
    ]
    assert done.result == {"rows": 2, "bytes": done.result["bytes"], "units": 3, "revenue": "18.50"}


def test_both_days_are_included_to_their_last_microsecond(job, run, sell, make_product):
    tea = make_product()
    sell(datetime(2026, 2, 28, 23, 59, 59, 999999, UTC), tea)
    first = sell(moment(1), tea)
    last = sell(moment(31, 23, 59, 59, 999999), tea)
    sell(datetime(2026, 4, 1, tzinfo=UTC), tea)

    run(job)

    assert [row[1] for row in table_of(job)[1]] == [str(first.pk), str(last.pk)]


def test_a_report_of_days_without_orders_is_a_header(job, run):
    done = run(job)

    assert (done.state, done.result["rows"], done.result["revenue"]) == (Job.State.DONE, 0, "0.00")
    assert table_of(job)[1] == []


def test_a_report_equals_the_sums_of_the_database_whatever_its_pages_and_chunks(
    job, run, sell, make_product, monkeypatch
):
    monkeypatch.setattr(report, "PAGE", 7)
    monkeypatch.setattr(JobChunk, "SIZE", 1000)
    products = [
        make_product(f"TEA-{number}", price=f"{number}.{number:02}") for number in range(1, 6)
    ]
    for number in range(100):
        sell(
            moment(1 + number // 10, 8), *products[: 1 + number % 5]
        )  # many at one and the same moment

    done = run(job)

    sums = OrderLine.objects.aggregate(
        units=Sum("quantity"), revenue=Sum(F("quantity") * F("unit_price"))
    )
    rows = table_of(job)[1]
    assert len(rows) == done.result["rows"] == OrderLine.objects.count() == 300
    assert sum(int(row[5]) for row in rows) == done.result["units"] == sums["units"]
    assert (
        sum(Decimal(row[7]) for row in rows) == Decimal(done.result["revenue"]) == sums["revenue"]
    )
    sizes = [len(chunk.data) for chunk in job.chunks.all()]
    assert sum(sizes) == done.result["bytes"]
    assert len(sizes) > 20
    assert max(sizes) <= 1000


def test_a_page_of_orders_costs_two_queries_however_many_lines_it_has(
    sell, make_product, django_assert_num_queries
):
    products = [make_product(f"TEA-{number}", category=f"category-{number}") for number in range(5)]
    for _ in range(20):
        sell(moment(1), *products)

    with django_assert_num_queries(3):  # the orders, their lines, and the page that is empty
        pages = list(report.pages(report.placed_between("2026-03-01", "2026-03-01")))
        categories = {line[4] for page in pages for line in report.lines_of(page)}

    assert len(categories) == 5


FORMULAS = [
    "=cmd()",
    "+1",
    "-1",
    "@x",
    "\tx",
    "\rx",
    "\nx",
    " =1",
    "\t=1",
    "\r\n@x",
    "\xa0+1",
    "\u3000=1",
]
FORMULAS += ["\u200b=1", "\ufeff=1", "＝1", "＋1", "－1", "＠x", "﹦1", "\x00=1", "==1", "-"]
TEXTS = ["Tea", "1+1", "a=b", "a@b", "'=1", "№ 1", "(-1)", "茶", "", "1", "é", "_", "#1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert report.harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", TEXTS)
def test_a_cell_that_is_a_text_stays_as_it_is(text):
    assert report.harmless(text) == text


def test_no_cell_of_a_report_starts_with_a_formula(job, run, sell, make_product):
    names = [text for text in FORMULAS if "\0" not in text]
    for number, text in enumerate(names):
        sell(moment(1, 0, number), make_product(f"{'-' * (number + 1)}1", name=text, category=text))

    run(job)

    _, rows = table_of(job)
    assert len(rows) == len(names)
    assert [cell for row in rows for cell in row if report.harmless(cell) != cell] == []
    assert [row[2:5] for row in rows] == [
        [f"'{'-' * (number + 1)}1", f"'{text}", f"'{text}"] for number, text in enumerate(names)
    ]


def test_a_second_attempt_starts_the_report_anew(job, run, sell, make_product, monkeypatch):
    monkeypatch.setattr(JobChunk, "SIZE", 100)
    tea = make_product()
    for _ in range(10):
        sell(moment(1), tea)
    harmless = report.harmless

    def die_in_the_middle(text):
        if JobChunk.objects.count() == 5:
            raise MemoryError
        return harmless(text)

    monkeypatch.setattr(report, "harmless", die_in_the_middle)
    interrupted = run(job)
    monkeypatch.setattr(report, "harmless", harmless)
    left_behind = job.chunks.count()
    done = run(job)

    assert (interrupted.state, left_behind) == (Job.State.QUEUED, 5)
    assert (done.state, done.attempts) == (Job.State.DONE, 2)
    assert len(table_of(job)[1]) == 10


def test_a_worker_that_lost_the_report_adds_no_chunk_to_it(job, sell, make_product, monkeypatch):
    monkeypatch.setattr(JobChunk, "SIZE", 100)
    tea = make_product()
    for _ in range(10):
        sell(moment(1), tea)
    claimed = services.claim(job.pk)
    output = streams.ResultWriter(claimed)
    Job.objects.update(worker="worker-2")

    with pytest.raises(services.ClaimLost):
        output.write("x" * 100)

    assert not job.chunks.exists()


def test_progress_can_be_seen_on_the_way(job, sell, make_product, monkeypatch):
    monkeypatch.setattr(JobChunk, "SIZE", 50)
    monkeypatch.setattr(report, "PAGE", 1)
    tea = make_product()
    for _ in range(4):
        sell(moment(1), tea)
    seen, while_claimed = [], services.while_claimed

    def watch(job, **changes):
        seen.append(changes["progress"])
        return while_claimed(job, **changes)

    monkeypatch.setattr(services, "while_claimed", watch)
    tasks.run_job(str(job.pk))

    assert sorted(set(seen)) == seen[:1] + [25, 50, 75, 99][: len(set(seen)) - 1]

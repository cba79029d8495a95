"""The shop under load: its requests, the jobs and orders they cause, and what the database holds.

`lab` is the Laboratory of an experiment (lab/laboratory/laboratory.py).
"""

import datetime
import random
from collections.abc import Iterable
from typing import Any

from lab.errors import Failure
from lab.polling import repeated, wait_until
from lab.workload import http_client, load
from lab.workload.http_client import Unanswered, request_ok
from lab.workload.load import Request, RequestFactory

PLENTY = 1_000_000  # in stock: no order of a load is refused


# The catalogue.


def catalogue_reads(lab: Any) -> RequestFactory:
    """A request factory of reads: products by Zipf's law, pages of the list, best sellers."""
    products = lab.request_ok("GET", "/api/products/?ordering=sku&page_size=100")["results"]
    product = load.zipf([row["sku"] for row in products])
    page = load.zipf(range(1, 6))
    return load.mixture(
        (75, lambda chance: load.get(f"/api/products/{product(chance)}/", "product")(chance)),
        (20, lambda chance: load.get(f"/api/products/?page={page(chance)}", "list")(chance)),
        (5, load.get("/api/products/best-sellers/", "best sellers")),
    )


def restock(port: int, staff: dict[str, str], count: int = 40) -> list[str]:
    """The SKUs of so many products, each now with plenty in stock; `staff`: an admin's headers."""
    path = f"/api/products/?ordering=sku&page_size={count}"
    rows = request_ok(port, "GET", path).document["results"]
    for row in rows:
        request_ok(port, "PATCH", f"/api/products/{row['sku']}/", {"stock": PLENTY}, staff)
    return [row["sku"] for row in rows]


# Orders.


def key_prefix(*parts: object) -> str:
    """What the idempotency keys of a phase begin with; without commas, which the shop refuses."""
    return "/".join(map(str, parts)).replace(",", "")


def order_requests(lab: Any, skus: list[str], prefix: str, **more: Any) -> RequestFactory:
    """A request factory of orders, each of one unit of one product.

    Each order has an idempotency key of its own, which begins with `prefix`; the key is the
    record's note.
    """
    customer = lab.bearer("customer")

    def order(chance: random.Random) -> Request:
        key = f"{prefix}/{chance.getrandbits(64):016x}"
        body = {"lines": [{"sku": chance.choice(skus), "quantity": 1}]}
        headers = customer | {"Idempotency-Key": key}
        request = {"kind": "order", "method": "POST", "path": "/api/orders/", "note": key}
        return request | {"headers": headers, "body": body} | more

    return order


def orders_placed(lab: Any, prefix: str) -> dict[str, int]:
    """{idempotency key: number of orders with it} for all keys that begin with `prefix`."""
    rows = lab.sql(
        "core",
        "SELECT idempotency_key, count(*) FROM orders_order"
        " WHERE starts_with(idempotency_key, %s) GROUP BY 1",
        prefix,
    )
    return dict(rows)


def wait_for_events(lab: Any, seconds: float = 30) -> None:
    """Waits until analytics has recorded every order, but at most so many seconds."""
    waiting = "SELECT count(*) FROM orders_outboxevent WHERE acknowledged IS NULL"
    wait_until(lambda: lab.sql("core", waiting) == [(0,)], seconds=seconds)


def acknowledgements(lab: Any, prefix: str) -> list[tuple[float, float | None]]:
    """(second since the first order, seconds until analytics acknowledged it or None) of orders.

    Those whose idempotency keys begin with `prefix`, in the order in which they were placed.
    """
    rows = lab.sql(
        "core",
        "SELECT extract(epoch FROM placed.created_at - min(placed.created_at) OVER ()),"
        " extract(epoch FROM event.acknowledged - event.created)"
        " FROM orders_order placed JOIN orders_outboxevent event ON event.id = placed.event_id"
        " WHERE starts_with(placed.idempotency_key, %s) ORDER BY 1",
        prefix,
    )
    return [(float(at), None if wait is None else float(wait)) for at, wait in rows]


# Jobs: reports and imports.


def report_request(lab: Any, *, until: int = 0) -> Request:
    """The request for a sales report of the 90 days that ended `until` days ago (0: today).

    Until yesterday (1) it has the same orders, however many a load places.
    """
    staff, today = lab.bearer("admin"), datetime.datetime.now(datetime.UTC).date()
    last = today - datetime.timedelta(days=until)
    days = {"from": str(last - datetime.timedelta(days=89)), "to": str(last)}
    return {
        "kind": "report",
        "method": "POST",
        "path": "/api/reports/",
        "headers": staff,
        "body": days,
    }


def request_reports(lab: Any, report: Request, count: int, jobs: list[str]) -> None:
    """Sends this request so many times, one after the other; appends the ids of the jobs.

    One that a busy system does not answer is sent again; a report more does no harm.
    """
    words = report["method"], report["path"], report["body"], report["headers"]
    for _ in range(count):
        jobs.append(repeated(lambda: lab.request_ok(*words), on=Unanswered)["id"])


def import_products(lab: Any, lines: Iterable[str]) -> str:
    """Uploads a CSV file with these lines below its header; the id of the accepted job."""
    text = "\n".join(["sku,name,category,price,stock", *lines])
    body, headers = http_client.file_upload("products.csv", text)
    return lab.request_ok("POST", "/api/imports/", body, lab.bearer("admin") | headers)["id"]


def wait_for_jobs(lab: Any, seconds: float = 60) -> None:
    """Waits until every job is done or failed; a Failure when that takes longer than `seconds`."""
    if not wait_until(lambda: not unfinished_jobs(lab), seconds=seconds):
        raise Failure(
            f"{unfinished_jobs(lab)} jobs have not ended after {seconds} s", "./escala run again"
        )


def unfinished_jobs(lab: Any) -> int:
    """How many jobs are queued or running."""
    return _count_jobs(lab, "state IN ('queued', 'running')")


def count_jobs(lab: Any, state: str) -> int:
    """How many jobs are in this state, of all since the system was made."""
    return _count_jobs(lab, "state = %s", state)


def jobs_not_done(lab: Any, ids: list[str]) -> int:
    """How many of these jobs are not done: they failed, or have not ended."""
    return len(ids) - _count_jobs(lab, "state = 'done' AND id::text = ANY(%s)", ids)


def job_state(lab: Any, job: str) -> dict[str, Any]:
    """{state, attempts, progress, worker} of a job; `worker` is the process that runs it, or ''."""
    (row,) = lab.sql(
        "core", "SELECT state, attempts, progress, worker FROM jobs_job WHERE id = %s", job
    )
    found = dict(zip(("state", "attempts", "progress", "worker"), row, strict=True))
    return found | {"worker": found["worker"].partition(":")[0]}


def makespan(lab: Any, ids: list[str]) -> float:
    """Seconds from the acceptance of the first of these jobs to the end of the last."""
    ((seconds,),) = lab.sql(
        "core",
        "SELECT extract(epoch FROM max(finished_at) - min(created_at)) FROM jobs_job"
        " WHERE id::text = ANY(%s)",
        ids,
    )
    return float(seconds)


def ends_of_jobs(lab: Any, ids: list[str]) -> list[float]:
    """When these jobs ended, as seconds of one clock, the first to end first."""
    rows = lab.sql(
        "core",
        "SELECT extract(epoch FROM finished_at) FROM jobs_job WHERE id::text = ANY(%s) ORDER BY 1",
        ids,
    )
    return [float(at) for (at,) in rows]


def _count_jobs(lab: Any, condition: str, *arguments: Any) -> int:
    ((count,),) = lab.sql("core", f"SELECT count(*) FROM jobs_job WHERE {condition}", *arguments)
    return count

"""Requests that experiments send to the shop, and what its database knows of the outcome."""

import datetime

from lab.errors import Failure
from lab.polling import wait_until
from lab.workload import load
from lab.workload.http_client import request_ok


def report_request(lab):
    """A chooser of requests for a sales report of the last 90 days, today included."""
    staff, today = lab.bearer("admin"), datetime.datetime.now(datetime.UTC).date()
    days = {"from": str(today - datetime.timedelta(days=89)), "to": str(today)}
    request = {
        "kind": "report",
        "method": "POST",
        "path": "/api/reports/",
        "headers": staff,
        "body": days,
    }
    return lambda chance: request


def unfinished_jobs(lab):
    """How many jobs are queued or running."""
    ((count,),) = lab.sql(
        "core", "SELECT count(*) FROM jobs_job WHERE state IN ('queued', 'running')"
    )
    return count


def wait_for_jobs(lab, seconds=60):
    """Returns when every job is done or failed; a Failure when one is not, after so many
    seconds."""
    if not wait_until(lambda: not unfinished_jobs(lab), seconds=seconds):
        raise Failure(
            f"{unfinished_jobs(lab)} jobs have not ended after {seconds} s", "./escala run again"
        )


def count_jobs(lab, state):
    """How many jobs are in this state, of all since the system was made."""
    ((count,),) = lab.sql("core", "SELECT count(*) FROM jobs_job WHERE state = %s", state)
    return count


def jobs_not_done(lab, ids):
    """How many of these jobs are not done: they failed, or have not ended."""
    ((count,),) = lab.sql(
        "core", "SELECT count(*) FROM jobs_job WHERE state = 'done' AND id::text = ANY(%s)", ids
    )
    return len(ids) - count


def import_products(lab, lines):
    """Uploads a CSV of these lines, without its header: the id of the accepted job."""
    text = "\n".join(["sku,name,category,price,stock", *lines])
    mark = "the-file-ends-here"
    body = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="products.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\n{text}\r\n--{mark}--\r\n"
    )
    headers = lab.bearer("admin") | {"Content-Type": f"multipart/form-data; boundary={mark}"}
    return lab.ask("POST", "/api/imports/", body, headers)["id"]


def job_state(lab, job):
    """{state, attempts, progress, worker} of a job; `worker` is the process that holds it, or
    empty."""
    (row,) = lab.sql(
        "core", "SELECT state, attempts, progress, worker FROM jobs_job WHERE id = %s", job
    )
    found = dict(zip(("state", "attempts", "progress", "worker"), row, strict=True))
    return found | {"worker": found["worker"].partition(":")[0]}


def makespan(lab, ids):
    """Seconds from the acceptance of the first of these jobs to the end of the last."""
    ((seconds,),) = lab.sql(
        "core",
        "SELECT extract(epoch FROM max(finished_at) - min(created_at)) FROM jobs_job WHERE id::text = ANY(%s)",
        ids,
    )
    return float(seconds)


PLENTY = 1_000_000  # in stock: no order of a load is refused


def restock(port, staff, count=40):
    """The SKUs of so many products, each now with plenty in stock; `staff` are an admin's headers."""
    path = f"/api/products/?ordering=sku&page_size={count}"
    rows = request_ok(port, "GET", path).document["results"]
    for row in rows:
        request_ok(port, "PATCH", f"/api/products/{row['sku']}/", {"stock": PLENTY}, staff)
    return [row["sku"] for row in rows]


def order_requests(lab, skus, prefix, **more):
    """A chooser of orders, one unit of one product each; its key begins with `prefix` and is noted
    in the record."""
    customer = lab.bearer("customer")

    def order(chance):
        key = f"{prefix}/{chance.getrandbits(64):016x}"
        body = {"lines": [{"sku": chance.choice(skus), "quantity": 1}]}
        headers = customer | {"Idempotency-Key": key}
        request = {"kind": "order", "method": "POST", "path": "/api/orders/", "note": key}
        return request | {"headers": headers, "body": body} | more

    return order


def orders_placed(lab, prefix):
    """{key: how many orders have it}, of all keys that begin with `prefix`."""
    rows = lab.sql(
        "core",
        "SELECT idempotency_key, count(*) FROM orders_order WHERE starts_with(idempotency_key, %s) GROUP BY 1",
        prefix,
    )
    return dict(rows)


def wait_for_events(lab, seconds=30):
    """Returns when analytics has recorded every order, or after so many seconds."""
    waiting = "SELECT count(*) FROM orders_outboxevent WHERE acknowledged IS NULL"
    wait_until(lambda: lab.sql("core", waiting) == [(0,)], seconds=seconds)


def catalogue_reads(lab):
    """A chooser of reads: products by Zipf's law, pages of the list, best sellers."""
    products = lab.ask("GET", "/api/products/?ordering=sku&page_size=100")["results"]
    product = load.zipf([row["sku"] for row in products])
    page = load.zipf(range(1, 6))
    return load.mixture(
        (75, lambda chance: load.get(f"/api/products/{product(chance)}/", "product")(chance)),
        (20, lambda chance: load.get(f"/api/products/?page={page(chance)}", "list")(chance)),
        (5, load.get("/api/products/best-sellers/", "best sellers")),
    )

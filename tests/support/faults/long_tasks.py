"""Faults of long tasks: the worker dies once, or at each attempt, or the task takes too long."""

import uuid
from contextlib import contextmanager

from lab.polling import wait_until
from lab.stack import faults
from tests.support.faults.processes import kill_child
from tests.support.laptop import SHORT_LIMITS
from tests.support.shop import Client

ATTEMPTS = 3  # the default of JOB_ATTEMPTS
PATIENCE = 90  # seconds for a job to end
HEADER = "sku,name,category,price,stock,description"


@contextmanager
def worker_killed_in_an_import(laptop, rows=4000):
    """The worker dies in an import after some committed batches; each row arrives exactly once."""
    prefix = uuid.uuid4().hex[:6].upper()
    job = import_of(
        laptop, (f"{prefix}-{number:05},Item {number},Imported,1.00,5," for number in range(rows))
    )
    assert wait_until(
        lambda: 0 < job_row(laptop, job)["progress"] < 100, seconds=PATIENCE, every=0.01
    )
    faults.kill(laptop.home, "worker-1")
    assert job_row(laptop, job)["state"] == "running", "the import was over before its worker died"
    yield
    faults.start(laptop.home, "worker-1")
    ended = finished(laptop, job)
    assert (ended["state"], ended["attempts"]) == ("done", 2), ended
    products = (
        "SELECT count(DISTINCT p.id), count(m.id), sum(m.delta), min(p.stock), max(p.stock) FROM"
    )
    products += " catalog_product p LEFT JOIN orders_stockmovement m ON m.product_id = p.id"
    products += " WHERE p.sku LIKE %s"
    assert laptop.sql("core", products, f"{prefix}-%") == [(rows, rows, 5 * rows, 5, 5)]


@contextmanager
def poison_task(laptop):
    """A task that kills its process at every attempt fails; another task is done meanwhile."""
    poison = import_of(laptop, many_rows())
    other = (
        Client(laptop)
        .login("admin")
        .post("/api/reports/", {"from": "2026-01-01", "to": "2026-01-31"})
    )
    for attempt in range(1, ATTEMPTS + 1):
        running = {"state": "running", "attempts": attempt}
        assert wait_until(
            lambda now=running: now.items() <= job_row(laptop, poison).items(),
            seconds=PATIENCE,
            every=0.02,
        ), job_row(laptop, poison)
        kill_child(laptop, "worker-1")
    yield
    ended = finished(laptop, poison)
    assert (ended["state"], ended["attempts"]) == ("failed", ATTEMPTS), ended
    assert "Given up after 3 attempts" in ended["error"]
    meanwhile = finished(laptop, other.json()["id"])
    assert meanwhile["state"] == "done" and meanwhile["finished_at"] < ended["finished_at"]


@contextmanager
def task_over_its_limit(laptop):
    """A task that takes too long fails and says so; the worker lives and does the next task."""
    worker = laptop.processes()["worker-1"]
    job = import_of(laptop, many_rows())
    yield
    ended = finished(laptop, job)
    log = laptop.home.log("worker-1").read_text()[-3000:]  # shown if the test fails
    assert (ended["state"], ended["attempts"]) == ("failed", 1), f"{ended}\n{log}"
    assert ended["error"] == f"It took longer than {SHORT_LIMITS['TASK_SECONDS']} s."
    report = (
        Client(laptop)
        .login("admin")
        .post("/api/reports/", {"from": "2026-01-01", "to": "2026-01-31"})
    )
    assert finished(laptop, report.json()["id"])["state"] == "done"
    assert laptop.processes()["worker-1"] == worker


def many_rows(count=250_000):
    """Lines of an import of 500 products that takes longer than TASK_SECONDS."""
    return (f"MANY-{number % 500:03},Item,Imported,{number % 90}.50,5," for number in range(count))


def import_of(laptop, lines):
    """The id of an accepted import of these lines."""
    answer = Client(laptop).login("admin").upload("/api/imports/", "\n".join([HEADER, *lines]))
    assert answer.status == 202, answer.body
    return answer.json()["id"]


def job_row(laptop, job):
    """The current row of a job."""
    columns = ("state", "attempts", "progress", "error", "finished_at")
    [row] = laptop.sql("core", f"SELECT {', '.join(columns)} FROM jobs_job WHERE id = %s", job)
    return dict(zip(columns, row, strict=True))


def finished(laptop, job):
    """The job's row once it is done or failed."""
    assert wait_until(lambda: job_row(laptop, job)["state"] in ("done", "failed"), seconds=PATIENCE)
    return job_row(laptop, job)

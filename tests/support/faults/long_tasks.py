"""Strikes at long tasks: at the worker in the middle of an import, at each attempt, and by the
clock."""

import uuid
from contextlib import contextmanager

from lab.polling import wait_until
from lab.stack import faults
from tests.support.faults.processes import kill_child
from tests.support.laptop import SHORT_LIMITS
from tests.support.shop import Client

ATTEMPTS = 3  # JOB_ATTEMPTS, as ever
PATIENCE = 90  # seconds for a job to end
HEADER = "sku,name,category,price,stock,description"


@contextmanager
def worker_killed_in_an_import(laptop, rows=4000):
    """The worker dies behind some committed batches; the file's rows arrive exactly once all the
    same."""
    prefix = uuid.uuid4().hex[:6].upper()
    job = import_of(
        laptop, (f"{prefix}-{number:05},Item {number},Imported,1.00,5," for number in range(rows))
    )
    assert wait_until(
        lambda: 0 < look_at(laptop, job)["progress"] < 100, seconds=PATIENCE, every=0.01
    )
    faults.kill(laptop.home, "worker-1")
    assert look_at(laptop, job)["state"] == "running", "the import was over before its worker died"
    yield
    faults.start(laptop.home, "worker-1")
    ended = finished(laptop, job)
    assert (ended["state"], ended["attempts"]) == ("done", 2), ended
    products = (
        "SELECT count(DISTINCT p.id), count(m.id), sum(m.delta), min(p.stock), max(p.stock) FROM"
    )
    products += " catalog_product p LEFT JOIN orders_stockmovement m ON m.product_id = p.id WHERE p.sku LIKE %s"
    assert laptop.sql("core", products, f"{prefix}-%") == [(rows, rows, 5 * rows, 5, 5)]


@contextmanager
def poison_task(laptop):
    """A task that costs its process the life at every attempt is given up; another one is done
    meanwhile."""
    poison = import_of(laptop, many_rows())
    other = (
        Client(laptop)
        .login("admin")
        .post("/api/reports/", {"from": "2026-01-01", "to": "2026-01-31"})
    )
    for attempt in range(1, ATTEMPTS + 1):
        running = {"state": "running", "attempts": attempt}
        assert wait_until(
            lambda now=running: now.items() <= look_at(laptop, poison).items(),
            seconds=PATIENCE,
            every=0.02,
        ), look_at(laptop, poison)
        kill_child(laptop, "worker-1")
    yield
    ended = finished(laptop, poison)
    assert (ended["state"], ended["attempts"]) == ("failed", ATTEMPTS), ended
    assert "Given up after 3 attempts" in ended["error"]
    meanwhile = finished(laptop, other.json()["id"])
    assert meanwhile["state"] == "done" and meanwhile["finished_at"] < ended["finished_at"]


@contextmanager
def task_over_its_limit(laptop):
    """A task that takes too long ends failed, and says so; the worker lives and does the next
    one."""
    worker = laptop.processes()["worker-1"]
    job = import_of(laptop, many_rows())
    yield
    ended = finished(laptop, job)
    told = laptop.home.log("worker-1").read_text()[-3000:]  # why, if it was tried twice
    assert (ended["state"], ended["attempts"]) == ("failed", 1), f"{ended}\n{told}"
    assert ended["error"] == f"It took longer than {SHORT_LIMITS['TASK_SECONDS']} s."
    report = (
        Client(laptop)
        .login("admin")
        .post("/api/reports/", {"from": "2026-01-01", "to": "2026-01-31"})
    )
    assert finished(laptop, report.json()["id"])["state"] == "done"
    assert laptop.processes()["worker-1"] == worker


def many_rows(count=250_000):
    """Lines of an import that takes longer than any task may here, and leaves 500 products."""
    return (f"MANY-{number % 500:03},Item,Imported,{number % 90}.50,5," for number in range(count))


def import_of(laptop, lines):
    """The id of an accepted import of these lines."""
    answer = Client(laptop).login("admin").upload("/api/imports/", "\n".join([HEADER, *lines]))
    assert answer.status == 202, answer.body
    return answer.json()["id"]


def look_at(laptop, job):
    """The job's row as it is now."""
    columns = ("state", "attempts", "progress", "error", "finished_at")
    [row] = laptop.sql("core", f"SELECT {', '.join(columns)} FROM jobs_job WHERE id = %s", job)
    return dict(zip(columns, row, strict=True))


def finished(laptop, job):
    """The job's row once it is done or failed."""
    assert wait_until(lambda: look_at(laptop, job)["state"] in ("done", "failed"), seconds=PATIENCE)
    return look_at(laptop, job)

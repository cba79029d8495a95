"""Long tasks in the large shop: the memory of a report, and where an import spends its time."""

import statistics
import time
from typing import Any

from lab import console
from lab.bench import import_file, tiers
from lab.errors import Failure
from lab.stack import credentials, desired, manage, postgres, process_tree
from lab.stack.home import Home
from lab.stack.supervisor import Supervisor
from lab.workload.http_client import bearer, file_upload, request_ok

TIMEOUT = 600  # seconds; a task has a shorter limit of its own
POLL_SECONDS = 0.05  # between two readings of a job and of its worker's memory
# Runs in core_api with the path of a file: reads and checks it as an import does, without writing.
VALIDATION = """
import time
from itertools import islice
from core_api.jobs.csv_import import BATCH, check, read
started = time.monotonic()
columns, rows = read(open({path!r}, "rb", buffering=0))
while batch := list(islice(rows, BATCH)):
    assert not check(batch, columns)[1]
print(time.monotonic() - started)
"""
# {name: (query for the rows that an import wrote, columns of an equal table with constraints)}
COPIES = {
    "product": (
        "SELECT * FROM catalog_product WHERE sku LIKE %s",
        "LIKE catalog_product INCLUDING ALL, FOREIGN KEY (category_id) REFERENCES catalog_category",
    ),
    "movement": (
        "SELECT * FROM orders_stockmovement"
        " WHERE product_id IN (SELECT id FROM catalog_product WHERE sku LIKE %s)",
        "LIKE orders_stockmovement INCLUDING ALL,"
        " FOREIGN KEY (product_id) REFERENCES copied_product",
    ),
}


def report(home: Home) -> dict[str, Any]:
    """{lines, seconds, peak_mb}: a report of all orders, and the worker's peak memory."""
    with console.step("a report of every order"):
        days = {"from": "2000-01-01", "to": "2100-01-01"}
        seconds, peak, job = _run(home, "/api/reports/", days)
    return {
        "lines": job["result"]["rows"],
        "seconds": round(seconds, 2),
        "peak_mb": round(peak / 1e6),
    }


def imports(home: Home, count: int, *, repeats: int) -> dict[str, Any]:
    """{rows, validation_seconds, copy_seconds, whole_seconds}: medians over all imports."""
    found = []
    for number in range(1, repeats + 1):
        with console.step(f"import {number} of {repeats}"):
            found.append(_import(home, count, f"GROWN{number}"))
    medians = {
        name: round(statistics.median(times[name] for times in found), 3) for name in found[0]
    }
    return {"rows": count, **medians}


def _import(home: Home, count: int, prefix: str) -> dict[str, float]:
    file = home.config / "import.csv"
    file.write_text(import_file.text(prefix, count), newline="")
    shell = ("core", "shell", "--no-imports", "--command", VALIDATION.format(path=str(file)))
    (validation,) = manage.manage(home, desired.load(home), shell)
    body, headers = file_upload(file.name, file.read_text())
    whole, _, _ = _run(home, "/api/imports/", body, headers)
    written, copied = _copy(home, f"{prefix}-%")
    if written != 2 * count:  # each product and its first stock movement
        raise Failure(
            f"the import of {count:,} products wrote {written:,} rows", "./escala logs worker-1"
        )
    return {
        "validation_seconds": float(validation),
        "copy_seconds": copied,
        "whole_seconds": whole,
    }


def _run(
    home: Home, path: str, body: Any, headers: dict[str, str] | None = None
) -> tuple[float, int, dict[str, Any]]:
    """(seconds that the job ran, peak bytes of memory of a worker's process, the ended job)."""
    port, staff = home.port("core-1"), bearer(tiers.token_of(home, "admin"))
    _, worker = Supervisor(home).states()["worker-1"]
    assert worker  # it runs
    job = request_ok(port, "POST", path, body, staff | (headers or {})).document
    accepted = time.monotonic()
    started, peak = None, 0
    while job["state"] in ("queued", "running"):
        if time.monotonic() > accepted + TIMEOUT:
            raise Failure(f"{path}: not done within {TIMEOUT} s", "./escala bench --growth again")
        if job["state"] == "running":
            started = started or time.monotonic()
        peak = max([peak, *(process.memory_info().rss for process in process_tree.tree_of(worker))])
        time.sleep(POLL_SECONDS)
        job = request_ok(port, "GET", f"/api/jobs/{job['id']}/", headers=staff).document
    if job["state"] == "failed":
        raise Failure(f"{path}: {job['error']}", "./escala bench --growth again")
    return time.monotonic() - (started or accepted), peak, job


def _copy(home: Home, skus: str) -> tuple[int, float]:
    password = credentials.load(home)["CORE_DATABASE_PASSWORD"]
    with postgres.connect(home.port("postgres"), "core", password) as connection:
        return copy_again(connection, skus)


def copy_again(connection: Any, skus: str) -> tuple[int, float]:
    """(rows, seconds) of a COPY of the imported rows into new tables with the same constraints.

    `skus` is a LIKE pattern for the products of the import.
    """
    cursor, rows, copied = connection.cursor(), {}, 0
    for name, (query, columns) in COPIES.items():
        with cursor.copy(f"COPY ({query}) TO STDOUT", [skus]) as output:
            rows[name] = b"".join(output)
        cursor.execute(f"CREATE TABLE copied_{name} ({columns})")
    started = time.monotonic()
    for name, data in rows.items():
        with cursor.copy(f"COPY copied_{name} FROM STDIN") as target:
            target.write(data)
        copied += cursor.rowcount
    seconds = time.monotonic() - started
    cursor.execute("DROP TABLE copied_movement, copied_product")
    return copied, seconds

"""LONG TASKS at full size, as a client sees them: a report's memory, and what an import spends its
time on."""

import csv
import json
import statistics
import time

from lab import console
from lab.bench import tiers
from lab.errors import Failure
from lab.stack import credentials, desired, manage, postgres, process_tree
from lab.stack.supervisor import Supervisor

PATIENCE = 600  # seconds; a task ends long before, by its own limit
EVERY = 0.05  # seconds between two looks at a job and at its worker's memory
# The rows that an import wrote, and tables like those it wrote them to, constraints included.
COPIES = {
    "product": (
        "SELECT * FROM catalog_product WHERE sku LIKE %s",
        "LIKE catalog_product INCLUDING ALL, FOREIGN KEY (category_id) REFERENCES catalog_category",
    ),
    "movement": (
        "SELECT * FROM orders_stockmovement"
        " WHERE product_id IN (SELECT id FROM catalog_product WHERE sku LIKE %s)",
        "LIKE orders_stockmovement INCLUDING ALL, FOREIGN KEY (product_id) REFERENCES copied_product",
    ),
}


def report(home):
    """{lines, seconds, peak_mb}: a report of all orders, and the most memory that a process of the
    worker held."""
    with console.step("a report of every order"):
        body = json.dumps({"from": "2000-01-01", "to": "2100-01-01"}).encode()
        seconds, peak, job = _run(home, "/api/reports/", body, "application/json")
    return {
        "lines": job["result"]["rows"],
        "seconds": round(seconds, 2),
        "peak_mb": round(peak / 1e6),
    }


def imports(home, count, *, repeats):
    """{rows, validation_seconds, copy_seconds, whole_seconds}: medians of as many imports of
    `count` new products."""
    found = []
    for number in range(1, repeats + 1):
        with console.step(f"import {number} of {repeats}"):
            found.append(_import(home, count, f"GROWN{number}"))
    medians = {
        name: round(statistics.median(times[name] for times in found), 3) for name in found[0]
    }
    return {"rows": count, **medians}


def _import(home, count, prefix):
    file = home.config / "import.csv"
    with open(file, "w", newline="") as text:
        table = csv.writer(text)
        table.writerow(["sku", "name", "category", "price", "stock", "description"])
        table.writerows(product(prefix, number) for number in range(count))
    checked = manage.manage(home, desired.load(home), ("core", "check_import", str(file), "--json"))
    body, kind = _multipart(file)
    whole, _, job = _run(home, "/api/imports/", body, kind)
    written, copied = _copy(home, f"{prefix}-%")
    if written != 2 * count:  # each product has its first movement
        raise Failure(
            f"the import of {count:,} products wrote {written:,} rows", "./escala logs worker-1"
        )
    validation = json.loads(checked[0])["seconds"]
    return {"validation_seconds": validation, "copy_seconds": copied, "whole_seconds": whole}


def product(prefix, number):
    """One row of the file."""
    words = "Made for measuring, and nobody ever bought it"
    return (
        f"{prefix}-{number}",
        f"Thing {number}",
        f"Shelf {number % 40}",
        "12.50",
        number % 500 + 1,
        words,
    )


def _multipart(file):
    boundary = "a-boundary-that-no-row-contains"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n\r\n'
    return (
        f"{head}{file.read_text()}\r\n--{boundary}--\r\n".encode(),
        f"multipart/form-data; boundary={boundary}",
    )


def _run(home, address, body, kind):
    """(seconds that it ran, most bytes of memory that a process of the worker held, the job as it
    ended)."""
    port, staff = home.port("core-1"), tiers.bearer(tiers.token_of(home, "admin"))
    _, worker = Supervisor(home).states()["worker-1"]
    job = json.loads(tiers.ask(port, "POST", address, body, staff | {"Content-Type": kind}))
    deadline, started, peak = time.monotonic() + PATIENCE, None, 0
    while job["state"] in ("queued", "running"):
        if time.monotonic() > deadline:
            raise Failure(
                f"{address}: not done within {PATIENCE} s", "./escala bench --growth again"
            )
        if job["state"] == "running":
            started = started or time.monotonic()
        peak = max([peak, *(process.memory_info().rss for process in process_tree.tree_of(worker))])
        time.sleep(EVERY)
        job = json.loads(tiers.ask(port, "GET", f"/api/jobs/{job['id']}/", headers=staff))
    if job["state"] == "failed":
        raise Failure(f"{address}: {job['error']}", "./escala bench --growth again")
    return time.monotonic() - (started or deadline - PATIENCE), peak, job


def _copy(home, skus):
    password = credentials.load(home)["CORE_DATABASE_PASSWORD"]
    with postgres.connect(home.port("postgres"), "core", password) as connection:
        return copy_again(connection, skus)


def copy_again(connection, skus):
    """(rows, seconds) of a COPY of what was imported under these skus (a LIKE pattern), into tables
    ruled alike."""
    cursor, rows, copied = connection.cursor(), {}, 0
    for name, (query, columns) in COPIES.items():
        with cursor.copy(f"COPY ({query}) TO STDOUT", [skus]) as out:
            rows[name] = b"".join(out)
        cursor.execute(f"CREATE TABLE copied_{name} ({columns})")
    started = time.monotonic()
    for name, data in rows.items():
        with cursor.copy(f"COPY copied_{name} FROM STDIN") as into:
            into.write(data)
        copied += cursor.rowcount
    seconds = time.monotonic() - started
    cursor.execute("DROP TABLE copied_movement, copied_product")
    return copied, seconds

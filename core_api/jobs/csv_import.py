"""The import: rows are checked one by one and written in batches; each batch commits together with
how far it got."""

from itertools import islice

from core_api.catalog.upsert import upsert
from core_api.jobs import csv_file, services
from core_api.jobs.chunks import UploadReader
from core_api.jobs.csv_rows import RowChecker, RowRejected

BATCH = 500  # rows
LISTED = 1000  # rejected rows that the result names; all are counted


def apply(job):
    """Import the job's file; {imported, rejected, rows: [{line, column, reason}]}. ClaimLost stops
    it.

    The whole file is read once before any row is written, so a file that is no CSV changes nothing.
    An attempt goes on behind the last batch that was committed: a stock count must not be set again
    after orders were placed since.
    """
    total = csv_file.count_rows(UploadReader(job))
    columns, rows = csv_file.read(UploadReader(job))
    checker = RowChecker(columns)
    so_far = job.checkpoint or {"read": 0, "imported": 0, "rejected": 0, "rows": []}
    rest = csv_file.rows_after(rows, so_far["read"])
    while batch := list(islice(rest, BATCH)):
        products, rejected = check(batch, checker)
        so_far = {
            "read": so_far["read"] + len(batch),
            "imported": so_far["imported"] + len(products),
            "rejected": so_far["rejected"] + len(rejected),
            "rows": [*so_far["rows"], *rejected][:LISTED],
        }
        with services.holding(
            job, checkpoint=so_far, progress=min(99, 100 * so_far["read"] // total)
        ):
            upsert(products)
    return {name: so_far[name] for name in ("imported", "rejected", "rows")}


def check(batch, checker):
    """(products, rejected) of some (line, cells)."""
    products, rejected = [], []
    for line, cells in batch:
        try:
            products.append(checker.product(cells))
        except RowRejected as fault:
            rejected.append({"line": line, "column": fault.column, "reason": fault.reason})
    return products, rejected

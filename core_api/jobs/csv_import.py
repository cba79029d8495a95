"""Import of products from CSV: read strictly, check each row, write in batches.

Each batch is committed together with the checkpoint, which counts the rows done so far. So another
attempt continues after the last committed batch. It must not repeat one: a batch sets absolute
stock counts, and orders may have changed the stock since.
"""

import csv
import io
import sys
from collections import Counter
from itertools import islice

from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from core_api.catalog.models import Category, one_line
from core_api.catalog.serializers import ProductDetailSerializer
from core_api.catalog.upsert import upsert
from core_api.jobs import services
from core_api.jobs.services import JobRefused
from core_api.jobs.streams import UploadReader
from core_api.text import TextField, normal

REQUIRED = ["sku", "name", "category", "price", "stock"]
COLUMNS = [*REQUIRED, "description"]
BATCH = 500  # rows
LISTED = 1000  # rejected rows that the result lists; all are counted
# The csv module refuses a whole file for one long cell. Here the cell's row is rejected, with its
# column, and a quote left open is found at the end of the file. Uploads have a limit themselves.
csv.field_size_limit(sys.maxsize)


def apply(job):
    """Import the job's file and return {imported, rejected, rows: [{line, column, reason}]}.

    The whole file is read once before the first row is written, so an invalid CSV changes nothing.
    Raises JobRefused for such a file, and ClaimLost when this worker no longer owns the job.
    """
    total = count_rows(UploadReader(job))
    columns, rows = read(UploadReader(job))
    done = job.checkpoint or {"read": 0, "imported": 0, "rejected": 0, "rows": []}
    rest = islice(rows, done["read"], None)
    while batch := list(islice(rest, BATCH)):
        products, rejected = check(batch, columns)
        done = {
            "read": done["read"] + len(batch),
            "imported": done["imported"] + len(products),
            "rejected": done["rejected"] + len(rejected),
            "rows": [*done["rows"], *rejected][:LISTED],
        }
        progress = min(99, 100 * done["read"] // total)
        with services.while_claimed(job, checkpoint=done, progress=progress):
            upsert(products)
    return {name: done[name] for name in ("imported", "rejected", "rows")}


def read(file):
    """Return the header's column names and an iterator of (line, cells) over the other rows.

    `file` is a raw binary file. `line` is where the row starts, counted from 1. Blank rows are
    skipped: spreadsheets write them as commas alone. Raises JobRefused if the file is not UTF-8,
    not CSV, or has a wrong header: immediately for the header, during iteration for the rest.
    """
    rows = _rows(file)
    line, header = next(rows, (1, None))
    if header is None:
        raise JobRefused("There are no rows: the file is empty.")
    header = [normal(name) for name in header]
    _check_header(line, header)
    return header, rows


def count_rows(file):
    """Return the number of rows. Raises JobRefused for any fault that would stop the import."""
    _, rows = read(file)
    count = sum(1 for _ in rows)
    if not count:
        raise JobRefused("There are no rows: the file has a header and nothing below it.")
    return count


def check(batch, columns):
    """Check some (line, cells) and return (valid products, rejected rows)."""
    products, rejected = [], []
    serializer = RowSerializer()  # one for all rows: making it costs more than checking a row
    for line, cells in batch:
        try:
            products.append(product_of(cells, columns, serializer))
        except RowRejected as fault:
            rejected.append({"line": line, "column": fault.column, "reason": fault.reason})
    return products, rejected


class RowSerializer(ProductDetailSerializer):
    """The API's rules for a product, except that the category is a name and the sku may exist."""

    category = TextField(
        max_length=Category._meta.get_field("name").max_length, validators=[one_line]
    )

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        sku = self.fields["sku"]
        sku.validators = [rule for rule in sku.validators if not isinstance(rule, UniqueValidator)]


class RowRejected(Exception):
    """A row breaks a rule; `column` and `reason` say which one."""

    def __init__(self, column, reason):
        self.column, self.reason = column, reason


def product_of(cells, columns, serializer):
    """Return the fields of a product, with the name of its category. May raise RowRejected."""
    if len(cells) != len(columns):
        column = columns[len(cells)] if len(cells) < len(columns) else "row"
        raise RowRejected(column, f"The row has {len(cells)} cells, the header {len(columns)}.")
    try:
        return serializer.run_validation(dict(zip(columns, cells, strict=True)))
    except serializers.ValidationError as error:
        faults = error.detail
        reasons = {name: " ".join(map(str, faults[name])) for name in columns if name in faults}
        first, *others = reasons
        more = [f"{name}: {reasons[name]}" for name in others]
        raise RowRejected(first, " ".join([reasons[first], *more])) from error


def _rows(file):
    # With newline="" the csv module sees line ends as they are: \n, \r\n or \r.
    text = io.TextIOWrapper(io.BufferedReader(file), encoding="utf-8-sig", newline="")
    table = csv.reader(text, strict=True)
    while True:
        line = table.line_num + 1
        try:
            cells = next(table)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            bad = table.line_num + 1 + _line_ends(error.object[: error.start])
            raise JobRefused(f"Line {bad}: not UTF-8 text. Save the CSV as UTF-8.") from error
        except csv.Error as error:
            hint = "Is a quote left open, or one inside a cell not doubled?"
            raise JobRefused(f"Line {line}: not valid CSV ({error}). {hint}") from error
        if any(map(normal, cells)):
            yield line, cells


def _line_ends(data):
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n")


def _check_header(line, header):
    times = Counter(header)
    faults = {
        "missing": [name for name in REQUIRED if name not in times],
        "unknown": [name for name in header if name not in COLUMNS],
        "repeated": sorted(name for name in COLUMNS if times[name] > 1),
    }
    listed = {fault: map(_printable, names[:5]) for fault, names in faults.items() if names}
    if listed:
        found = "; ".join(f"{fault}: {', '.join(names)}" for fault, names in listed.items())
        wanted = f"Expected header: {','.join(COLUMNS)}"
        raise JobRefused(f"Line {line}: wrong header ({found}). {wanted}")


def _printable(name):
    return ascii(name[:60]).strip("'\"") or "a column without a name"

"""Reading an uploaded CSV: a strict reader that says of a bad file what is wrong with it, and in
which line."""

import csv
import io
from itertools import islice

from core_api.jobs.services import JobRefused

REQUIRED = ["sku", "name", "category", "price", "stock"]
COLUMNS = [*REQUIRED, "description"]


def read(file):
    """(columns, rows) of a raw binary file: the header's names, and an iterator of (line, cells)
    for all other rows.

    `line` is where the row starts in the file, counted from 1; blank lines are no rows. JobRefused
    when the file is not a CSV in UTF-8 with the right header: at once for the header, while
    iterating for the rest.
    """
    rows = _rows(file)
    line, header = next(rows, (1, None))
    if header is None:
        raise JobRefused("There are no rows: the file is empty.")
    _check_header(line, header)
    return header, rows


def count_rows(file):
    """How many rows the whole file has; JobRefused for any fault that would stop reading it in the
    middle."""
    _, rows = read(file)
    count = sum(1 for _ in rows)
    if not count:
        raise JobRefused("There are no rows: the file has a header and nothing below it.")
    return count


def rows_after(rows, count):
    """The rows that follow the first `count` ones."""
    return islice(rows, count, None)


def _rows(file):
    # newline="" keeps line ends as they are and knows all three of them: \n, \r\n and the old \r.
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
            raise JobRefused(
                f"Line {bad}: not UTF-8 text. Save the file as CSV, encoded as UTF-8."
            ) from error
        except csv.Error as error:
            hint = "Is a quote left open, or one inside a cell not doubled?"
            raise JobRefused(f"Line {line}: not valid CSV ({error}). {hint}") from error
        if cells:
            yield line, cells


def _line_ends(data):
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n")


def _check_header(line, header):
    faults = {
        "missing": [name for name in REQUIRED if name not in header],
        "unknown": [name for name in header if name not in COLUMNS],
        "there twice": sorted(
            {name for name in header if name in COLUMNS and header.count(name) > 1}
        ),
    }
    told = [
        f"{fault}: {', '.join(map(_shown, names[:5]))}" for fault, names in faults.items() if names
    ]
    if told:
        wanted = ",".join(COLUMNS)
        raise JobRefused(
            f"Line {line}: wrong header ({'; '.join(told)}). Wanted, with commas: {wanted}"
        )


def _shown(name):
    return ascii(name[:60]).strip("'\"") or "a column without a name"

"""Writes docs/faults.md and the raw outcomes after a run of all faults in the table."""

import json
import os
import platform
from dataclasses import asdict

from lab.stack.haproxy import HAProxy
from lab.stack.home import ROOT
from tests.support.faults.checker import CACHED_READS, CATCH_UP, SLOWEST
from tests.support.faults.processes import server
from tests.support.faults.table import FAULTS, NEAR_LAG
from tests.support.faults.under_load import EXCUSED
from tests.support.laptop import SHORT_LIMITS
from tests.support.shoppers import CLIENTS

CHAPTER = ROOT / "docs" / "faults.md"
RAW = ROOT / ".escala" / "results" / "faults.json"
TEXT = """\
# Faults: what clients notice when parts die, hang or lose data

`./escala test tests/system/test_fault_matrix.py` starts a whole system, causes every fault below
under load, and writes this page.

{clients} clients send seeded requests through HAProxy: 70 % reads, and 30 % orders of two users,
with an idempotency key. HAProxy may repeat both kinds after a failure. The clients keep their
connections open and **never retry**, so every failure is counted. One more client changes prices.
HAProxy does not repeat that, so a change may fail, and then the old and the new price are both
right. Afterwards the responses are compared with both databases:

* *lost* is an order that was acknowledged and does not exist;
* *doubled* is an order that was not acknowledged and exists, or that analytics counted twice.

Each body must be the one of its address: that product, page, search, order or job, and the reader's
own orders. A read that starts after a new price was acknowledged must show it, with `CACHE=near`
one that starts {near} s later.

An order that failed is sent once more with its key, as a real client would do. It must then exist
exactly once.

For every fault the test also checks that no response takes {slowest} s or more, that every error
is a problem document with a correct status, that analytics has all orders within {catch_up} s, and
that `./escala audit` finds nothing. Errors that the column "expected" allows may occur from the
beginning of the fault until {excused} s after its end. Meanwhile, {cached:.0%} of the reads of
cached products must succeed, unless the cache itself fails. If anything else fails, the test fails
and this page is not written.

Recovery starts when the repair starts, with the command that starts or resumes the process. It ends
when every process accepts requests, clients get no errors, and analytics has every earlier event.
So it includes what takes long on purpose: the time limit of a task, the rest of an import, the
events of a broker outage.

Killed means SIGKILL; hanging and frozen mean SIGSTOP. Both are sent to the whole process tree. The
test shortens these limits:
{limits}.

{table}

Measured on {machine}.
`./escala test --soak 60 --seed 7` draws random faults from the same table for an hour, two at a
time; the same seed draws the same faults.
"""
COLUMNS = ("fault", "requests", "failed", "lost", "doubled", "slowest", "recovery", "expected")


def write(laptop, outcomes):
    """Writes nothing if a fault of the table was not injected, or an outcome is wrong."""
    by_name = {outcome.fault: outcome for outcome in outcomes}
    if by_name.keys() != {fault.name for fault in FAULTS} or any(
        outcome.wrong for outcome in outcomes
    ):
        return
    rows = [by_name[fault.name] for fault in FAULTS]
    RAW.parent.mkdir(parents=True, exist_ok=True)
    RAW.write_text(json.dumps([asdict(outcome) for outcome in rows], indent=2) + "\n")
    text = TEXT.format(
        clients=CLIENTS,
        slowest=SLOWEST,
        catch_up=CATCH_UP,
        excused=EXCUSED,
        cached=CACHED_READS,
        near=NEAR_LAG,
        limits=", ".join(f"{name}={value}" for name, value in SHORT_LIMITS.items()),
        table=table(rows),
        machine=machine(laptop),
    )
    # Other tests read the documents at the same time: they find the old text or the new one.
    draft = CHAPTER.with_name(".faults")
    draft.write_text(text)
    draft.replace(CHAPTER)


def table(outcomes):
    """A Markdown table whose columns are also aligned as plain text."""
    rows = [COLUMNS]
    for outcome in outcomes:
        figures = [outcome.requests, outcome.failed, outcome.lost, outcome.doubled]
        seconds = [f"{outcome.slowest:.2f} s", f"{outcome.recovery:.1f} s"]
        rows.append([outcome.fault, *map(str, figures), *seconds, outcome.expected])
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    is_text = [column in ("fault", "expected") for column in COLUMNS]
    rule = [
        "-" * width if text else "-" * (width - 1) + ":"
        for width, text in zip(widths, is_text, strict=True)
    ]
    return "\n".join(line(row, widths, is_text) for row in [rows[0], rule, *rows[1:]])


def line(row, widths, is_text):
    cells = [
        cell.ljust(width) if text else cell.rjust(width)
        for cell, width, text in zip(row, widths, is_text, strict=True)
    ]
    return f"| {' | '.join(cells)} |"


def machine(laptop):
    """The machine and the versions that the figures depend on."""
    about_haproxy = HAProxy(laptop.home).command("show info").splitlines()
    versions = {
        "HAProxy": next(line for line in about_haproxy if line.startswith("Version:")).split()[1],
        "Postgres": laptop.sql("core", "SHOW server_version")[0][0].split()[0],
        "Redis": server(laptop, "broker").info()["redis_version"],
        "Python": platform.python_version(),
    }
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"{os.cpu_count()} cores, {platform.system()}, {listed}"

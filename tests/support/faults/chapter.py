"""Writes docs/faults.md and the raw outcomes, when every fault of the table struck in one run."""

import json
import os
import platform
from dataclasses import asdict

from lab.stack.haproxy import HAProxy
from lab.stack.home import ROOT
from tests.support.faults.checker import CATCH_UP, SLOWEST
from tests.support.faults.processes import server
from tests.support.faults.table import FAULTS
from tests.support.faults.under_load import EXCUSED
from tests.support.laptop import SHORT_LIMITS
from tests.support.shoppers import CLIENTS

CHAPTER = ROOT / "docs" / "faults.md"
RAW = ROOT / ".escala" / "results" / "faults.json"
TEXT = """\
# Faults: what clients notice when parts die, hang or forget

`./escala test tests/system/test_fault_matrix.py` starts a whole system, lets every fault below strike it under load,
and writes this page. {clients} clients send seeded requests through HAProxy, 70 % reads and 30 % orders with an
Idempotency-Key. They keep their connections and **never ask twice**, so whatever goes wrong is counted as failed.
Afterwards all that they were told is compared with both databases: an order that was acknowledged and is not there is
lost; one that is there and was not acknowledged, or is counted twice in analytics, is doubled. An order that failed
is asked for once more with its key, as a real client would, and must then be there exactly once.

Of every fault it is also demanded: no answer takes {slowest} s or more, every error is a problem document with a true
status, all orders are in analytics {catch_up} s later at the latest, and `./escala audit` finds nothing. Errors that a
fault excuses are excused from its beginning until {excused} s after its end. More than the column "expected" allows is
a failed test, and then this page is not written.

Recovery is the time from the moment when mending begins (the command that starts what was killed, or wakes what
hangs, is given) until every process takes requests, clients get no errors, and analytics has every event
from before. So it contains what is meant to take long: the limit of a task, the rest of an import, the events of a
broker's absence. Killed means SIGKILL, hanging and frozen SIGSTOP, both of the whole process
tree. For the test these limits are shortened: {limits}.

{table}

Measured on {machine}.
`./escala test --soak 60 --seed 7` draws faults from the same table for an hour, the same ones for the same seed.
"""
COLUMNS = ("fault", "requests", "failed", "lost", "doubled", "slowest", "recovery", "expected")


def write(laptop, outcomes):
    """The chapter and the raw figures; nothing when a fault of the table did not strike, or a
    promise was broken."""
    struck = {outcome.fault: outcome for outcome in outcomes}
    if struck.keys() != {fault.name for fault in FAULTS} or any(
        outcome.wrong for outcome in outcomes
    ):
        return
    rows = [struck[fault.name] for fault in FAULTS]
    RAW.parent.mkdir(parents=True, exist_ok=True)
    RAW.write_text(json.dumps([asdict(outcome) for outcome in rows], indent=2) + "\n")
    text = TEXT.format(
        clients=CLIENTS,
        slowest=SLOWEST,
        catch_up=CATCH_UP,
        excused=EXCUSED,
        limits=", ".join(f"{name}={value}" for name, value in SHORT_LIMITS.items()),
        table=table(rows),
        machine=machine(laptop),
    )
    CHAPTER.write_text(text)


def table(outcomes):
    """A Markdown table whose columns also stand straight as text."""
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
    """What these figures depend on."""
    about_haproxy = HAProxy(laptop.home).ask("show info").splitlines()
    versions = {
        "HAProxy": next(line for line in about_haproxy if line.startswith("Version:")).split()[1],
        "Postgres": laptop.sql("core", "SHOW server_version")[0][0].split()[0],
        "Redis": server(laptop, "broker").info()["redis_version"],
        "Python": platform.python_version(),
    }
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"{os.cpu_count()} cores, {platform.system()}, {told}"

"""OUTBOX: how many events analytics has not acknowledged yet, asked cheaply and without Django."""

import time
from functools import partial

from lab import databases, secrets
from lab.console import say
from lab.failures import Failure
from lab.waiting import wait_until

QUERY = "SELECT count(*) FROM orders_outboxevent WHERE acknowledged IS NULL"


def waiting(connection, *, before=None):
    """The number of events under way; with `before` (seconds since 1970) only of those created until then."""
    if before is None:
        return connection.execute(QUERY).fetchone()[0]
    return connection.execute(f"{QUERY} AND created <= to_timestamp(%s)", [before]).fetchone()[0]


def connect(home):
    return databases.connect(home.port("postgres"), "core", secrets.load(home)["CORE_DATABASE_PASSWORD"])


def wait_drained(home, *, patience=60):
    """Returns when analytics has every event created until now; fails when `patience` seconds bring no progress.

    Progress and not a deadline: how long thousands of events take depends on the machine.
    """
    now, told = time.time(), time.monotonic()
    with connect(home) as connection:
        left = waiting(connection, before=now)
        while left:
            if not wait_until(partial(_has_fewer, connection, now, left), seconds=patience, every=0.5):
                raise Failure(
                    f"analytics lacks {left} events, and got none for {patience} s",
                    "./escala logs relay; ./escala logs recorder-1",
                )
            left = waiting(connection, before=now)
            if time.monotonic() - told > 5:
                told = time.monotonic()
                say(f"  ... analytics has yet to record {left:,} events")


def _has_fewer(connection, before, than):
    return waiting(connection, before=before) < than

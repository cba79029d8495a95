"""OUTBOX: how many events analytics has not acknowledged yet, asked cheaply and without Django."""

import time

from lab import databases, secrets
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


def wait_drained(home, *, seconds=60):
    """Returns when analytics has every event created until now; says how many are missing when it has not in time."""
    now = time.time()
    with connect(home) as connection:
        if wait_until(
            lambda: waiting(connection, before=now) == 0, seconds=seconds, every=0.3, what="analytics"
        ):
            return
        count = waiting(connection, before=now)
    raise Failure(
        f"analytics still lacks {count} events after {seconds} s",
        "./escala logs relay; ./escala logs recorder-1",
    )

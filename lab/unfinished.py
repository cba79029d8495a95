"""UNFINISHED: what is still under way between the processes, asked cheaply and without Django:
events and jobs."""

import time
from typing import NamedTuple

from lab import databases, secrets
from lab.console import say
from lab.failures import Failure
from lab.waiting import wait_until


class Work(NamedTuple):
    """Something that the system must bring to an end: how much of it is left, in what words, and
    whom to ask."""

    left: str  # a query; takes the moment (seconds since 1970) until which work counts
    words: str
    advice: str


EVENTS = Work(
    "SELECT count(*) FROM orders_outboxevent WHERE acknowledged IS NULL AND created <= to_timestamp(%s)",
    "{left:,} events have not reached analytics",
    "./escala logs relay; ./escala logs recorder-1",
)
JOBS = Work(
    "SELECT coalesce(sum(101 - progress), 0) FROM jobs_job"
    " WHERE state IN ('queued', 'running') AND created_at <= to_timestamp(%s)",
    "accepted jobs are neither done nor failed",
    "./escala status; ./escala logs worker-1",
)


def wait_finished(home, work, *, patience=60):
    """Returns when all work accepted until now is done; fails when `patience` seconds bring no
    progress.

    Progress and not a deadline: how long thousands of events take depends on the machine.
    """
    now, told = time.time(), time.monotonic()
    password = secrets.load(home)["CORE_DATABASE_PASSWORD"]
    with databases.connect(home.port("postgres"), "core", password) as connection:

        def left():
            return connection.execute(work.left, [now]).fetchone()[0]

        before = left()
        while before:
            if not wait_until(lambda limit=before: left() < limit, seconds=patience, every=0.5):
                words = work.words.format(left=before)
                raise Failure(f"{words}, and there was no progress for {patience} s", work.advice)
            before = left()
            if before and time.monotonic() - told > 5:
                told = time.monotonic()
                say(f"  ... {work.words.format(left=before)} yet")

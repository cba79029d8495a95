"""Many at the same moment, for tests that need a real Postgres to decide between them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock

import pytest
from django.db import connection

needs_postgres = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="races need Postgres: run ./escala test"
)


def at_once(count, act):
    """The results of `act(number)` for `count` numbers, in as many threads that start at the same
    moment.

    Their connections are opened before, one by one, as those of an instance are; and who waits for
    whom is the question here, not for how long: so the limits of time, which a busy machine may
    reach, are far away.
    """
    start, opening = Barrier(count), Lock()

    def one(number):
        try:
            with opening:
                connection.cursor().execute(
                    "SET lock_timeout = '30s'; SET statement_timeout = '30s'"
                )
            start.wait(timeout=60)
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))

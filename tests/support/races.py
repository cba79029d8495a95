"""Many threads at the same moment, for races that a real Postgres must decide."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock

import pytest
from django.db import connection

needs_postgres = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="races need Postgres: run ./escala test"
)


def at_once(count, act):
    """The results of `act(number)` for `count` numbers, each in a thread; all start together.

    The threads open their connections one after the other before the start, as an instance does.
    The timeouts are long, because a busy machine may be slow and these tests check only the order.
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

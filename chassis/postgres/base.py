"""Django's backend for Postgres; a thread takes a place whenever it waits for the server."""

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError

from chassis.postgres import Places


class DatabaseWrapper(base.DatabaseWrapper):
    """Raises OperationalError, and sends nothing, if there is no place.

    psycopg waits in one method of the connection, for each statement, for COMMIT and for the check
    of a kept connection. tests/chassis/test_places.py fails when that changes.
    """

    def get_new_connection(self, conn_params: dict) -> Any:
        connection = in_a_place(super().get_new_connection)(conn_params)
        connection.wait = in_a_place(connection.wait)
        return connection


def in_a_place(wait: Callable) -> Callable:
    """The same function, called only if there is a place, which is given back afterwards."""

    def call(*arguments: Any, **options: Any) -> Any:
        if not Places.take():
            raise OperationalError("All places are taken: the database does not answer.")
        try:
            return wait(*arguments, **options)
        finally:
            Places.give_back()

    return call

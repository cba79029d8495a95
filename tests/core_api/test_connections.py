"""Postgres ends every connection between two requests, and the second one succeeds."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import RequestFactory

from core_api.wsgi import application

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="needs Postgres: run ./escala test"
    ),
]


def end_all_connections():
    """How many connections to this database were ended; they are gone when it returns."""
    operator = connection.copy()
    try:
        with operator.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return cursor.fetchone()[0]
    finally:
        operator.close()


def status_of(path):
    """The status line of a request to the WSGI application, as Gunicorn sends it."""
    received = []
    answer = application(
        RequestFactory().get(path).environ, lambda status, headers: received.append(status)
    )
    answer.close()
    return received[0]


def test_a_kept_connection_that_died_fails_no_request(settings):
    settings.CACHE = "off"
    assert status_of("/api/categories/") == "200 OK"

    assert end_all_connections()

    assert status_of("/api/categories/") == "200 OK"


def test_the_connections_of_all_threads_may_die_at_once_and_no_request_fails(settings):
    settings.CACHE = "off"

    with ThreadPoolExecutor(8) as threads:
        together = Barrier(8)

        def ask(path):
            together.wait(timeout=30)  # so that each thread asks once
            return status_of(path)

        before = list(threads.map(ask, ["/api/categories/"] * 8))
        assert end_all_connections() >= 8
        after = list(threads.map(ask, ["/api/categories/"] * 8))
        list(threads.map(lambda _: (together.wait(timeout=30), connection.close()), range(8)))

    assert set(before) == set(after) == {"200 OK"}

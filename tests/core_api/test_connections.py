"""Postgres ends every connection between two requests, as a restart of it does: the second one does not notice."""

import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory

from chassis import env
from core_api.wsgi import application

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs Postgres: run ./escala test"),
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
    """The status line of a request that goes in where Gunicorn's go in, with all that happens around a request."""
    told = []
    answer = application(RequestFactory().get(path).environ, lambda status, headers: told.append(status))
    answer.close()
    return told[0]


def answers(database):
    try:
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except OperationalError:
        return False
    finally:
        database.close()


def test_a_kept_connection_that_died_fails_no_request(settings):
    settings.CACHE = "off"
    assert status_of("/api/categories/") == "200 OK"

    assert end_all_connections()

    assert status_of("/api/categories/") == "200 OK"


def test_a_connection_that_died_in_the_pool_of_an_instance_is_not_handed_out(monkeypatch):
    monkeypatch.setenv("DATABASE_POOL", "1")
    pooled = connection.copy(alias="pooled")
    pooled.settings_dict |= env.database("unused")["default"] | {"NAME": connection.settings_dict["NAME"]}
    connection.close()
    try:
        assert answers(pooled)

        assert end_all_connections()

        assert answers(pooled)
    finally:
        pooled.close_pool()

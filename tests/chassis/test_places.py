"""A thread that finds no place for the database is refused at once; what needs none is served."""

import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from runpy import run_path
from threading import Semaphore, Timer

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test import RequestFactory

from chassis import postgres
from core_api.wsgi import application

ROOT = Path(__file__).parents[2]
HANGS = 5  # seconds
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="needs Postgres: run ./escala test"
    ),
]


@pytest.fixture
def places(monkeypatch):
    """There is one place."""
    monkeypatch.setattr(postgres.Places, "free", Semaphore(1))
    monkeypatch.setattr(postgres.Places, "full_until", 0.0)
    return postgres.Places.free


@pytest.fixture
def another(places):
    """A connection that was opened before."""
    other = connection.copy()
    select(other)
    yield other
    other.close()


@contextmanager
def hanging(connection):
    """The server of this connection is stopped, for HANGS seconds at most."""
    pid = connection.connection.info.backend_pid
    end = Timer(HANGS, os.kill, [pid, signal.SIGCONT])
    end.start()
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
        end.cancel()


def select(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def select_in_chunks(connection):
    connection.set_autocommit(False)
    with connection.chunked_cursor() as cursor:
        cursor.execute("SELECT 1")


def answer_to(path):
    """(status, headers) as Gunicorn gets them, from a thread with a new connection."""
    received = []

    def ask():
        environ = RequestFactory().get(path).environ
        application(environ, lambda *answer: received.extend(answer)).close()
        connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(ask).result()
    return received[0], dict(received[1])


@pytest.mark.parametrize("is_next_request", [False, True])
@pytest.mark.parametrize("use", [select, select_in_chunks])
def test_without_a_place_a_thread_does_not_wait_for_the_server(
    another, places, use, is_next_request
):
    if is_next_request:  # which checks the connection first
        another.close_if_unusable_or_obsolete()
    assert places.acquire(blocking=False)
    started = time.monotonic()

    with hanging(another), pytest.raises(OperationalError, match="All places are taken"):
        use(another)
    another.close_if_unusable_or_obsolete()  # the end of the request

    assert time.monotonic() - started < HANGS / 2
    places.release()
    select(another)


def test_without_a_place_a_transaction_does_not_end(another, places):
    another.set_autocommit(False)
    select(another)
    assert places.acquire(blocking=False)

    with hanging(another), pytest.raises(OperationalError, match="All places are taken"):
        another.commit()

    another.close()
    places.release()


def test_without_a_place_a_thread_does_not_connect(places):
    assert places.acquire(blocking=False)

    with pytest.raises(OperationalError, match="All places are taken"):
        connection.copy().ensure_connection()


def test_a_place_is_given_back_after_each_statement_also_a_failed_one(another, places):
    for statement in ("SELECT 1", "SELECT 1/0", "SELECT"):
        with another.cursor() as cursor, suppress(DatabaseError):
            cursor.execute(statement)
        assert places.acquire(blocking=False)
        assert not places.acquire(blocking=False)
        places.release()


def test_a_request_without_a_place_is_answered_503_and_told_to_retry(settings, places):
    assert places.acquire(blocking=False)
    settings.CACHE = "off"

    status, headers = answer_to("/api/categories/")

    assert (status, headers["Content-Type"]) == (
        "503 Service Unavailable",
        "application/problem+json",
    )
    assert headers["Retry-After"] == "1"


def test_cached_pages_and_the_health_check_need_no_place(settings, places):
    assert answer_to("/api/categories/")[1]["X-Cache"] == "miss"
    assert places.acquire(blocking=False)

    status, headers = answer_to("/api/categories/")
    assert (status, headers["X-Cache"]) == ("200 OK", settings.CACHE)
    assert answer_to("/health/ready")[0] == "200 OK"


def test_after_a_wait_in_vain_the_next_ones_do_not_wait(another, monkeypatch):
    patience = []
    free = type("Free", (), {"acquire": lambda self, timeout: patience.append(timeout)})()
    monkeypatch.setattr(postgres.Places, "free", free)

    for _ in range(3):
        with pytest.raises(OperationalError):
            select(another)
    monkeypatch.setattr(postgres.Places, "full_until", time.monotonic() - 0.001)
    with pytest.raises(OperationalError):
        select(another)

    assert patience == [postgres.PATIENCE, 0, 0, postgres.PATIENCE]


def test_gunicorn_keeps_free_what_haproxy_may_send_and_the_health_check(monkeypatch):
    monkeypatch.delenv("THREADS", raising=False)
    monkeypatch.setattr(postgres.Places, "free", None)
    config = run_path(str(ROOT / "gunicorn.conf.py"))
    haproxy = (ROOT / "haproxy" / "haproxy.cfg").read_text()
    short, long = re.findall(r"presetenv INSTANCE_(?:LONG_)?REQUESTS (\d+)", haproxy)
    (analytics,) = re.findall(r"default-server maxconn (\d+)", haproxy)
    most = max(int(short) + int(long), int(analytics))

    assert most + 1 == postgres.SPARE
    assert postgres.Places.free._value == config["threads"] - postgres.SPARE >= most

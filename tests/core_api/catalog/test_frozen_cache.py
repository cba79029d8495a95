"""A Redis that was stopped where it stands: it takes connections and commands, and answers nothing."""

import signal
import socket
import subprocess
import time

import pytest
from django.core.cache import cache

from lab import programs
from lab.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
LONGEST = 6  # seconds that any answer may take


@pytest.fixture
def redis(tmp_path, settings):
    """A Redis for this test alone, which the shop uses as its cache."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = programs.find("redis-server", "redis-server", "valkey-server")
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL)
    settings.CACHE = "redis"
    settings.CACHES = {"default": settings.REDIS | {"LOCATION": f"redis://127.0.0.1:{port}/0"}}
    try:
        assert wait_until(lambda: cache.add("ready", 1), seconds=10)
        yield process
    finally:
        process.kill()
        process.wait()


def test_while_redis_is_frozen_a_read_is_answered_in_time(redis, anonymous_api, make_product):
    make_product("TEA-1")
    redis.send_signal(signal.SIGSTOP)

    start = time.monotonic()
    answer = anonymous_api.get("/api/products/TEA-1/")
    seconds = time.monotonic() - start

    assert (answer.status_code, answer["X-Cache"]) == (200, "miss")
    assert seconds < LONGEST

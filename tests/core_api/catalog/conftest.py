"""What the tests of the cache look at."""

import pytest

from core_api.catalog import circuit_breaker, lease
from tests.support.redis_server import Server


@pytest.fixture
def server(tmp_path, settings):
    """The Redis that is the cache of this test, which may freeze, fill or kill it."""
    server = Server(tmp_path / "redis")
    server.folder.mkdir()
    server.start()
    settings.CACHES = {
        "default": settings.REDIS | {"LOCATION": f"redis://127.0.0.1:{server.port}/0"}
    }
    settings.CACHE = "redis"
    yield server
    server.end()


@pytest.fixture
def calls(monkeypatch):
    """The attempts to write to the cache, one entry for each."""
    made, is_written = [], lease.is_written

    def note_and_write(*call):
        made.append(call)
        return is_written(*call)

    monkeypatch.setattr(lease, "is_written", note_and_write)
    return made


@pytest.fixture
def refusals(monkeypatch):
    """The questions that the cache did not answer, one entry for each."""
    seen = []
    monkeypatch.setattr(circuit_breaker.logger, "warning", lambda *message: seen.append(message))
    return seen

"""What the tests of the cache look at."""

import pytest

from core_api.catalog import circuit_breaker


@pytest.fixture
def refusals(monkeypatch):
    """The questions that the cache did not answer, one entry for each."""
    seen = []
    monkeypatch.setattr(circuit_breaker.logger, "warning", lambda *message: seen.append(message))
    return seen

"""What an experiment's hands give it, without a system."""

from email.message import Message

import pytest

from lab.errors import Failure
from lab.laboratory.laboratory import Laboratory


@pytest.fixture
def lab(monkeypatch):
    """A laboratory whose every request is answered as lab.told says."""
    lab = object.__new__(Laboratory)
    lab.told = 200, Message(), {"access": "token"}
    monkeypatch.setattr(lab, "answer", lambda *asked, **more: lab.told, raising=False)
    monkeypatch.setattr(
        lab, "login", lambda who: {"username": who, "password": "word"}, raising=False
    )
    return lab


def test_who_logs_in_goes_on_with_the_token_and_with_the_cookies_that_came_along(lab):
    assert lab.bearer() == {"Authorization": "Bearer token"}

    lab.told[1]["Set-Cookie"] = "logged-in-at=here; path=/"
    lab.told[1]["Set-Cookie"] = "other=1"

    assert lab.bearer() == {"Authorization": "Bearer token", "Cookie": "logged-in-at=here; other=1"}


def test_a_login_or_a_question_that_is_refused_ends_the_experiment_with_the_reason(lab):
    lab.told = 401, Message(), {"detail": "wrong password"}

    with pytest.raises(Failure, match="admin cannot log in: .*wrong password"):
        lab.bearer("admin")
    with pytest.raises(Failure, match="GET /api/whoami/ was answered 401: .*wrong password"):
        lab.ask("GET", "/api/whoami/")

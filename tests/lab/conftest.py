"""A home in a temporary folder, with nothing running in it."""

import pytest

from lab.stack.home import Home


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("ESCALA_HOME", raising=False)
    monkeypatch.delenv("ESCALA_PORT_BASE", raising=False)
    home = Home(tmp_path / "home", 9000)
    home.create()
    return home

"""The real system, started once for all tests of this folder; each test leaves it healthy."""

import pytest

from lab.stack.desired import DesiredState
from tests.support.faults import chapter
from tests.support.laptop import Laptop


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    laptop = Laptop(tmp_path_factory.mktemp("laptop"))
    try:
        laptop.run("up")
        yield laptop
    finally:
        laptop.run("down")


@pytest.fixture
def laptop(running):
    """The shared system, healthy and of its first size before each test, whatever the last one left
    behind."""
    if set(running.processes()) != set(DesiredState().names()) or not running.status()["healthy"]:
        running.run("up", "--replicas", "2", "--workers", "1")
        running.run("scale", "analytics", "1")
    return running


@pytest.fixture(scope="session")
def outcomes(running):
    """Where each fault that struck leaves what came of it; with all of them docs/faults.md is
    written anew."""
    collected = []
    yield collected
    chapter.write(running, collected)

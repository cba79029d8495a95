"""A whole system, started once for all tests of this folder."""

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
    """The shared system; before each test it is brought back to its first size and health."""
    if set(running.processes()) != set(DesiredState().names()) or not running.status()["healthy"]:
        running.run("up", "--replicas", "2", "--workers", "1")
        running.run("scale", "analytics", "1")
    return running


@pytest.fixture(scope="session")
def outcomes(running):
    """Collects the outcome of each fault; docs/faults.md is written when there are all of them."""
    collected = []
    yield collected
    chapter.write(running, collected)

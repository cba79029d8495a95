"""Two systems with a board, each started once for all tests: a whole one, and one that lies."""

import pytest
from playwright.sync_api import sync_playwright

from lab.laboratory.disposable_system import System
from lab.polling import wait_until
from lab.stack import programs
from tests.support.board import Viewer
from tests.support.board_page import calm, opened
from tests.support.laptop import Laptop


@pytest.fixture(scope="session")
def watched(tmp_path_factory):
    """A running system with its board; `viewer` speaks to it."""
    laptop = Laptop(tmp_path_factory.mktemp("watched"))
    laptop.environment["BOARD"] = "on"
    try:
        laptop.run("up")
        laptop.viewer = Viewer(laptop.home)
        yield laptop
    finally:
        laptop.run("down")


@pytest.fixture(scope="session")
def lying(tmp_path_factory):
    """A system that doubles orders and events: three patches took its protections away."""
    system = System(tmp_path_factory.mktemp("lying") / "system")
    try:
        system.configure(patches=("late-acks", "idempotency-key", "unique-event-id"))
        system.command("board")
        system.viewer = Viewer(system.home)
        yield system
    finally:
        system.end()


@pytest.fixture(scope="module")  # its event loop runs in the thread of the tests
def browser():
    program = programs.find("chromium", "chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, watched):
    """A viewer of a system with two instances, all of it up, and no shoppers."""
    with opened(browser, watched) as page:
        # The act of another test may be under way, and a second one would be refused.
        busy = watched.viewer.busy
        assert wait_until(lambda: not busy(), seconds=60), busy()
        yield page
        calm(page)

"""What the page asks a board for whose system does not run, and what it does not ask for."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.support.board import board_alone
from tests.support.board_page import newest, opened, press


@pytest.fixture
def viewer(tmp_path):
    with board_alone(tmp_path) as viewer:
        yield viewer


@pytest.fixture
def page(browser, viewer):
    """A page; at the end no error is in its console: a refused act would be one."""
    status = {"addresses": {"board": f"{viewer.origin}/?token={viewer.token}"}}
    home = SimpleNamespace(port=lambda name: viewer.port)
    with opened(browser, SimpleNamespace(home=home, status=lambda: status)) as page:
        yield page


def test_an_act_that_has_to_wait_is_refused_on_the_page(page):
    press(page, "audit")
    press(page, "rolling restart")

    expect(page.locator(".said")).to_have_text("Refused: audit is under way: wait until it ends")


def test_a_slider_moved_by_keys_is_asked_for_where_it_rests(viewer, page):
    slider = page.get_by_role("slider", name="share of orders")
    slider.fill("0")
    for _ in range(12):  # the board refuses more than five acts a second
        slider.press("ArrowRight")

    newest(page, "orders 60: done")
    assert viewer.snapshot()["state"]["controls"]["orders"] == 60
    expect(slider).to_have_value("60")


@pytest.mark.parametrize(("field", "value"), [("faults", "51"), ("faults", "0"), ("seed", "-1")])
def test_a_storm_that_cannot_be_is_refused_by_its_field(viewer, page, field, value):
    names = {"faults": "number of faults of the storm", "seed": "seed of the storm"}
    number = page.get_by_role("spinbutton", name=names[field])
    number.fill(value)

    press(page, "storm of faults")

    expect(number).to_be_focused()
    assert viewer.snapshot()["acts"] == []

"""The page of the board in a real browser, before a system that runs."""

import os
import re
import signal
import time

import pytest
from playwright.sync_api import expect

from lab.board.server import PAGE
from lab.stack.home import ROOT
from tests.support.board_page import SOON, START, box, newest, opened, press, send
from tests.support.layout import assert_accessible, assert_fits

MOST_BYTES = 120 * 1024


def test_an_idle_board_is_accessible(page):
    expect(box(page, "core-1", "up")).to_be_visible()
    expect(box(page, "core-3", "not started")).to_be_visible()
    expect(page.locator("#truth")).to_contain_text("acknowledged")
    assert_accessible(page)
    assert_fits(page)


def test_a_kill_by_button_is_seen_logged_and_marked(page):
    send(page)
    expect(page.locator('[data-box="core-2"]')).to_contain_text("/s")
    assert_accessible(page)

    began = time.monotonic()
    press(page, "kill core-2")
    expect(box(page, "core-2", "killed")).to_be_visible(timeout=SOON)
    print(f"core-2 was killed on the page after {time.monotonic() - began:.2f} s")

    line = newest(page, "kill core-2: HAProxy knew after")
    number = line.locator(".number").inner_text()
    for chart in page.get_by_role("img").all():
        expect(chart).to_have_attribute("aria-label", re.compile(rf"acts:.*\b{number}\b"))
    assert_accessible(page)
    assert_fits(page)

    press(page, "start core-2")
    expect(box(page, "core-2", "up")).to_be_visible(timeout=START)


def test_an_instance_is_added_and_removed_by_button(page):
    press(page, "scale core 3")
    expect(box(page, "core-3", "up")).to_be_visible(timeout=START)

    press(page, "scale core 2")
    expect(box(page, "core-3", "not started")).to_be_visible(timeout=START)


def test_a_frozen_postgres_makes_the_numbers_unknown(page):
    truth = page.locator("#truth")
    page.get_by_role("slider", name="share of orders").fill("50")
    send(page)
    expect(truth).to_contain_text(re.compile(r"[1-9]\d* acknowledged = [1-9]"), timeout=SOON)

    press(page, "freeze postgres")
    expect(box(page, "postgres-core", "frozen")).to_be_visible(timeout=SOON)
    expect(truth).to_contain_text(re.compile(r"not known since \d\d:\d\d:\d\d recorded"))
    expect(truth).to_contain_text(re.compile(r"not known since \d\d:\d\d:\d\d counted"))
    expect(truth).to_contain_text("lost not known")
    assert_accessible(page)
    assert_fits(page)

    press(page, "start postgres")
    expect(truth).not_to_contain_text("not known", timeout=START)


def test_a_viewer_who_reloads_or_comes_late_sees_the_same(browser, watched, page):
    send(page)
    press(page, "kill core-2")
    expect(box(page, "core-2", "killed")).to_be_visible(timeout=SOON)
    line = newest(page, "kill core-2: HAProxy knew after")
    number = line.locator(".number").inner_text()

    page.reload()
    with opened(browser, watched) as second:
        for viewer in (page, second):
            expect(box(viewer, "core-2", "killed")).to_be_visible()
            line = newest(viewer, "kill core-2: HAProxy knew after")
            expect(line.locator(".number")).to_have_text(number)
            expect(viewer.get_by_role("button", name="stop sending")).to_be_visible()


def test_a_page_that_hears_nothing_shows_no_old_state(watched, page):
    os.kill(watched.processes()["board"]["pid"], signal.SIGSTOP)
    try:
        expect(page.locator("#link")).to_contain_text("connection lost", timeout=SOON)
        expect(box(page, "core-1", "not known")).to_be_visible()
        expect(page.locator("#truth")).to_contain_text("not known since")
    finally:
        os.kill(watched.processes()["board"]["pid"], signal.SIGCONT)
    expect(page.locator("#link")).to_have_text("live", timeout=START)
    expect(box(page, "core-1", "up")).to_be_visible()


def test_the_table_has_the_same_states(page):
    press(page, "table")

    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="core-1"))
    expect(row.first).to_contain_text("up")
    assert_accessible(page)


def test_a_saved_session_plays_from_a_file_without_a_network(browser, page, tmp_path):
    file = tmp_path / "session.html"
    file.write_bytes(
        page.request.get(page.get_by_role("link", name="save").evaluate("a => a.href")).body()
    )

    context = browser.new_context(offline=True)
    replay, wrong = context.new_page(), []
    replay.on("pageerror", lambda error: wrong.append(str(error)))
    replay.on(
        "request",
        lambda request: request.url.startswith(("file:", "data:")) or wrong.append(request.url),
    )
    replay.goto(file.as_uri())
    place = replay.get_by_role("slider", name="place in the recording")
    expect(box(replay, "core-1", "up")).to_be_visible(timeout=SOON)
    expect(place).not_to_have_value("0", timeout=SOON)  # it plays
    expect(replay.locator("#link")).to_contain_text("recording")
    context.close()
    assert wrong == []


@pytest.mark.parametrize("width", [390, 640])
def test_a_narrow_page_tells_its_empty_slots_in_one_line(page, width):
    page.set_viewport_size({"width": width, "height": 844})

    expect(page.get_by_text("core-3 to core-8: not started")).to_be_visible()
    expect(box(page, "core-3", "not started")).to_be_hidden()


@pytest.mark.parametrize(
    ("locale", "numbers"),
    [("en-US", ["1,284", "0.6 s", "12.5"]), ("de-DE", ["1.284", "0,6 s", "12,5"])],
)
def test_numbers_are_written_as_the_browser_is_set(browser, watched, locale, numbers):
    with opened(browser, watched, locale=locale) as page:
        found = page.evaluate(
            "import('/page/text.js').then(text =>"
            " [text.count(1284), text.seconds(0.6), text.t('times', {n: 12.5}).split(' ')[0]])"
        )

    assert found == numbers


def test_the_page_is_as_small_as_its_chapter_says(page):
    received = page.evaluate(
        "Object.fromEntries(performance.getEntries().filter(entry => entry.transferSize)"
        ".map(entry => [entry.name, entry.transferSize]))"
    )
    files = sum(
        file.stat().st_size for file in PAGE.iterdir() if file.suffix in (".html", ".css", ".js")
    )
    chapter = (ROOT / "docs" / "board.md").read_text()
    told = re.search(r"The page is (\d+) KB of files,.*?compressed: (\d+) KB", chapter, re.DOTALL)

    assert len(received) > 20
    assert sum(received.values()) <= MOST_BYTES, received
    for number, size in zip(told.groups(), (files, sum(received.values())), strict=True):
        assert int(number) == pytest.approx(size / 1024, abs=3)

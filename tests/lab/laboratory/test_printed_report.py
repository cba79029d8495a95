"""The report on paper: no page but the last one is half empty."""

import pytest
from playwright.sync_api import sync_playwright

from lab import experiments
from lab.experiments.shared import protocol
from lab.laboratory import report
from lab.stack import programs
from tests.lab.experiments.test_experiments import BAD, GOOD
from tests.support import printed

pytestmark = pytest.mark.slow

MARGIN = 17 / 25.4 * 72  # points; 17 mm, as the report says


@pytest.fixture(scope="module")
def page():
    program = programs.find("chromium", "chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser.new_page()
        browser.close()


def empty_parts(page, folder):
    """Which share of each page is empty below, when the report of this run is printed."""
    page.set_content(report.as_html(folder))
    return printed.empty_parts(page.pdf(prefer_css_page_size=True), MARGIN)


def test_the_report_of_all_experiments_leaves_no_page_half_empty(page, run_of):
    *pages, last = empty_parts(page, run_of({each: GOOD[each]() for each in experiments.ALL}))

    assert len(pages) > len(experiments.ALL)
    assert max(pages) < 0.5
    assert 0 <= last < 1


@pytest.mark.parametrize("experiment", experiments.ALL, ids=protocol.name)
def test_the_report_of_one_experiment_leaves_no_page_half_empty(page, run_of, experiment):
    for made in (GOOD, BAD):
        *pages, _ = empty_parts(page, run_of({experiment: made[experiment]()}))
        assert pages
        assert max(pages) < 0.5


@pytest.mark.parametrize(("height", "empty"), [(0, 1), (131.5, 0.5), (250, 0.05)])
def test_what_is_empty_is_measured(page, height, empty):
    style = f"<style>@page {{ size: A4; margin: 17mm }} body {{ margin: {height}mm 0 0 }}</style>"
    page.set_content(f"{style}<div style='font-size: 1px'>x</div>")

    (found,) = printed.empty_parts(page.pdf(prefer_css_page_size=True), MARGIN)

    assert found == pytest.approx(empty, abs=0.01)

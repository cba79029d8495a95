"""The page of the board in a browser, for its tests: what a viewer sees and presses."""

from contextlib import contextmanager

from playwright.sync_api import expect

SOON = 20_000  # milliseconds: what takes one second here may take more on a busy machine
START = 60_000  # of an instance


@contextmanager
def opened(browser, watched, **options):
    """The page of a new viewer. At the end: no error in its console, no request elsewhere."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, **options)
    page, wrong = context.new_page(), []
    page.set_default_timeout(SOON)
    origin = f"http://127.0.0.1:{watched.home.port('board')}/"
    page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda request: request.url.startswith((origin, "data:")) or wrong.append(request.url),
    )
    page.goto(watched.status()["addresses"]["board"])
    expect(page.locator("#link")).to_have_text("live", timeout=SOON)
    yield page
    context.close()
    assert wrong == []


def box(page, name, state):
    return page.locator(f'[data-box="{name}"]').get_by_text(f"{name} {state}", exact=True)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def newest(page, text):
    """The first line of the log, once it says this."""
    line = page.locator(".lines li").first
    expect(line).to_contain_text(text, timeout=SOON)
    return line


def send(page):
    press(page, "send 60 requests/s")
    expect(page.get_by_role("button", name="stop sending")).to_be_visible(timeout=SOON)


def calm(page):
    """Starts what a test has struck, and ends the shoppers."""
    for control in ("start postgres", "start core-2"):
        if (button := page.get_by_role("button", name=control)).count():
            button.click()
            button.wait_for(state="detached", timeout=START)
    if (stop := page.get_by_role("button", name="stop sending")).count():
        stop.click()
        stop.wait_for(state="detached")

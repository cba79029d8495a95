"""What a viewer does on the page: pause, slow motion, a recording, a storm, cards, orders."""

from playwright.sync_api import expect

from lab.board import replay, storm
from lab.board.server import PAGE
from lab.polling import wait_until
from lab.stack.home import ROOT
from tests.support.board_page import SOON, START, box, newest, press, send

ACT = {"number": 1, "verb": "kill", "name": "core-2", "value": None, "title": "kill core-2"}
ACT |= {"command": "./escala kill core-2", "at": 1001.0, "state": "done", "measured": None}
KNEW, BACK = "HAProxy knew after 0.10 s", "HAProxy knew after 0.10 s; back after 2.0 s"


def recording():
    """Of four moments: nothing, an act is asked for, HAProxy knows, and all is well again."""
    acts = [
        [],
        [ACT | {"state": "asked", "text": ""}],
        [ACT | {"text": KNEW}],
        [ACT | {"text": BACK}],
    ]
    states = ["up", "up", "killed", "up"]
    usual = {"edges": {}, "queues": {}, "chart": None, "truth": {}, "controls": {}}
    usual |= {"dots": {"k": 1, "list": []}}
    ticks = [
        {"n": n, "at": 1000.0 + n, "boxes": [{"name": "core-2", "state": state}], "acts": changed}
        | usual
        for n, (state, changed) in enumerate(zip(states, acts, strict=True))
    ]
    return {"history": ticks, "state": ticks[-1], "acts": acts[-1], "cards": []}


def played(browser, tmp_path):
    """The page that plays the recording."""
    file = tmp_path / "session.html"
    file.write_text(replay.page(PAGE, recording()))
    page = browser.new_page()
    page.goto(file.as_uri())
    return page


def test_a_recording_tells_of_an_act_what_was_known_at_the_moment(browser, tmp_path):
    page = played(browser, tmp_path)
    # It has played to its end.
    expect(page.get_by_role("button", name="play", exact=True)).to_be_visible(timeout=SOON)
    place, lines = page.get_by_role("slider", name="place in the recording"), page.locator(".text")

    for moment, state, text in (
        (3, "up", BACK),
        (2, "killed", KNEW),
        (1, "up", "asked"),
        (3, "up", BACK),
        (1, "up", "asked"),
    ):
        place.fill(str(moment))
        expect(box(page, "core-2", state)).to_be_visible()
        expect(lines).to_have_text([f"kill core-2: {text}"])
    place.fill("0")
    expect(lines).to_have_count(0)
    page.set_viewport_size({"width": 1300, "height": 800})
    press(page, "table")
    expect(box(page, "core-2", "up")).to_be_visible()
    expect(lines).to_have_count(0)  # drawn anew: the same moment, not the last one
    page.close()


def test_a_recording_that_is_moved_to_its_end_while_it_plays_ends_there(browser, tmp_path):
    page, wrong = played(browser, tmp_path), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    again = page.get_by_role("button", name="play", exact=True)
    expect(again).to_be_visible(timeout=SOON)
    again.click()
    page.get_by_role("slider", name="place in the recording").fill("3")

    expect(again).to_be_visible(timeout=SOON)
    page.close()
    assert wrong == []


def test_the_command_is_that_of_the_pointer_and_soon_that_of_the_last_act(browser, tmp_path):
    page = played(browser, tmp_path)
    command = page.locator("#command code")  # hidden in a recording, and there all the same
    expect(command).to_have_text("./escala kill core-2", timeout=SOON)
    expect(box(page, "core-2", "up")).to_be_visible()

    page.locator('[aria-label="freeze core-2"]').dispatch_event("pointerover")
    expect(command).to_have_text("./escala kill core-2 --signal STOP")
    page.locator("#truth").dispatch_event("pointerover")
    expect(command).to_have_text("./escala kill core-2", timeout=SOON)
    page.close()


def test_a_narrow_page_keeps_the_newest_act_in_sight(browser, tmp_path):
    page = played(browser, tmp_path)
    newest_act = page.locator("#newest")
    expect(newest_act).to_have_text(f"1 kill core-2: {BACK}", timeout=SOON)
    expect(newest_act).to_be_hidden()

    page.set_viewport_size({"width": 390, "height": 844})
    expect(newest_act).to_be_in_viewport()
    page.locator('[data-box="core-2"]').scroll_into_view_if_needed()
    expect(newest_act).to_be_in_viewport()
    page.close()


def test_the_projector_enlarges_boxes_log_legend_and_charts(browser, tmp_path):
    page = played(browser, tmp_path)
    expect(page.locator(".lines li")).to_have_count(1, timeout=SOON)
    places = [".name", ".lines li", "#legend", "figcaption"]

    def sizes():
        script = "place => parseFloat(getComputedStyle(document.querySelector(place)).fontSize)"
        return [page.evaluate(script, place) for place in places]

    usual = sizes()
    press(page, "projector")
    assert all(now > 1.1 * before for now, before in zip(sizes(), usual, strict=True))
    press(page, "projector")
    assert sizes() == usual
    page.close()


def test_the_recording_in_the_documents_is_small_and_plays(browser):
    file = ROOT / "docs" / "board.html"
    assert file.stat().st_size < 300 * 1024
    context = browser.new_context(offline=True)
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(file.as_uri())
    place = page.get_by_role("slider", name="place in the recording")
    expect(place).not_to_have_value("0", timeout=SOON)

    place.fill(place.get_attribute("max"))

    expect(page.locator("#truth")).to_contain_text("lost 0")
    expect(page.locator(".lines")).to_contain_text("kill core-2: HAProxy knew after")
    context.close()
    assert wrong == []


def test_a_paused_page_stands_still_while_the_system_goes_on(watched, page):
    send(page)
    press(page, "pause")
    expect(page.locator("#link")).to_contain_text("paused at")
    truth = page.locator("#truth").inner_text()
    orders = watched.viewer.truth()["acknowledged"]
    watched.viewer.wait_for_truth(lambda now: now["acknowledged"] > orders + 20, seconds=30)

    assert page.locator("#truth").inner_text() == truth
    press(page, "kill core-2")
    expect(page.locator(".said")).to_contain_text("not live")
    assert watched.viewer.box("core-2")["state"] == "up"

    press(page, "resume")
    expect(page.locator("#link")).to_have_text("live")
    expect(page.locator("#truth")).not_to_have_text(truth)


def test_slow_motion_shows_the_last_act_from_before_it_happened(page):
    send(page)
    press(page, "kill core-2")
    number = newest(page, "kill core-2: HAProxy knew").locator(".number").inner_text()
    line = page.locator(".lines li").filter(has=page.get_by_text(number, exact=True))

    press(page, "last act, slowly")
    expect(page.locator("#link")).to_have_text(f"act {number} in slow motion, 4 times slower")
    expect(box(page, "core-2", "up")).to_be_visible()
    expect(line).to_have_count(0)
    expect(box(page, "core-2", "killed")).to_be_visible(timeout=START)
    expect(line).to_contain_text("kill core-2: HAProxy knew", timeout=START)

    expect(page.locator("#link")).to_have_text("live", timeout=3 * START)  # it has caught up


def test_a_storm_from_the_page_has_the_faults_of_its_seed(page):
    page.get_by_role("spinbutton", name="number of faults of the storm").fill("2")
    page.get_by_role("spinbutton", name="seed of the storm").fill("7")
    press(page, "storm of faults")

    lines = page.locator(".lines li .text")
    done = lines.filter(has_text="storm of 2 faults, seed 7: 2 faults; the same seed repeats them")
    expect(done.first).to_be_visible(timeout=2 * START)
    acts = reversed([text.partition(":")[0] for text in lines.all_inner_texts()])
    faults = storm.schedule(7, 2, 2)
    expected = [f"{verb} {fault.name}" for fault in faults for verb in (fault.verb, "start")]
    assert list(acts)[-4:] == expected


def test_a_card_measures_the_guess_and_links_what_explains_it(watched, page):
    question = "Kill one of three instances under 60 reads/s. How many reads fail?"
    card = page.get_by_role("article").filter(has_text=question)
    card.get_by_label("Your guess (reads)").fill("5")
    card.get_by_role("button", name="measure").click()
    expect(card).to_contain_text("being measured", timeout=SOON)

    expect(card).to_contain_text("You: 5. Measured: ", timeout=2 * START)
    (act,) = [each for each in watched.viewer.snapshot()["acts"] if each["verb"] == "card"]
    answer = f"You: 5. Measured: {act['measured']:g} reads; {act['text']}"
    expect(card.locator(".answer")).to_have_text(answer)
    expect(box(page, "core-3", "not started")).to_be_visible(timeout=START)

    for name, path in (
        ("chapter 2-balancing.md", "docs/2-balancing.md"),
        ("experiment 2b", "lab/experiments/e2b_failover.py"),
    ):
        with page.expect_popup() as opened:
            card.get_by_role("link", name=name).click()
        expect(opened.value.locator("body")).to_contain_text((ROOT / path).read_text()[:200])
    page.reload()  # the answer is kept
    expect(card.locator(".answer")).to_have_text(answer)


def test_an_order_is_followed_by_a_click_on_it_and_on_its_dot(page):
    page.get_by_role("slider", name="share of orders").fill("100")
    page.get_by_role("slider", name="requests").fill("20")
    steps = page.locator("#orders .steps")
    words = ("was made", "the shoppers got: 201", "a row in core", "outbox", "the event is a fact")

    def follow(click):
        """Clicks again: the order may not have been counted yet, and a dot may have gone on."""

        def is_whole():
            click()
            text = steps.inner_text()
            return all(word in text for word in words)

        return wait_until(is_whole, seconds=SOON / 1000)

    assert follow(page.locator("#orders .list button").first.click)

    page.reload()
    expect(steps).to_be_empty()
    page.evaluate("scrollTo(0, 0)")
    left, right = (
        page.locator(f'[data-box="{name}"]').bounding_box() for name in ("shoppers", "haproxy")
    )
    middle = (left["x"] + left["width"] + right["x"]) / 2, left["y"] + left["height"] / 2
    assert follow(lambda: page.mouse.click(*middle))

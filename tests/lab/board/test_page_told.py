"""What the page makes of what it hears: its table, its controls, its keys."""

import pytest
from playwright.sync_api import expect

from lab.board.boxes import PROCESS
from tests.support import board_told
from tests.support.board import board_alone
from tests.support.board_page import box as box_of
from tests.support.board_page import press
from tests.support.board_told import AT, box, tick

# The boxes at whose border something is drawn, in this order, until both are found.
DRAWN_AT = """async (names) => {
  const canvas = document.querySelector("#dots");
  const found = [];
  const until = performance.now() + 20000;
  while (found.length < names.length && performance.now() < until) {
    await new Promise(requestAnimationFrame);
    const origin = canvas.getBoundingClientRect();
    const scale = canvas.width / origin.width;
    for (const name of names) {
      const { left, top, height } = document.querySelector(`[data-box=${name}]`)
        .getBoundingClientRect();
      const [x, y] = [left - origin.left, top - origin.top + height / 2];
      const place = [x - 6, y - 6, 12, 12].map((number) => number * scale);
      const { data } = canvas.getContext("2d").getImageData(...place);
      if (data.some(Boolean) && !found.includes(name)) found.push(name);
    }
  }
  return found;
}"""
STATES = ("killed", "frozen", "draining", "starting", "failed", "stopped", "absent", "unknown")
MIXED = [
    box(name, state, rate=7 + number, busy=number, again=20 + number, note=f"note {number}")
    for number, (name, state) in enumerate(zip(PROCESS, STATES * 3, strict=False))
]


@pytest.fixture(scope="module")
def viewer(tmp_path_factory):
    with board_alone(tmp_path_factory.mktemp("board")) as viewer:
        yield viewer


@pytest.fixture
def page(browser, viewer):
    with board_told.told(browser, viewer) as page:
        board_told.tell(page, tick(0))
        yield page


def cells(page, name):
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))
    return row.first.locator("td").all_inner_texts()


@pytest.mark.parametrize("boxes", [MIXED, [box("shoppers", "stopped")]], ids=["mixed", "idle"])
def test_the_table_says_what_the_boxes_say(page, boxes):
    board_told.tell(page, tick(1, boxes))
    press(page, "table")

    for name in ("shoppers", *PROCESS):
        state, _, rate, busy, again, note = cells(page, name)
        expect(box_of(page, name, state)).to_have_count(1)
        told = next((each for each in boxes if each["name"] == name), box(name))
        number = [
            str(told[field]) if told[field] is not None else "–" for field in ("rate", "busy")
        ]
        assert ([rate, busy], again, note) == (number, str(told["again"]), told["note"])
    assert cells(page, "core → cache") == ["60"]
    assert cells(page, "queue: outbox") == ["2"]


def test_controls_show_what_is_in_force_and_not_what_was_clicked(page):
    instances = page.locator('[data-group="core"] output')
    press(page, "scale core 3")  # no system is there that could do it
    expect(instances).to_have_text("2")

    levers = {"BALANCE": "random", "CACHE": "near", "EDGE_CACHE": "on"}
    board_told.tell(page, tick(1, replicas=5, rate=35, orders=70, levers=levers))

    expect(instances).to_have_text("5")
    expect(page.get_by_role("button", name="scale core 4", exact=True)).to_be_enabled()
    expect(page.get_by_role("slider", name="requests")).to_have_value("35")
    expect(page.get_by_role("slider", name="share of orders")).to_have_value("70")
    for name, value in levers.items():
        expect(page.locator(f'[data-command*=" {name}="]')).to_have_value(value)


def test_a_second_enter_presses_no_other_button(page):
    kill = page.get_by_role("button", name="kill core-1", exact=True)
    kill.focus()
    expect(page.locator("#command code")).to_have_text("./escala kill core-1")
    with page.expect_request("**/act") as asked:
        page.keyboard.press("Enter")
    assert asked.value.post_data_json == {"verb": "kill", "name": "core-1"}

    board_told.tell(page, tick(1, [box("core-1", "killed")]))

    expect(kill).to_have_count(0)
    focused = "document.activeElement.closest('[data-box]').dataset.box"
    assert page.evaluate(focused) == "core-1"
    assert page.evaluate("document.activeElement.localName") != "button"
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="start core-1", exact=True)).to_be_focused()


def test_tab_goes_through_the_parts_as_requests_do(page):
    page.locator('[data-group="shoppers"] button').focus()
    order = []
    for _ in range(150):
        page.keyboard.press("Tab")
        place = "document.activeElement.closest('[data-box], [data-group]')?.dataset"
        found = page.evaluate(f"{place}?.box ?? {place}?.group")
        order += [found] if found not in order else []
        if found == "worker-1":
            break

    wanted = ["haproxy", "core-1", "analytics-1", "cache", "relay", "broker", "recorder-1"]
    wanted += ["worker-1"]
    assert [name for name in order if name in wanted] == wanted


def test_a_request_that_was_sent_again_runs_into_the_dead_box_first(page):
    dot = {"t": AT, "d": 0.05, "kind": "read", "outcome": "ok", "order": None, "k": 1}
    board_told.tell(page, tick(1, [box("core-2", "killed")]))
    board_told.tell(page, tick(2, dots=[dot | {"to": "core-1", "from": "core-2"}]))

    assert page.evaluate(DRAWN_AT, ["core-1", "core-2"]) == ["core-2", "core-1"]

"""Every state of the page fits its window, narrow and wide, also with large numbers."""

import pytest
from playwright.sync_api import expect

from lab.board import replay
from lab.board.boxes import INSTANCES, WORKERS
from lab.board.cards import CARDS
from lab.board.server import PAGE
from tests.support import board_told
from tests.support.board import board_alone
from tests.support.board_page import SOON, press
from tests.support.board_page import box as box_of
from tests.support.board_told import AT, box, tick
from tests.support.layout import assert_accessible, assert_fits

pytestmark = pytest.mark.slow
CHART = {"offered": 100, "ok": 97, "refused": 1, "failed": 2, "p50_ms": 12.5, "p95_ms": 1040.2}
CHART |= {"max_ms": 9999.9, "hits": 100, "sql": 1234, "whose": "shoppers"}
CHART |= {"q_haproxy": 128, "q_outbox": 2000, "q_broker": 12345, "q_jobs": 55}


def act(number, verb, name, text, **more):
    title = f"{verb} {name}"
    usual = {"number": number, "verb": verb, "name": name, "value": None, "title": title}
    usual |= {"command": f"./escala {title}", "at": AT + number, "state": "done", "text": text}
    return usual | {"measured": None} | more


NAMES = ("value", "sent", "again", "cached", "failed", "acknowledged")
ACTS = [
    act(n, "kill", f"core-{n % 8 + 1}", "HAProxy knew after 0.11 s; 0 failed; 4 sent again")
    for n in range(1, 12)
]
WHY = "core-2 did not end within 30 s; next: ./escala logs core-2"
ACTS.append(act(12, "stop", "core-2", WHY, state="failed"))
ORDERS = [
    {"t": AT + n, "d": 0.05, "kind": "order", "outcome": "ok", "to": "core-1", "from": None}
    | {"order": f"board/c0ffee/{n}"}
    for n in range(12)
]
MANY = [box(name, rate=99.9, busy=16, share=0.1, haproxy="UP", again=12345) for name in INSTANCES]
MANY += [box(name, note="import 100 %") for name in WORKERS]
MANY += [box("cache", note="hit 100 %"), box("haproxy", rate=1234), box("shoppers", rate=100)]
MANY += [box("relay", note="outbox 2000"), box("broker", note="queued 12345")]
MANY += [box("postgres-core", rate=1234.5), box("postgres-analytics", rate=1234.5)]
MANY += [box("recorder-1", rate=99.9)]
STRUCK = [
    box("core-1", "killed", haproxy="UP", disagree=12.3, rate=0, busy=16, again=12345),
    box("core-2", "frozen", haproxy="UP", disagree=3.5, rate=0, busy=9, again=3),
    box("core-3", "draining", haproxy="DRAIN", rate=3.5, busy=2),
    box("core-4", "starting", haproxy="MAINT"),
    box("core-5", "failed", haproxy="DOWN"),
    box("core-6", "stopped", haproxy="MAINT"),
    *(box(name, "absent") for name in ("core-7", "core-8", "analytics-2", "analytics-4")),
    *(box(name, "killed") for name in ("haproxy", "cache", "worker-1", "worker-3")),
    box("analytics-1", "frozen", haproxy="UP", disagree=0.5),
    box("relay", "killed", note="outbox 2000"),
    box("broker", "frozen", note="queued 12345"),
    box("recorder-1", "stopped"),
    *(box(name, "frozen", note="no answer") for name in ("postgres-core", "postgres-analytics")),
    box("worker-2", "absent"),
    box("shoppers", "stopped", rate=0, note="off"),
]
ABSENT = [box(name, "absent") for name in (*INSTANCES[2:8], *INSTANCES[9:], *WORKERS[1:])]
SILENT = {"core": AT, "analytics": AT}
PICTURES = {
    "usual": [tick(n, ABSENT, chart=CHART, dots=ORDERS[:2]) for n in range(0, 20, 2)],
    "much": [
        *(tick(n, MANY, chart=CHART) for n in range(0, 20, 2)),
        tick(
            *(20, MANY),
            **{"chart": CHART, "acts": ACTS, "dots": ORDERS},
            truth=dict.fromkeys(("acknowledged", "recorded", "counted"), 1234567)
            | {"travelling": 2000, "oldest": 65.4, "lost": 1234, "doubled": 55, "in_doubt": 2000},
        ),
    ],
    "struck": [
        tick(
            *(0, STRUCK),
            acts=ACTS,
            truth=dict.fromkeys(("recorded", "counted", "lost", "doubled", "travelling"))
            | {"unknown_since": SILENT, "in_doubt": 17},
        )
    ],
    "unknown": [tick(0, [box(name, "unknown") for name in (*INSTANCES, *WORKERS, "cache")])],
    "answered": [
        tick(
            *(0, ABSENT),
            acts=[
                act(n, "card", card.id, card.text.format(**dict.fromkeys(NAMES, 12345)))
                | {"value": 12345, "measured": 12345}
                for n, card in enumerate(CARDS, 1)
            ],
        )
    ],
}


@pytest.fixture(scope="module")
def viewer(tmp_path_factory):
    with board_alone(tmp_path_factory.mktemp("board")) as viewer:
        yield viewer


@pytest.fixture
def page(browser, viewer):
    with board_told.told(browser, viewer) as page:
        yield page


@pytest.mark.parametrize("name", PICTURES)
def test_a_page_fits_its_window_in_every_state(page, name):
    for told in PICTURES[name]:
        board_told.tell(page, told)

    assert_fits(page)
    if name in ("much", "struck"):  # all states are in one of them
        assert_accessible(page)


@pytest.mark.parametrize("view", ["table", "projector"])
def test_the_table_and_the_projector_fit_their_windows(page, view):
    for told in PICTURES["struck"]:
        board_told.tell(page, told)
    press(page, view)

    assert_fits(page)


def test_a_recording_fits_its_window(browser, tmp_path):
    told = [tick(n, STRUCK, chart=CHART, acts=ACTS if n == 4 else ()) for n in range(6)]
    session = {"history": told, "state": told[-1], "acts": ACTS, "cards": []}
    (tmp_path / "session.html").write_text(replay.page(PAGE, session))
    page = browser.new_page()
    page.goto((tmp_path / "session.html").as_uri())
    expect(box_of(page, "core-1", "killed")).to_be_visible(timeout=SOON)

    assert_fits(page)
    page.close()


def test_with_reduced_motion_nothing_moves(page):
    page.emulate_media(reduced_motion="reduce")
    for told in PICTURES["struck"]:
        board_told.tell(page, told)
    board_told.tell(page, tick(1, STRUCK, dots=ORDERS))

    expect(page.locator('[data-box="core-1"]')).to_have_attribute("data-state", "killed")
    expect(page.locator("#dots")).to_be_hidden()
    assert page.evaluate("document.getAnimations().length") == 0

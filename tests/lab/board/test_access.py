import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.polling import wait_until
from lab.stack.home import ROOT
from tests.support.board import board_alone

KILL = {"verb": "kill", "name": "core-1", "value": None}


@pytest.fixture(scope="module")
def viewer(tmp_path_factory):
    with board_alone(tmp_path_factory.mktemp("board")) as viewer:
        yield viewer


def test_the_token_opens_the_page_once_and_becomes_a_cookie(viewer):
    address = f"/?token={viewer.token}"
    status, headers, _ = viewer.request("GET", address, Cookie=None)

    assert (status, headers["Location"]) == (303, "/")
    cookie, *attributes = headers["Set-Cookie"].split("; ")
    assert set(attributes) == {"HttpOnly", "Path=/", "SameSite=Strict"}
    assert viewer.token not in cookie  # the shop's instances receive it, too
    assert viewer.request("GET", "/state", Cookie=cookie)[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {"Cookie": None}, 403),
        ("GET", "/?token=0123456789abcdef", {"Cookie": None}, 403),
        ("GET", "/?token=", {"Cookie": None}, 403),
        ("GET", "/?token=%ff%00", {"Cookie": None}, 403),
        ("GET", "/state", {"Cookie": None}, 403),
        ("GET", "/events", {"Cookie": "escala_board=1"}, 403),
        ("GET", "/page/index.html", {"Cookie": None}, 403),
        ("GET", "/nothing", {"Cookie": None}, 403),
        ("GET", "/replay", {"Cookie": None}, 403),
        ("GET", "/state", {"Host": "evil.example:8405"}, 403),
        ("GET", "/state", {"Host": "localhost"}, 403),
        ("GET", "/state", {"Host": "127.0.0.1:8080"}, 403),
        ("GET", "/state", {"Origin": "http://evil.example"}, 403),
        ("GET", "/state", {"Origin": "null"}, 403),
        ("GET", "/nothing", {}, 404),
        ("GET", "/page/..%2f__main__.py", {}, 404),
        ("GET", "/page/../__main__.py", {}, 404),
        ("GET", "/read/docs/2-balancing.md", {"Cookie": None}, 403),
        ("GET", "/read/README.md", {}, 404),
        ("GET", "/read/docs/../README.md", {}, 404),
        ("GET", "/read//etc/hostname", {}, 404),
        ("GET", "/act?verb=kill&name=core-1", {}, 405),
        ("PUT", "/act", {}, 405),
        ("DELETE", "/state", {}, 405),
        ("POST", "/act", {"Origin": None}, 403),
        ("POST", "/act", {"Origin": "http://127.0.0.1:8080"}, 403),
        ("POST", "/act", {"Origin": "http://evil.example"}, 403),
        ("POST", "/act", {"X_Escala_Board": None}, 403),
        ("POST", "/act", {"X_Escala_Board": "0"}, 403),
        ("POST", "/act", {"Cookie": None}, 403),
        ("POST", "/?token=x", {"Cookie": None}, 403),
    ],
)
def test_a_request_that_is_not_the_pages_is_refused(viewer, method, path, headers, status):
    acts = len(viewer.snapshot()["acts"])

    found, answered, text = viewer.request(method, path, KILL, **headers)

    assert found == status, text
    assert "Set-Cookie" not in answered
    assert "Access-Control-Allow-Origin" not in answered
    assert "default-src 'self'" in answered["Content-Security-Policy"]
    assert len(viewer.snapshot()["acts"]) == acts


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 1500,
        {"verb": None},
        {"verb": ["kill"]},
        {"verb": "sh"},
        {"verb": "kill"},
        {"verb": "kill", "name": "core-9"},
        {"verb": "kill", "name": "board"},
        {"verb": "kill", "name": "core-1; reboot"},
        {"verb": "kill", "name": ["core-1"]},
        {"verb": "kill", "name": "core-1", "value": 1},
        {"verb": "scale", "value": 9},
        {"verb": "scale", "value": True},
        {"verb": "scale", "name": "worker", "value": 2},
        {"verb": "workers", "value": "2"},
        {"verb": "rate", "value": 101},
        {"verb": "rate", "value": 1.5},
        {"verb": "orders", "value": -1},
        {"verb": "lever", "name": "LAB", "value": "off"},
        {"verb": "lever", "name": "CACHE", "value": "gold"},
        {"verb": "lever", "name": {}, "value": "off"},
        {"verb": "storm", "value": "1"},
        {"verb": "storm", "name": "51"},
        {"verb": "storm", "name": "-1"},
        {"verb": "storm", "name": "many", "value": 7},
        {"verb": "card", "name": "none"},
        {"verb": "card", "name": "kill-the-cache", "value": "5"},
    ],
    ids=lambda body: str(body)[:40],
)
def test_only_what_is_on_the_list_can_be_done(viewer, body):
    def answer():  # there may be five acts a second, also refused ones
        found = viewer.request("POST", "/act", body)
        return found if found[0] != 429 else None

    status, headers, text = wait_until(answer, seconds=5)

    assert (status, headers["Content-Type"]) == (400, "application/problem+json; charset=utf-8")
    assert viewer.snapshot()["acts"] == []


def test_an_order_that_is_not_known_has_no_steps(viewer):
    status, _, text = viewer.request("GET", "/order/board/none/1")

    assert (status, json.loads(text)) == (200, {"steps": None})


def test_what_a_card_links_can_be_read(viewer):
    cards = viewer.snapshot()["cards"]
    assert len(cards) == 8

    for card in cards:
        for path in (card["chapter"], card["code"]):
            status, headers, text = viewer.request("GET", f"/read/{path}")
            assert status == 200 and text == (ROOT / path).read_text()
            assert headers["Content-Type"] == "text/plain; charset=utf-8"  # and runs nowhere
        chapter = (ROOT / card["chapter"]).read_text()
        assert re.search(rf"escala run .*\b{card['experiment']}\b", chapter)


def test_a_body_that_is_too_long_is_refused(viewer):
    assert viewer.request("POST", "/act", {"verb": "x" * 10_000})[0] in (400, 413, 429)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("audit",), ("kill", "core-1")),
        (("card", "kill-the-cache", 5), ("kill", "core-1")),
        (("card", "kill-the-cache", 5), ("rate", None, 100)),  # the load is a part of the question
    ],
)
def test_an_act_that_has_to_wait_is_refused_and_is_no_error(tmp_path, first, second):
    with board_alone(tmp_path) as viewer:
        status, asked = viewer.act(*first)
        assert status == 202
        title = viewer.find_act(asked["number"])["title"]

        why = f"{title} is under way: wait until it ends"
        assert viewer.act(*second) == (200, {"refused": why})
        assert viewer.act("orders", value=30)[0] == (202 if first == ("audit",) else 200)

        assert viewer.snapshot()["state"]["controls"]["rate"] == 0
        # Without a system it comes to nothing.
        assert wait_until(lambda: viewer.find_act(asked["number"])["state"] == "failed", seconds=60)


def test_more_than_five_acts_a_second_are_refused(viewer):
    def flood():
        with ThreadPoolExecutor(12) as threads:
            return set(threads.map(lambda _: viewer.act("lever", "LAB", "off")[0], range(12)))

    # The acts of an earlier test may have used up this second.
    assert wait_until(lambda: flood() == {400, 429}, seconds=10)


def test_a_flood_is_refused_and_the_board_goes_on(viewer):
    def knock(number):
        try:
            return viewer.request("GET", "/state", Cookie=None, timeout=30)[0]
        except OSError:  # the system refused the connection
            return 0

    with ThreadPoolExecutor(100) as threads:
        statuses = set(threads.map(knock, range(2000)))

    assert statuses <= {403, 429, 0}
    assert viewer.request("GET", "/state")[0] == 200


def test_connections_that_say_nothing_keep_nobody_out(viewer):
    silent = [socket.create_connection(("127.0.0.1", viewer.port)) for _ in range(200)]
    try:
        start = time.monotonic()
        assert viewer.request("GET", "/state")[0] == 200
        assert time.monotonic() - start < 5
    finally:
        for connection in silent:
            connection.close()

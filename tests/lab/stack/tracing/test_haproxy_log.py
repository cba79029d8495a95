"""The lines of HAProxy's log as requests; what is no request is skipped."""

import pytest

from lab.stack.tracing import haproxy_log

ID = "59c85f6d-f226-4f6f-b999-ddce830dfb0f"
MADE = "/api/orders/d0269b53-f005-4d32-91fb-f2fb40357d2e/"
TIMING = 'app;dur=58.5, db;dur=24.1;desc="11 queries"'


def line(
    status=201, server="core-1", times="wait=5 connect=1 answer=60 total=70", retries="0", end="--",
    made=MADE, timing=TIMING,
):  # fmt: skip
    return (
        f"{ID} 127.0.0.1 POST /api/orders/ {status} 668 from=core/{server} {times}"
        f" retries={retries} end={end} at=1795763107876 made={made} timing={timing}\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line(), {"id": ID, "method": "POST", "path": "/api/orders/", "status": 201}),
        (line(), {"instance": "core-1", "attempts": 1, "redispatched": False, "made": MADE}),
        (line(), {"began": 1795763107.806, "reached": 1795763107.812, "ended": 1795763107.876}),
        (line(), {"app_ms": 58.5, "db_ms": 24.1, "queries": 11, "end": "--"}),
        (line(retries="+2", server="core-3"), {"attempts": 3, "redispatched": True}),
        (line(retries="1"), {"attempts": 2, "redispatched": False}),
        (
            line(503, "<NOSRV>", "wait=-1 connect=-1 answer=-1 total=9", end="SC", timing="-"),
            {"attempts": 0, "reached": None, "app_ms": None, "queries": None, "end": "SC"},
        ),
        (line(-1, times="wait=0 connect=0 answer=-1 total=-1"), {"status": -1, "app_ms": 58.5}),
        (line(timing="app;dur=1"), {"app_ms": None, "queries": None}),
    ],
)
def test_a_line_has_what_haproxy_saw_of_a_request(text, expected):
    found = haproxy_log.parsed(text)

    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[NOTICE]   (2135) : New worker (2140) forked\n",
        line().replace(" at=1795763107876", ""),  # of an older haproxy.cfg
        line()[:150],
    ],
)
def test_what_is_no_whole_line_about_a_request_is_skipped(text):
    assert haproxy_log.parsed(text) is None


def test_the_older_half_of_the_log_comes_first(tmp_path):
    (tmp_path / "haproxy.log.1").write_text(line(200))
    (tmp_path / "haproxy.log").write_text("[NOTICE] loading\n" + line(201))

    found = haproxy_log.exchanges(tmp_path / "haproxy.log")

    assert [exchange.status for exchange in found] == [200, 201]


def test_a_log_that_does_not_exist_has_no_request(tmp_path):
    assert list(haproxy_log.exchanges(tmp_path / "haproxy.log")) == []

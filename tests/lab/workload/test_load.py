"""The load is open-loop: requests are sent when they are due, whatever the responses do."""

import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lab.errors import Failure
from lab.workload import load

pytestmark = pytest.mark.slow


class Slow(BaseHTTPRequestHandler):
    """Takes 0.2 s for each response; closes the connection for /broken/."""

    def do_GET(self):
        time.sleep(0.2)
        if self.path == "/broken/":
            return
        self.send_response(200 if self.path == "/" else 503)
        self.send_header("X-Served-By", "core-7")
        self.send_header("X-Cache", "miss")
        self.send_header("Server-Timing", 'app;dur=12.0, db;dur=3.5;desc="2 queries"')
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def slow():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def generator():
    generator = load.Generator()
    yield generator
    generator.end()


def test_arrivals_are_the_same_for_the_same_seed_and_have_the_given_rate():
    def made(seed):
        return load.arrivals(load.get("/"), rate=100, seconds=50, seed=seed)

    assert made("a") == made("a") != made("b")
    assert len(made("a")) == pytest.approx(5000, rel=0.1)
    assert all(0 < request["at"] < 50 for request in made("a"))


def test_a_mixture_keeps_its_shares_and_zipf_prefers_the_first():
    choose = load.mixture((3, load.get("/often")), (1, load.get("/seldom")))
    paths = [each["path"] for each in load.arrivals(choose, rate=100, seconds=40, seed=1)]
    rank = load.zipf(["first", "second", "third", "fourth"])
    ranks = [rank(each) for each in [random.Random(2)] * 4000]

    assert paths.count("/often") / len(paths) == pytest.approx(0.75, abs=0.04)
    assert ranks.count("first") / ranks.count("fourth") == pytest.approx(4, rel=0.2)


def test_a_slow_answer_holds_up_no_other_request(generator, slow):
    requests = load.arrivals(load.get("/"), rate=50, seconds=1, seed=1)

    _, records = generator.send(slow, requests)

    assert [record["at"] for record in records] == [request["at"] for request in requests]
    assert all(record["start"] >= record["at"] for record in records)
    overlapping = sum(record["start"] < records[0]["end"] for record in records)
    assert overlapping > 3  # a client that waits for each answer would have sent one


def test_a_record_names_instance_cache_and_database_cost(generator, slow):
    request = {
        "at": 0.0,
        "kind": "page",
        "method": "GET",
        "path": "/",
        "keep": True,
        "note": {"key": 1},
    }

    _, (record,) = generator.send(slow, [request])

    assert record["status"] == 200 and record["kind"] == "page"
    assert (record["instance"], record["cache"]) == ("core-7", "miss")
    assert (record["queries"], record["db_ms"]) == (2, 3.5)
    assert (record["answer"], record["note"]) == ("{}", {"key": 1})
    assert record["end"] - record["start"] >= 0.2


def test_refused_and_broken_requests_are_recorded_and_not_repeated(generator, slow):
    requests = [
        {"at": 0.0, "kind": path, "method": "GET", "path": path} for path in ("/busy/", "/broken/")
    ]

    _, (refused, broken) = generator.send(slow, requests)

    assert refused["status"] == 503
    assert broken["status"] == 0 and broken["error"]


def test_actions_happen_during_the_load_at_their_time(generator, slow):
    moments = []
    requests = load.arrivals(load.get("/"), rate=20, seconds=1, seed=1)

    zero, _ = generator.send(
        slow, requests, during=[(0.5, lambda: moments.append(time.monotonic()))]
    )

    assert moments[0] >= zero + 0.5


def test_a_dead_generator_is_an_error_and_is_replaced(slow):
    generator = load.Generator()
    generator.process.kill()
    generator.process.wait()

    with pytest.raises((Failure, BrokenPipeError)):
        generator.send("http://127.0.0.1:1", [])

    request = {"at": 0.0, "kind": "page", "method": "GET", "path": "/"}
    assert generator.send(slow, [request])[1][0]["status"] == 200
    generator.end()


def test_an_error_during_a_load_leaves_no_records_to_the_next_one(generator, slow):
    def fail():
        raise OSError("there is no such instance")

    requests = load.arrivals(load.get("/"), rate=20, seconds=0.3, seed=1)
    with pytest.raises(OSError, match="no such instance"):
        generator.send(slow, requests, during=[(0, fail)])

    _, records = generator.send(slow, requests[:1])
    assert [record["at"] for record in records] == [requests[0]["at"]]


def test_a_request_beyond_the_limit_in_flight_is_not_sent_and_counts_as_failed(generator, slow):
    requests = [{"at": at / 100, "kind": "page", "method": "GET", "path": "/"} for at in range(5)]

    _, records = generator.send(slow, requests, most=2)

    assert [record["status"] for record in records] == [200, 200, 0, 0, 0]
    assert {record.get("error") for record in records[2:]} == {"TooManyInFlight"}


def test_a_plan_ends_when_so_many_requests_were_late_that_its_p95_is(generator, slow):
    requests = load.arrivals(load.get("/"), rate=50, seconds=4, seed=1)
    some = load.enough(requests, 0.5, 0.1)  # each request takes 0.2 s
    none = load.enough(requests, 0.5, 5)

    _, stopped = generator.send(slow, requests, enough=some)
    _, whole = generator.send(slow, requests, enough=none)

    late = [each for each in stopped if each["at"] >= 0.5 and each["end"] - each["at"] > 0.1]
    counted = sum(each["at"] >= 0.5 for each in requests)
    assert 0.05 * counted < len(late) and len(stopped) < len(requests) / 2
    assert len(whole) == len(requests)


def test_all_requests_go_to_the_one_ip_address_whatever_the_name_resolves_to(generator, slow):
    request = {"at": 0.0, "kind": "page", "method": "GET"}
    front = slow.replace("127.0.0.1", "no.such.invalid")

    _, records = generator.send(
        front, [request | {"path": path} for path in ("/", f"{front}/")], ip="127.0.0.1"
    )

    assert [record["status"] for record in records] == [200, 200]


def test_an_exact_load_has_exactly_so_many_requests_at_random_times():
    first, second = (
        [
            request["at"]
            for request in load.arrivals(load.get("/"), rate=40, seconds=3, seed=seed, exact=True)
        ]
        for seed in ("a", "b")
    )

    assert len(first) == len(second) == 120 and first != second
    assert first == sorted(first) and 0 < first[0] < first[-1] < 3

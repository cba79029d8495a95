"""Closed-loop clients: each waits for an answer before it sends its next request.

They keep their connections and never send a request twice, so that every failure is seen. What they
send is described as for the load generator of lab.workload, which does not wait for answers (an
open loop).
"""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from lab.polling import wait_until

TIMEOUT = 7  # seconds; no answer may take 6
CLOSED = "closed"  # the status of a request whose connection was closed without an answer


@dataclass(frozen=True)
class Exchange:
    """A request and what came back; `status` is a number, or a text when no answer came."""

    # As a request factory of lab.workload.load returns it; `expect` is its right status, or 200.
    request: dict
    start: float  # monotonic seconds
    seconds: float
    status: int | str
    headers: Mapping
    document: dict | list | None  # the body, if it is JSON
    length: int = 0  # bytes of the body

    @property
    def key(self):
        """The idempotency key of an order; None for all other requests."""
        return self.request.get("headers", {}).get("Idempotency-Key")

    @property
    def served_by(self):
        return self.headers.get("X-Served-By")

    @property
    def succeeded(self):
        return self.status == self.request.get("expect", 200)

    @property
    def is_problem_document(self):
        """Whether this is an error that is described, with its own status, as RFC 9457 demands."""
        media_type = self.headers.get("Content-Type", "")
        right_type = media_type.startswith("application/problem+json")
        document = self.document if isinstance(self.document, dict) else {}
        return right_type and document.get("status") == self.status

    @property
    def end(self):
        return self.start + self.seconds

    def __str__(self):
        request = f"{self.request['method']} {self.request['path']} {self.key or ''}"
        return f"{request}: {self.status} after {self.seconds:.2f} s, from {self.served_by}"


class Load:
    """Clients that send requests while the `with` block runs, each on a thread of its own.

    `choose(random)` gives a request: {method, path} and, if need be, headers, body (JSON) and
    expect. The same seed gives each client the same requests in the same order. A client sends one
    every `period` seconds, but not before it has waited `pause` seconds after its last answer.
    """

    def __init__(self, port, choose, *, clients=5, pause=0.0, period=0.0, seed=1):
        self.port, self.choose, self.seed = port, choose, seed
        self.pause, self.period = pause, period
        self.exchanges = []
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(number,)) for number in range(clients)
        ]

    def __enter__(self):
        self.began, self.started = time.time(), time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def wait_for_answers(self, count, *, seconds=0):
        """Returns when so many more answers have come and so many seconds have passed."""
        enough, end = len(self.exchanges) + count, time.monotonic() + seconds
        assert wait_until(
            lambda: len(self.exchanges) >= enough and time.monotonic() >= end, seconds=seconds + 60
        ), f"{enough - len(self.exchanges)} of {count} answers did not come"

    @property
    def failures(self):
        return [exchange for exchange in list(self.exchanges) if not exchange.succeeded]

    @property
    def slowest(self):
        return max(exchange.seconds for exchange in list(self.exchanges))

    @property
    def served_by(self):
        """{instance: number of successful answers}"""
        return Counter(each.served_by for each in list(self.exchanges) if each.succeeded)

    def _work(self, number):
        chance = random.Random(f"{self.seed}/{number}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        due = time.monotonic() + chance.random() * self.period
        while not self._stopped.wait(max(0, due - time.monotonic())):
            self.exchanges.append(send(connection, self.choose(chance)))
            due = max(due + self.period, time.monotonic() + self.pause)
        connection.close()


def send(connection, request):
    """Sends one request, once; a broken connection is closed, and the next request reconnects."""
    start, headers = time.monotonic(), dict(request.get("headers", {}))
    body = json.dumps(request["body"]) if "body" in request else None
    if body:
        headers["Content-Type"] = "application/json"
    try:
        connection.request(request["method"], request["path"], body, headers)
        response = connection.getresponse()
        text, status, headers = response.read(), response.status, response.headers
    except http.client.RemoteDisconnected:
        connection.close()
        text, status, headers = b"", CLOSED, {}
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        text, status, headers = b"", f"{type(error).__name__} {error}", {}
    seconds = time.monotonic() - start
    return Exchange(request, start, seconds, status, headers, parsed(text), len(text))


def parsed(text):
    """The JSON document in `text`; None when there is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None

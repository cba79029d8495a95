"""A seeded mixed load: clients that read and buy through HAProxy, remember every answer, and never
ask twice."""

import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass

from lab.polling import wait_until
from tests.support.shop import Client

READS = (
    "/api/products/?page={page}",
    "/api/products/{sku}/",
    "/api/products/?search={word}",
    "/api/products/best-sellers/",
    "/api/categories/",
)
WORDS = ("lamp", "oak", "steel", "e", "nothing has this name")
CLIENTS = 5
ENOUGH = 1_000_000  # in stock: no order of a load is refused


@dataclass(frozen=True)
class Request:
    """What one client asked and was told; `status` is a number, or a text when no answer came."""

    path: str
    key: str | None  # of an order; a read has none
    body: dict | None
    start: float  # monotonic seconds
    seconds: float
    status: int | str
    media_type: str
    served_by: str
    document: dict | None  # of an order, or of an error

    @property
    def succeeded(self):
        return self.status == (201 if self.key else 200)

    @property
    def is_problem_document(self):
        """Whether this is an error that says what it is, with a true status."""
        right_type = self.media_type.startswith("application/problem+json")
        return right_type and (self.document or {}).get("status") == self.status

    def __str__(self):
        return f"{self.path} {self.key or ''}: {self.status} after {self.seconds:.2f} s, from {self.served_by}"


def parsed(text):
    """The JSON document in `text`; None when it is none, so that the error counts as no problem
    document."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def stocked_products(laptop, count=5):
    """The skus of some products, with enough in stock for any load."""
    admin = Client(laptop).login("admin")
    rows = admin.get("/api/products/?ordering=sku").json()["results"][:count]
    for row in rows:
        change = json.dumps({"stock": ENOUGH})
        answer = admin.ask(
            "PATCH", f"/api/products/{row['sku']}/", change, **{"Content-Type": "application/json"}
        )
        assert answer.status == 200, answer.body
    return [row["sku"] for row in rows]


class Load:
    """Runs while its `with` block runs: closed-loop clients, each on a thread and a connection that
    it keeps.

    The same seed gives each client the same questions in the same order; `orders` is the share of
    them that buy.
    """

    def __init__(self, laptop, *, seed=1, clients=CLIENTS, orders=0.3, reads=READS, pause=0.05):
        self.laptop, self.seed, self.pause = laptop, seed, pause
        self.orders, self.reads = orders, reads
        self.run = uuid.uuid4().hex[:8]  # so that the keys of two runs differ
        self.began = time.time()
        self.requests = []
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(number,)) for number in range(clients)
        ]

    def __enter__(self):
        self.skus = stocked_products(self.laptop)
        self.token = Client(self.laptop).login("customer").token
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def go_on(self, answers=150, *, seconds=0):
        """Returns when so many more answers have come, and so many seconds have passed."""
        enough, end = len(self.requests) + answers, time.monotonic() + seconds
        assert wait_until(
            lambda: len(self.requests) >= enough and time.monotonic() >= end, seconds=seconds + 60
        ), f"{enough - len(self.requests)} of {answers} answers did not come"

    @property
    def failures(self):
        return [request for request in list(self.requests) if not request.succeeded]

    @property
    def slowest(self):
        return max(request.seconds for request in list(self.requests))

    @property
    def served_by(self):
        """{instance: how many answers}"""
        return Counter(request.served_by for request in list(self.requests) if request.succeeded)

    def _work(self, client):
        chance = random.Random(f"{self.seed}/{client}")
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.laptop.home.port("haproxy"), timeout=10
        )
        number = 0
        while not self._stopped.wait(self.pause):
            number += 1
            if chance.random() < self.orders:
                question = ("/api/orders/", f"{self.run}-{client}-{number}", self._basket(chance))
            else:
                question = (self._address(chance), None, None)
            self.requests.append(self._ask(connection, *question))
        connection.close()

    def _address(self, chance):
        choices = {"page": chance.randint(1, 3), "word": chance.choice(WORDS).replace(" ", "+")}
        return chance.choice(self.reads).format(sku=chance.choice(self.skus), **choices)

    def _basket(self, chance):
        skus = chance.sample(self.skus, chance.randint(1, 3))
        return {"lines": [{"sku": sku, "quantity": chance.randint(1, 3)} for sku in skus]}

    def _ask(self, connection, path, key, body):
        start, headers = time.monotonic(), {"Authorization": f"Bearer {self.token}"}
        if key:
            headers |= {"Idempotency-Key": key, "Content-Type": "application/json"}
        try:
            connection.request(
                "POST" if key else "GET", path, json.dumps(body) if key else None, headers
            )
            response = connection.getresponse()
            text, status = response.read(), response.status
            heard = (
                response.headers.get("Content-Type", ""),
                response.headers.get("X-Served-By", "nobody"),
            )
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            text, status, heard = b"", f"{type(error).__name__} {error}", ("", "nobody")
        document = parsed(text) if "json" in heard[0] and (key or status != 200) else None
        return Request(path, key, body, start, time.monotonic() - start, status, *heard, document)

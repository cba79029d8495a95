"""Clients that never try again: whatever goes wrong between them and the shop is counted, with its
second."""

import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from contextlib import contextmanager

LIMIT = 7  # seconds: no answer may take 6, and this client waits a little longer


class Load:
    """What some clients saw: `failed` is [(second, what)], `orders` maps each accepted key to its
    order's id."""

    def __init__(self):
        self.stop = threading.Event()
        self.started = time.monotonic()
        self.lock = threading.Lock()
        self.statuses, self.served_by = Counter(), Counter()
        self.failed, self.orders, self.slowest = [], {}, 0

    def note(self, what, began, status, served_by):
        with self.lock:
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.statuses[status] += 1
            self.served_by[served_by] += 1
            if not isinstance(status, int) or status >= 500:
                self.failed.append((round(began - self.started, 2), f"{what}: {status}"))

    @property
    def requests(self):
        return self.statuses.total()

    def summary(self):
        return (
            f"{self.requests} requests, {len(self.failed)} failed, {len(self.orders)} orders, "
            f"slowest {self.slowest:.2f} s, {dict(self.statuses)} {self.failed[:5]}"
        )


@contextmanager
def load(port, tokens, skus, readers=3, buyers=2, editors=0, pause=0.05):
    """Clients on threads while the block runs: `readers` read the catalogue, `buyers` place orders
    with a key each, `editors` change prices, which HAProxy may not send twice.

    Each keeps one connection alive and waits `pause` seconds after an answer. The Load is complete
    after the block.
    """
    seen = Load()
    kinds = [(_read, None)] * readers
    kinds += [(_buy, tokens["customer"])] * buyers
    kinds += [(_edit, tokens["admin"])] * editors
    clients = [
        threading.Thread(target=kind, args=(seen, port, token, skus, pause))
        for kind, token in kinds
    ]
    for client in clients:
        client.start()
    try:
        yield seen
    finally:
        seen.stop.set()
        for client in clients:
            client.join()


def _read(seen, port, token, skus, pause):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
    while not seen.stop.wait(pause):
        _ask(seen, connection, "GET", f"/api/products/?page={random.randint(1, 20)}")
        _ask(seen, connection, "GET", f"/api/products/{random.choice(skus)}/")


def _buy(seen, port, token, skus, pause):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
    while not seen.stop.wait(pause):
        key = str(uuid.uuid4())
        body = json.dumps({"lines": [{"sku": random.choice(skus), "quantity": 1}]})
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        headers["Idempotency-Key"] = key
        status, answer = _ask(seen, connection, "POST", "/api/orders/", body, headers)
        if status == 201:
            seen.orders[key] = json.loads(answer)["id"]


def _edit(seen, port, token, skus, pause):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    while not seen.stop.wait(pause):
        body = json.dumps({"price": f"{random.randint(1, 99)}.50"})
        _ask(seen, connection, "PATCH", f"/api/products/{random.choice(skus)}/", body, headers)


def _ask(seen, connection, method, path, body=None, headers=None):
    """One request, once. (status, body); a broken connection has the exception's name as its
    status."""
    began, served_by = time.monotonic(), None
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        answer, status = response.read(), response.status
        served_by = response.headers.get("X-Served-By")
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        answer, status = b"", f"{type(error).__name__} {error}"
    seen.note(f"{method} {path}", began, status, served_by)
    return status, answer

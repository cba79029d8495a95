"""Guessing passwords through HAProxy, without the cache: the instances share one counter."""

import math
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.polling import wait_until
from tests.support.shop import Client

PER_ACCOUNT, PER_ADDRESS = 5, 20  # a minute


@pytest.fixture
def without_cache(laptop):
    laptop.run("kill", "cache")
    yield laptop
    laptop.run("start", "cache")


def test_of_a_hundred_wrong_logins_few_are_looked_at_and_a_right_one_is_let_in(without_cache):
    client, start = Client(without_cache), time.monotonic()

    def answer(name):
        answer = client.post("/api/token/", {"username": name, "password": "wrong"})
        return answer if answer.status != 504 else None

    def guess(name):
        # Checking a password takes long, and on a busy machine longer than HAProxy waits.
        return wait_until(lambda: answer(name), seconds=60)

    # New names, so that this test locks no other user.
    victim = f"victim-{uuid.uuid4()}"
    with ThreadPoolExecutor(3) as pool:
        at_one_account = list(pool.map(guess, [victim] * 75))
        at_many = list(pool.map(guess, [f"guest-{uuid.uuid4()}" for _ in range(25)]))

    windows = math.floor((time.monotonic() - start) / 60) + 1  # 1, or more on a very busy machine
    answers = Counter(answer.status for answer in at_one_account + at_many)
    assert set(answers) == {401, 429}
    assert 0 < sum(answer.status == 401 for answer in at_one_account) <= PER_ACCOUNT * windows
    assert answers[401] <= PER_ADDRESS * windows
    assert {answer.headers["X-Served-By"] for answer in at_one_account} == {"core-1", "core-2"}
    for answer in at_one_account + at_many:
        if answer.status == 429:
            assert 1 <= int(answer.headers["Retry-After"]) <= 60
            assert answer.headers["Content-Type"] == "application/problem+json"
    assert client.login("customer").get("/api/whoami/").json()["username"] == "customer"

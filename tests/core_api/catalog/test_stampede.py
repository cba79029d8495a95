"""Many readers of an answer that is not in the cache: one builds it, the others wait for it."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings

from core_api.catalog import caching


def is_text(value):
    return isinstance(value, str)


def test_a_reader_who_comes_while_another_builds_waits_and_does_not_build(monkeypatch):
    second_is_here, built, answers = threading.Event(), [], []
    wait_until_released = caching.wait_until_released

    def note_and_wait(lock):
        second_is_here.set()
        wait_until_released(lock)

    def build():
        built.append("an answer")
        if len(built) == 1:
            answers.append(
                readers.submit(caching.fetch, caching.LISTS_KEY, "stampede", is_text, build)
            )
            assert second_is_here.wait(timeout=10)
        second_is_here.set()
        return "a page", caching.TTL

    monkeypatch.setattr(caching, "wait_until_released", note_and_wait)
    with ThreadPoolExecutor() as readers:
        first, _ = caching.fetch(caching.LISTS_KEY, "stampede", is_text, build)
        second, source = answers[0].result(timeout=10)

    assert first == second == "a page"
    assert source == settings.CACHE
    assert built == ["an answer"]


def test_a_reader_held_up_before_building_takes_what_another_built_meanwhile(monkeypatch):
    built = []
    read_current, held_up = caching.read_current, threading.Event()

    def build():
        built.append("an answer")
        return "a page", caching.TTL

    def read_and_be_held_up(*arguments):
        found = read_current(*arguments)
        if not held_up.is_set():
            held_up.set()
            caching.fetch(caching.LISTS_KEY, "held up", is_text, build)
        return found

    monkeypatch.setattr(caching, "read_current", read_and_be_held_up)
    answer, source = caching.fetch(caching.LISTS_KEY, "held up", is_text, build)

    assert (answer, source) == ("a page", settings.CACHE)
    assert built == ["an answer"]

"""Many readers of an answer that is not in the cache: one renders it, the others wait for it."""

import threading
from concurrent.futures import ThreadPoolExecutor

from core_api.catalog import caching


def test_a_reader_who_comes_while_another_renders_waits_and_does_not_render(monkeypatch):
    second_is_here, rendered = threading.Event(), []
    wait_for = caching.wait_for

    def note_and_wait(key):
        second_is_here.set()
        return wait_for(key)

    def render():
        rendered.append(b"an answer")
        if len(rendered) == 1:
            answers.append(readers.submit(caching.fetch, "stampede", render))
            assert second_is_here.wait(timeout=10)
        second_is_here.set()
        return rendered[0]

    monkeypatch.setattr(caching, "wait_for", note_and_wait)
    answers = []
    with ThreadPoolExecutor() as readers:
        first = caching.fetch("stampede", render)
        second = answers[0].result(timeout=10)

    assert (first[0], second[0]) == (b"an answer", b"an answer")
    assert rendered == [b"an answer"]

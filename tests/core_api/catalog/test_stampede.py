"""Many readers of an answer that is not in the cache: one renders it, the others wait for it."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.http import HttpResponse

from core_api.catalog import caching


def test_a_reader_who_comes_while_another_renders_waits_and_does_not_render(monkeypatch):
    second_is_here, rendered, answers = threading.Event(), [], []
    wait_for_end_of = caching.wait_for_end_of

    def note_and_wait(lock):
        second_is_here.set()
        wait_for_end_of(lock)

    def render():
        rendered.append("an answer")
        if len(rendered) == 1:
            answers.append(readers.submit(caching.fetch, caching.LISTS, "stampede", render))
            assert second_is_here.wait(timeout=10)
        second_is_here.set()
        return HttpResponse(b"an answer", content_type="application/json")

    monkeypatch.setattr(caching, "wait_for_end_of", note_and_wait)
    with ThreadPoolExecutor() as readers:
        first, _ = caching.fetch(caching.LISTS, "stampede", render)
        second, source = answers[0].result(timeout=10)

    assert first.body == second.body == b"an answer"
    assert source == settings.CACHE
    assert rendered == ["an answer"]


def test_a_reader_held_up_before_rendering_takes_what_another_rendered_meanwhile(monkeypatch):
    rendered = []
    look_up, held_up = caching.look_up, threading.Event()

    def render():
        rendered.append("an answer")
        return HttpResponse(b"an answer", content_type="application/json")

    def look_up_and_be_held_up(name, key):
        found = look_up(name, key)
        if not held_up.is_set():
            held_up.set()
            caching.fetch(caching.LISTS, "held up", render)
        return found

    monkeypatch.setattr(caching, "look_up", look_up_and_be_held_up)
    answer, source = caching.fetch(caching.LISTS, "held up", render)

    assert (answer.body, source) == (b"an answer", settings.CACHE)
    assert rendered == ["an answer"]

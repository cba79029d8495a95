"""chassis overrides private parts of two dependencies; a change of these parts fails here."""

import hashlib
import inspect

import pytest
from gunicorn.http import wsgi
from kombu.transport import redis, virtual

# The part, the start of the SHA-256 of its source, and what depends on it.
OVERRIDDEN = [
    (wsgi.create, "2c35d4a2dc62", "one_write.py: it must still look up the name wsgi.Response"),
    (
        wsgi.Response,
        "d67f8e6b29d7",
        "one_write.py: each head and each piece must still go through self.sock",
    ),
    (
        redis.Channel._brpop_read,
        "c42518699709",
        "queues.py: JSON must still be decoded in this method",
    ),
    (
        virtual.Transport._deliver,
        "799e242f3ec5",
        "queues.py: it must still get the decoded message",
    ),
]


@pytest.mark.parametrize(("part", "recorded", "check"), OVERRIDDEN)
def test_an_overridden_part_of_a_dependency_is_as_it_was(part, recorded, check):
    source = inspect.getsource(part)

    found = hashlib.sha256(source.encode()).hexdigest()[:12]

    assert found == recorded, f"{part.__qualname__} has changed. Check chassis/{check}."

import base64
import json

import pytest
from celery import Celery
from kombu.transport import get_transport_cls
from kombu.transport.memory import Transport

from chassis import queues


def message(body=b"[[], {}, {}]", **changes):
    """As Celery writes one on Redis."""
    envelope = {
        "body": base64.b64encode(body).decode(),
        "content-type": "application/json",
        "headers": {"task": "core.run_job", "id": "1"},
        "properties": {"delivery_tag": "2", "body_encoding": "base64"},
    }
    return envelope | changes


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_messages_are_checked_with_and_without_tls(scheme):
    queues.celery_settings("core", routes={})

    assert get_transport_cls(scheme) is queues.Transport


def test_what_celery_sends_is_a_task(monkeypatch):
    sent = []
    monkeypatch.setattr(
        Transport.Channel, "_put", lambda self, queue, message, **_: sent.append(message)
    )
    with Celery(broker="memory://").connection_for_write() as connection:
        Celery().send_task("core.run_job", args=["an id"], connection=connection)

    assert queues.is_task(json.loads(json.dumps(sent[0])))


@pytest.mark.parametrize(
    "malformed",
    [
        ["no", "envelope"],
        "a text",
        None,
        {},
        message(body=b"{no JSON"),
        message(body=b"\xff"),
        message(body=b'"a text"'),
        message(body=b"[]"),
        message(body=b"[{}, {}, {}]"),
        message(body=b"[[], [], {}]"),
        message(body=b"[[], {}, null]"),
        message() | {"body": "no base64"},
        message(headers=None),
        message(headers={"task": "core.run_job"}),
        message(headers={"task": ["a", "list"], "id": "1"}),
        message(properties={}),
        message(**{"content-type": "application/x-python-serialize"}),
    ],
)
def test_anything_else_is_malformed(malformed):
    assert queues.is_task(message())
    assert not queues.is_task(malformed)

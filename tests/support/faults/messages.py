"""Faults of messages: malformed ones, events twice and in the wrong order, a second relay."""

import base64
import json
import signal
import subprocess
import time
import uuid
from contextlib import contextmanager

from celery import Celery

from lab.polling import wait_until
from lab.stack import audit, desired, environment, faults, processes
from lab.stack.home import ROOT
from tests.support.faults.processes import killed, server

MALFORMED = 4  # of the messages below; Celery itself drops the fifth
READERS = {"long": "worker-1", "analytics": "recorder-1", "relay": "relay"}


@contextmanager
def malformed_messages(laptop):
    """The process that reads a queue logs and drops malformed messages, and lives."""
    before = laptop.processes()
    logs = {name: laptop.home.log(name).stat().st_size for name in READERS.values()}
    for queue in READERS:
        for message in garbage(queue):
            server(laptop, "broker").lpush(queue, message)
    yield
    for queue, name in READERS.items():
        assert wait_until(
            lambda queue=queue: not server(laptop, "broker").llen(queue), seconds=30
        ), queue
        assert laptop.processes()[name] == before[name], f"{name} did not survive"
        with open(laptop.home.log(name)) as log:
            log.seek(logs[name])
            assert log.read().count("Dropped a malformed message") == MALFORMED


def garbage(queue):
    """Malformed messages for a queue."""
    yield "{this is no JSON"
    yield json.dumps(["an envelope", "is no list"])
    yield envelope(queue, "core.no_such_task", b"[[], {}, {}]")
    yield envelope(queue, "core.run_job", b"{neither is this")
    yield envelope(queue, "core.run_job", b'"a text and no arguments"')


def envelope(queue, task, body):
    """A message as Celery writes it on Redis, around any body."""
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {"task": task, "id": str(uuid.uuid4()), "lang": "py"},
            "properties": {
                "body_encoding": "base64",
                "delivery_info": {"exchange": "", "routing_key": queue},
                "delivery_tag": str(uuid.uuid4()),
            },
        }
    )


@contextmanager
def events_doubled_and_reversed(laptop, orders=30):
    """Events arrive twice and newest first, without the relay, which then sends them too."""
    faults.kill(laptop.home, "relay")
    waiting = (
        "SELECT payload FROM orders_outboxevent WHERE acknowledged IS NULL ORDER BY created DESC"
    )
    assert wait_until(lambda: len(laptop.sql("core", waiting)) >= orders, seconds=60)
    payloads = [payload for (payload,) in laptop.sql("core", waiting)]
    with Celery(broker=environment.redis_url(laptop.home, "broker")) as sender:
        for payload in payloads * 2:
            sender.send_task("analytics.record_order_placed", args=[payload], queue="analytics")
    yield
    assert wait_until(lambda: not server(laptop, "broker").llen("analytics"), seconds=30)
    faults.start(laptop.home, "relay")


@contextmanager
def two_relays(laptop):
    """A second relay runs beside the first; at the end it sends all events alone."""
    home = laptop.home
    variables = environment.of_process(home, desired.load(home), "relay")
    with open(home.log("relay-second"), "w") as log:
        second = subprocess.Popen(
            processes.command(home, "relay"), env=variables, cwd=ROOT, stdout=log, stderr=log
        )
    try:
        yield
        with killed(laptop, "relay"):
            left = audit.EVENTS.left, time.time()
            assert wait_until(lambda: laptop.sql("core", *left) == [(0,)], seconds=30), (
                second.poll()
            )
    finally:
        second.send_signal(signal.SIGTERM)
        second.wait(timeout=20)

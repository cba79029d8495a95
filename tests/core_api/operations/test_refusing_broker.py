"""The broker answers, and refuses: whoever uses it waits, and works on afterwards."""

import os
import shutil
import subprocess
import sys
import threading
import time

import pytest
from django.db import connections

from core_api.operations import relay
from core_api.orders.models import OutboxEvent
from lab.polling import wait_until
from lab.stack.home import ROOT
from tests.support import refusals
from tests.support.redis_server import Server

pytestmark = pytest.mark.slow

SECONDS = 3  # for which the broker refuses
ALL = [refusal.error for refusal in refusals.REFUSALS]


@pytest.fixture
def broker(tmp_path):
    server = Server(tmp_path / "broker")
    server.start()
    shutil.rmtree(server.folder)  # so that it cannot save
    yield server
    server.end()


@pytest.fixture
def refused(broker):
    """Let the broker refuse for each reason in turn; the reasons after which `works()` is true."""

    def through_all(start, works):
        passed = []
        for refusal in refusals.REFUSALS:
            refusals.begin(broker.client, refusal)
            if refusal.error == ALL[0]:
                start()  # the first refusal is there from the start
            time.sleep(SECONDS)
            refusals.end(broker.client, refusal)
            if not works():
                break
            passed.append(refusal.error)
        return passed

    return through_all


@pytest.mark.django_db(transaction=True)
def test_the_relay_delivers_when_the_broker_takes_messages_again(
    broker, refused, settings, monkeypatch
):
    settings.ANALYTICS = "events"
    url = f"redis://127.0.0.1:{broker.port}/0"
    monkeypatch.setattr(relay.app.conf, "broker_write_url", url)
    stopping = threading.Event()

    def run():
        relay.run(stopping)
        connections.close_all()

    relaying = threading.Thread(target=run)

    def delivers():
        assert relaying.is_alive()
        OutboxEvent.objects.create(kind="order_placed", payload={"lines": []})
        return wait_until(lambda: broker.client.lpop("analytics"), seconds=10)

    try:
        passed = refused(relaying.start, delivers)
    finally:
        stopping.set()
        relaying.join()

    assert passed == ALL


def test_a_worker_reads_when_the_broker_gives_messages_again(broker, refused, tmp_path):
    command = [sys.executable, "-m", "celery", "-A", "core_api", "worker", "-Q", "long"]
    command += ["--concurrency", "1", "--hostname", "refused@test"]
    variables = os.environ | {"BROKER_URL": f"redis://127.0.0.1:{broker.port}/0"}
    log, worker = tmp_path / "log", None

    def start():
        nonlocal worker
        with open(log, "w") as output:
            worker = subprocess.Popen(
                command, env=variables, cwd=ROOT, stdout=output, stderr=output
            )
        assert wait_until(lambda: ALL[0] in log.read_text() or worker.poll(), seconds=20)

    def reads():
        broker.client.lpush("long", "{no message, which it drops")
        return worker.poll() is None and wait_until(
            lambda: not broker.client.llen("long"), seconds=20
        )

    try:
        assert refused(start, reads) == ALL, log.read_text()[-3000:]
    finally:
        worker.terminate()
        worker.wait(timeout=20)

"""What an instance writes to its log, a pipe, and what happens when nobody reads that."""

import os
import subprocess
import sys

import pytest
import requests

from lab.polling import wait_until
from lab.stack.home import ROOT
from lab.stack.ports import free_port

PIPE = 64 * 1024  # bytes that a pipe holds on Linux


class Instance:
    def __init__(self):
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "core_api.wsgi"],
            env=os.environ | {"BIND": address, "ALLOWED_HOSTS": "127.0.0.1", "DEBUG": "on"},
            cwd=ROOT,
            stderr=subprocess.PIPE,
        )

    def status(self, path, method="GET"):
        try:
            return requests.request(method, self.url + path, timeout=3).status_code
        except requests.ConnectionError:
            return None

    def end(self):
        """Ends it; what it logged and nobody has read."""
        self.process.terminate()
        return self.process.communicate(timeout=20)[1].decode()


@pytest.fixture
def instance():
    instance = Instance()
    assert wait_until(lambda: instance.status("/health/ready") == 200, seconds=20)
    yield instance
    instance.process.kill()


def test_an_instance_answers_when_nobody_reads_its_log(instance):
    page = f"/{'no-such-page-' * 100}"  # each answer logs a line with the address

    assert {instance.status(page) for _ in range(2 * PIPE // len(page))} == {404}


def test_a_head_request_logs_nothing(instance):
    assert instance.status("/health/ready", "HEAD") == instance.status("/api/docs/", "HEAD") == 200

    assert "HEAD" not in instance.end()

import os
import subprocess
import sys

import requests

from lab.polling import wait_until
from lab.stack.home import ROOT
from lab.stack.ports import free_port

PIPE = 64 * 1024  # bytes that a pipe holds on Linux


def test_an_instance_answers_when_nobody_reads_its_log():
    address = f"127.0.0.1:{free_port()}"
    instance = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "core_api.wsgi"],
        env=os.environ | {"BIND": address, "ALLOWED_HOSTS": "127.0.0.1", "DEBUG": "on"},
        cwd=ROOT,
        stderr=subprocess.PIPE,
    )

    def status(path):
        try:
            return requests.get(f"http://{address}{path}", timeout=3).status_code
        except requests.ConnectionError:
            return None

    try:
        assert wait_until(lambda: status("/health/ready") == 200, seconds=20)
        page = f"/{'no-such-page-' * 100}"  # each answer logs a line with the address

        assert {status(page) for _ in range(2 * PIPE // len(page))} == {404}
    finally:
        instance.kill()
        instance.wait()

"""What the settings of Gunicorn do to requests, in a real Gunicorn."""

import os
import subprocess
import sys

import pytest
import requests

from lab.polling import wait_until
from lab.stack.home import ROOT
from lab.stack.ports import free_port

APPLICATION = """
def application(environ, start_response):
    start_response("200 OK", [])
    return [f"{environ['SCRIPT_NAME']} {environ['PATH_INFO']}".encode()]
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("application")
    (folder / "echo.py").write_text(APPLICATION)
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "gunicorn", "--pythonpath", str(folder), "echo"]
    process = subprocess.Popen(command, env=os.environ | {"BIND": address}, cwd=ROOT)
    assert wait_until(lambda: answers(f"http://{address}/"), seconds=20)
    yield f"http://{address}/api/"
    process.terminate()
    process.wait(timeout=20)


def answers(url):
    try:
        return requests.get(url, timeout=3).ok
    except requests.ConnectionError:
        return False


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "script_name", "PATH_INFO", "Path_Info"])
@pytest.mark.parametrize("value", ["/x", "/api", "/", "", "/admin/", "\xff"])
def test_no_header_of_a_client_changes_the_path(url, name, value):
    answer = requests.get(url, headers={name: value.encode("latin-1")}, timeout=3)

    assert (answer.status_code, answer.text) == (200, " /api/")

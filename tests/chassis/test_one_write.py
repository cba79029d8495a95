import os
import socket
import subprocess
import urllib.request
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from chassis.env import ROOT
from chassis.one_write import OneWriteResponse
from lab.polling import wait_until
from lab.stack import processes
from lab.stack.home import Home
from lab.stack.ports import free_base

PROBE = """
from gunicorn.http import wsgi

def app(environ, start):
    name = wsgi.Response.__name__.encode()
    start("200 OK", [("Content-Length", str(len(name)))])
    return [name]
"""


class Recorder:
    """The far end of a connection: every write, as it was made."""

    def __init__(self):
        self.writes = []

    def sendall(self, data):
        self.writes.append(bytes(data))


@pytest.fixture
def wire():
    return Recorder()


def respond(wire, pieces, *headers, method="GET"):
    request = SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False)
    response = OneWriteResponse(request, wire, Config())
    response.start_response("200 OK", list(headers))
    for piece in pieces:
        response.write(piece)
    response.close()


def test_head_and_body_leave_in_one_write(wire):
    respond(wire, [b"hello"], ("Content-Length", "5"))

    assert len(wire.writes) == 1
    assert wire.writes[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert wire.writes[0].endswith(b"\r\n\r\nhello")


def test_a_head_alone_leaves_when_the_answer_ends(wire):
    respond(wire, [], ("Content-Length", "0"), method="HEAD")

    assert len(wire.writes) == 1
    assert wire.writes[0].endswith(b"\r\n\r\n")


def test_a_streamed_answer_arrives_piece_by_piece_and_whole(wire):
    respond(wire, [b"one", b"two", b"three"])

    assert b"".join(wire.writes).endswith(
        b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n"
    )
    assert len(wire.writes) == 4


@pytest.mark.parametrize("instance", ["core-1", "analytics-1"])
def test_both_services_are_started_with_it(instance, tmp_path):
    home = Home(tmp_path, free_base())
    port = home.port(instance)
    (tmp_path / "probe.py").write_text(PROBE)
    *gunicorn, _ = processes.command(home, instance)
    server = subprocess.Popen(
        [*gunicorn, "--pythonpath", str(tmp_path), "probe:app"],
        cwd=ROOT,
        env=os.environ | {"BIND": f"127.0.0.1:{port}"},
        stderr=subprocess.DEVNULL,
    )
    try:
        assert wait_until(lambda: listens(port), seconds=30)
        answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).read()
    finally:
        server.terminate()
        server.wait(timeout=30)
    assert answer == b"OneWriteResponse"


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0

"""Whether processes answer, asked while the caller's shell names a proxy that does not."""

import importlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lab.stack import credentials, haproxy, readiness

PROXIES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"# pxname,svname\n")

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(home, monkeypatch):
    for name in PROXIES:
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "localhost")
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(home, "port", lambda name: server.server_port)
        yield server
        server.shutdown()


def test_an_instance_is_not_asked_through_a_proxy(home, server):
    importlib.reload(readiness)  # a new process: urllib may read the variables only once

    assert readiness.is_ready(home, "core-1")


def test_the_statistics_are_not_read_through_a_proxy(home, server):
    credentials.load(home)

    assert not haproxy.read_statistics(home).failed

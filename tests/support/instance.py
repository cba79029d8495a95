"""A stand-in for an instance: it answers with what it received, and can be made to misbehave.

`python instance.py NAME PORT FOLDER`. All instances of a test share FOLDER. Each request adds a
line to its file `attempts`. A file `break...` or `silence...` there makes one instance close the
connection or not answer; the instance that removes the file does it, once. A file `busy` has the
milliseconds by which health checks are delayed.
"""

import contextlib
import json
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

NAME, PORT, FOLDER = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])


def first_to_remove(name):
    for path in FOLDER.glob(f"{name}*"):
        with contextlib.suppress(FileNotFoundError):  # another instance was first
            path.unlink()
            return True
    return False


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave in one piece, so that a kill never cuts an answer in two
    disable_nagle_algorithm = True

    def answer(self):
        if self.path == "/health/ready":
            with contextlib.suppress(FileNotFoundError):
                time.sleep(int((FOLDER / "busy").read_text()) / 1000)
            return self.send(b"{}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with open(FOLDER / "attempts", "a") as attempts:
            attempts.write(f"{NAME} {self.command} {self.path}\n")
        if first_to_remove("break"):
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return None
        if first_to_remove("silence"):
            time.sleep(60)
        query = parse_qs(urlsplit(self.path).query)
        time.sleep(int(query.get("ms", ["0"])[0]) / 1000)
        received = {
            "instance": NAME,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body_bytes": len(body),
            "moment": time.monotonic(),
        }
        return self.send(json.dumps(received).encode(), query)

    do_GET = do_HEAD = do_OPTIONS = do_POST = do_PATCH = do_PUT = do_DELETE = answer

    def send(self, body, query=None):
        self.send_response(200)
        self.send_header("Content-Type", (query or {}).get("type", ["application/json"])[0])
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Vary", "Accept")
        self.send_header("X-Served-By", NAME)
        self.send_header("X-Cache", "miss")
        self.send_header("Server-Timing", "app;dur=1")
        self.send_header("X-Request-ID", "set-by-the-instance")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


Server(("127.0.0.1", PORT), Handler).serve_forever()

"""The real HAProxy with the real haproxy.cfg, in front of stand-in instances, on free ports."""

import base64
import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from lab.stack import ports

HERE = Path(__file__).parent
CONFIGURATION = HERE.parents[1] / "haproxy" / "haproxy.cfg"
PASSWORD = "a-password-for-tests"


def free_ports(count):
    """So many different ports that are free now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def free_prefix(prefixes):
    """A prefix (a port without its last digit) whose ten ports are free, and a claim on them.

    The claim is a socket on the port that ends with 0: no other edge gets this prefix before the
    claim is closed.
    """
    for prefix in random.sample(prefixes, len(prefixes)):
        claim = socket.socket()
        with contextlib.suppress(OSError):
            claim.bind(("127.0.0.1", prefix * 10))
            if all(ports.is_free(prefix * 10 + last) for last in range(1, 10)):
                return str(prefix), claim
        claim.close()
    raise AssertionError("no ten ports in a row are free")


def until(condition, what, seconds=10):
    """The condition's first true value; an AssertionError about `what` after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if value := condition():
                return value
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {seconds} s")


class Answer:
    """What a client got: status, headers, body (bytes), and after how many seconds."""

    def __init__(self, response, started):
        self.status, self.headers, self.body = response.status, response.headers, response.read()
        self.seconds = time.monotonic() - started
        self.closes = response.will_close

    def json(self):
        return json.loads(self.body)


class Edge:
    """HAProxy and its stand-in instances; `stop` ends what `start` began."""

    def __init__(self, folder, core=2, analytics=1, **environment):
        self.folder, self.processes = Path(folder), {}
        self.socket_path = self.folder / "admin.sock"
        self.state_file = self.folder / "servers.state"
        # Above the ports of whole systems, and below those of outgoing connections.
        found = {service: free_prefix(range(3000, 3270)) for service in ("core", "analytics")}
        self.ports = {service: prefix for service, (prefix, _) in found.items()}
        self.claims = [claim for _, claim in found.values()]
        self.front, self.stats = (int(f"{prefix}9") for prefix in self.ports.values())
        self.names = [f"core-{n + 1}" for n in range(core)] + [
            f"analytics-{n + 1}" for n in range(analytics)
        ]
        self.environment = {
            "PATH": os.environ["PATH"],
            "FRONT_BIND": f"127.0.0.1:{self.front}",
            "STATS_BIND": f"127.0.0.1:{self.stats}",
            "STATS_PASSWORD": PASSWORD,
            "ADMIN_SOCKET": str(self.socket_path),
            "STATE_FILE": str(self.state_file),
            "CORE_PORTS": self.ports["core"],
            "ANALYTICS_PORTS": self.ports["analytics"],
            **environment,
        }

    def start(self):
        for name in self.names:
            self.start_instance(name)
        self.start_haproxy()
        until(lambda: self.settled(self.names), "instances up")

    def stop(self):
        for name in list(self.processes):
            self.kill(name)
        for claim in self.claims:
            claim.close()

    def start_haproxy(self):
        log = open(self.folder / "haproxy.log", "ab")  # noqa: SIM115 (the process keeps it)
        command = ["haproxy", "-db", "-f", str(CONFIGURATION)]
        self.processes["haproxy"] = subprocess.Popen(
            command, env=self.environment, stdout=log, stderr=log
        )
        log.close()
        until(lambda: self.command("show info"), f"haproxy, see {self.folder}/haproxy.log")

    def start_instance(self, name):
        kind, _, number = name.partition("-")
        command = [
            sys.executable,
            str(HERE / "instance.py"),
            name,
            self.ports[kind] + number,
            str(self.folder),
        ]
        self.processes[name] = subprocess.Popen(command)

    def kill(self, name, number=signal.SIGKILL):
        process = self.processes[name]
        process.send_signal(number)
        if number == signal.SIGKILL:
            process.wait()
            del self.processes[name]

    def command(self, text):
        """The answer of HAProxy's admin socket to a command."""
        with socket.socket(socket.AF_UNIX) as admin:
            admin.settimeout(5)
            admin.connect(str(self.socket_path))
            admin.sendall(text.encode() + b"\n")
            return b"".join(iter(lambda: admin.recv(65536), b"")).decode()

    def states(self):
        """{(backend, server): status} as HAProxy's statistics give it, e.g. UP, DOWN, MAINT,
        DRAIN."""
        lines = [line.split(",") for line in self.command("show stat -1 4 -1").splitlines() if line]
        status = lines[0].index("status")
        return {(line[0], line[1]): line[status] for line in lines[1:]}

    def settled(self, alive):
        """True when HAProxy has found exactly these instances alive."""
        return {
            server for (_, server), status in self.states().items() if status.startswith("UP")
        } == set(alive)

    def connect(self, timeout=10):
        return http.client.HTTPConnection("127.0.0.1", self.front, timeout=timeout)

    def ask(self, method, path, body=None, headers=None, connection=None):
        """Sends one request, on a new connection unless one is given, and never twice."""
        started = time.monotonic()
        with (
            contextlib.closing(connection or self.connect())
            if connection is None
            else contextlib.nullcontext()
        ):
            connection = connection or self.connect()
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse(), started)

    def get(self, path, **headers):
        return self.ask(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def talk(self, data, seconds=10):
        """Sends raw bytes and returns all that comes back until HAProxy closes."""
        with socket.create_connection(("127.0.0.1", self.front), timeout=seconds) as raw:
            raw.sendall(data)
            return b"".join(iter(lambda: raw.recv(65536), b""))

    def attempts(self, mark):
        """[[instance, method, path]] of each request that reached an instance with `mark` in it."""
        file = self.folder / "attempts"
        return (
            [line.split() for line in file.read_text().splitlines() if mark in line]
            if file.exists()
            else []
        )


def assert_is_a_problem(answer, status):
    """Checks that an answer is an error of this status, as a problem document (RFC 9457)."""
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "request_id"}
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert all(problem.values())


def statistics_page(edge, path, user="stats", password=PASSWORD):
    """(status, text) of an address on HAProxy's statistics port."""
    request = urllib.request.Request(f"http://127.0.0.1:{edge.stats}{path}")
    if user:
        request.add_header(
            "Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        )
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()

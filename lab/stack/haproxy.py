"""HAProxy: its runtime API, its statistics, its log, and a check of its configuration.

An instance may belong to several backends (short and long requests). Each of these functions covers
all of them.
"""

import csv
import logging
import re
import resource
import socket
import subprocess
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from haproxystats import HAProxyServer

from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import credentials, environment, processes, programs
from lab.stack.desired import DesiredState, all_names, kind
from lab.stack.home import Home, write_private

OPEN_FILES = 4042  # with the `maxconn` of haproxy.cfg: two for each client, and some more
# In a line of the log; + means that the last attempt went to another instance.
RETRIES = re.compile(r"^(\S+) .* retries=\+?(\d+) ")

# The library logs each failed poll as an error on stderr; here the caller looks at `failed`.
logging.getLogger("haproxystats").setLevel(logging.CRITICAL)


class HAProxy:
    """The running HAProxy of one home, through its admin socket.

    Every method but is_answering() raises Failure when HAProxy does not answer.
    """

    def __init__(self, home: Home) -> None:
        self.home = home

    def command(self, text: str) -> str:
        """Send a command of the runtime API and return the answer."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(3)
                connection.connect(str(self.home.haproxy_socket))
                connection.sendall(f"{text}\n".encode())
                return b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        except OSError as error:
            raise Failure(f"HAProxy does not answer ({error})", "./escala start haproxy") from error

    def is_answering(self) -> bool:
        """Return whether HAProxy answers a command."""
        try:
            return "Uptime_sec" in self.command("show info")
        except Failure:
            return False

    def servers(self, name: str | None = None) -> list[dict[str, str]]:
        """Return the rows of `show stat` for one instance, or for all: one row for each backend."""
        rows = csv.DictReader(self.command("show stat").lstrip("# ").splitlines())
        return [
            row
            for row in rows
            if row["svname"] == name or (name is None and row["svname"] in all_names())
        ]

    def open(self, names: Iterable[str]) -> None:
        """Let requests go to each of the instances as soon as its health checks pass."""
        for name in names:
            self._set_state(name, "ready")
        self.save_server_state()

    def enable(self, names: Collection[str], *, seconds: float = 30) -> None:
        """Let requests go to the instances; return when their health checks pass."""
        self.open(names)
        if not wait_until(lambda: self.are_up(names), seconds=seconds):
            missing = ", ".join(name for name in names if not self.are_up([name]))
            raise Failure(
                f"HAProxy's health check of {missing} did not pass within {seconds} s",
                "./escala status; ./escala logs haproxy",
            )
        self.save_server_state()

    def are_up(self, names: Iterable[str]) -> bool:
        """Return whether HAProxy sends requests to all of these instances."""
        return all(
            row["status"] in ("UP", "no check") for name in names for row in self.servers(name)
        )

    def drain(self, name: str, *, seconds: float = 20) -> None:
        """Send no new requests to the instance; wait until it has answered those it has."""
        self._set_state(name, "maint")
        self.save_server_state()
        wait_until(
            lambda: not any(int(row["scur"]) for row in self.servers(name)),
            seconds=seconds,
            every=0.05,
        )

    def close_other_slots(self, instances: Iterable[str]) -> None:
        """Put the slots without an instance in maintenance, so that they do not show as failed."""
        for name in {row["svname"] for row in self.servers()} - set(instances):
            self._set_state(name, "maint")
        self.save_server_state()

    def save_server_state(self) -> None:
        """Write which servers are closed to the file that HAProxy reads when it starts."""
        states = [(row["svname"], row["status"]) for row in self.servers()]
        write_state(self.home, {name for name, state in states if state.startswith("MAINT")})

    def _set_state(self, name: str, state: str) -> None:
        for row in self.servers(name):
            answer = self.command(f"set server {row['pxname']}/{name} state {state}").strip()
            if answer:
                raise Failure(
                    f"HAProxy refused the state {state} for {name}: {answer}",
                    "./escala logs haproxy",
                )


# A line of HAProxy's state file. After the address: 2 = it runs, 1 = in maintenance. What HAProxy
# itself would write has 0 for the first one: then it reports the server as DOWN when it starts.
CLOSED = "0 {backend} 0 {name} 127.0.0.1 2 1 1 1 0 1 0 0 0 0 0 0 - {port} - 0 0 - - 0\n"
BACKENDS = {"core": ("core", "core_long"), "analytics": ("analytics",)}


def write_first_state(home: Home, state: DesiredState) -> None:
    """Write a state file in which the slots without an instance are closed.

    Otherwise HAProxy checks them when it starts, and reports each of them as failed.
    """
    write_state(home, set(all_names()) - set(state.names()))


def write_state(home: Home, closed: Collection[str]) -> None:
    """Write a state file in which these slots are closed; HAProxy checks the others anew."""
    lines = [
        CLOSED.format(backend=backend, name=name, port=home.port(name))
        for name in sorted(closed)
        for backend in BACKENDS.get(kind(name), ())
    ]
    write_private(home.server_state, "".join(["1\n", *lines]))


class Stats(HAProxyServer):
    """haproxy-stats 1.5, made to recover after an outage and to accept commas in quoted fields."""

    def update(self) -> None:
        """Poll again; `failed` is true when HAProxy did not answer."""
        self.failed = False  # the library never resets it, and then returns nothing any more
        self._session.trust_env = False  # not through the proxy that the caller's shell may name
        super().update()

    def _fetch(self) -> str:
        rows = csv.reader(super()._fetch().splitlines())
        return "\n".join(",".join(field.replace(",", ";") for field in row) for row in rows)


def read_statistics(home: Home, *, timeout: float = 2) -> Stats:
    """Poll the statistics now and return them; `failed` is true when HAProxy did not answer."""
    password = credentials.load(home)["STATS_PASSWORD"]
    return Stats(
        f"127.0.0.1:{home.port('stats')}", user="stats", password=password, timeout=timeout
    )


def instances(stats: Stats) -> list[dict[str, Any]]:
    """Return {name, state, requests} for each instance; requests are the sum over its backends."""
    found: dict[str, dict[str, Any]] = {}
    for listener in stats.listeners:
        if listener.svname not in all_names():
            continue
        # `UP 1/2` is up: one check failed, and a second failure would take the instance out.
        state = listener.status.split()[0]
        row = found.setdefault(
            listener.svname, {"name": listener.svname, "state": state, "requests": 0}
        )
        row["requests"] += listener.stot or 0
    return list(found.values())


def second_attempts(log: Path) -> Iterator[tuple[str, int]]:
    """Yield (request id, number of retries) for each request that HAProxy sent more than once.

    Read at least the last 10 MB of the log. HAProxy writes a line shortly after the answer.
    """
    for path in (log.with_name(f"{log.name}.1"), log):  # the older half first
        for line in path.read_text(errors="replace").splitlines() if path.exists() else ():
            if (found := RETRIES.search(line)) and found[2] != "0":
                yield found[1], int(found[2])


def check_configuration(home: Home, state: DesiredState) -> None:
    """Raise Failure, with HAProxy's own messages, when HAProxy would not start with this state."""
    _check_open_files()
    variables = environment.of_process(home, state, "haproxy")
    if not home.server_state.exists():
        write_private(home.server_state, "1\n")
    command = [programs.find("haproxy", "haproxy"), "-c", "-f", str(processes.HAPROXY_CONFIG)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    if done.returncode:
        home.log("haproxy").write_text(done.stdout + done.stderr)
        raise Failure(
            "HAProxy rejected its configuration",
            "correct haproxy/haproxy.cfg as the lines above say",
            log=home.log("haproxy"),
        )


def _check_open_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < OPEN_FILES:
        raise Failure(
            f"a process may open {most} files here, and HAProxy needs {OPEN_FILES} for its clients",
            f"ulimit -n {OPEN_FILES}, in a shell whose limit is higher (ulimit -Hn shows it)",
        )

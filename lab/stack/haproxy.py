"""HAPROXY's runtime socket: which instances take requests, and draining one before it is stopped.

An instance may stand in several backends (short and long requests); each of these functions treats
all of them.
"""

import csv
import logging
import re
import socket
import subprocess

from haproxystats import HAProxyServer

from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import credentials, environment, processes, programs
from lab.stack.desired import all_names
from lab.stack.home import write_private

RETRIES = re.compile(
    r"^(\S+) .* retries=\+?(\d+) "
)  # + says that the last attempt went to another instance


def second_attempts(log):
    """(id of a request, how often it was sent again) for each request that needed that, from
    HAProxy's log.

    From its last 10 MB at least; the line of a request comes a moment after its answer.
    """
    for path in (log.with_name(f"{log.name}.1"), log):  # the older half first
        for line in path.read_text(errors="replace").splitlines() if path.exists() else ():
            if (found := RETRIES.search(line)) and found[2] != "0":
                yield found[1], int(found[2])


class HAProxy:
    """The running HAProxy of one home; every method but answers() needs it to be alive."""

    def __init__(self, home):
        self.home = home

    def ask(self, command):
        """What HAProxy answers to a command of its runtime API."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(3)
                connection.connect(str(self.home.haproxy_socket))
                connection.sendall(f"{command}\n".encode())
                return b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        except OSError as error:
            raise Failure(f"HAProxy does not answer ({error})", "./escala start haproxy") from error

    def answers(self):
        try:
            return "Uptime_sec" in self.ask("show info")
        except Failure:
            return False

    def servers(self, name=None):
        """The rows of `show stat` for one instance, or for all of them: one for each backend it
        stands in."""
        rows = csv.DictReader(self.ask("show stat").lstrip("# ").splitlines())
        return [
            row
            for row in rows
            if row["svname"] == name or (name is None and row["svname"] in all_names())
        ]

    def enable(self, names, *, seconds=30):
        """Lets requests go to the instances; returns when HAProxy has found all of them healthy."""
        for name in names:
            self._set_state(name, "ready")
        if not wait_until(lambda: self.sees_up(names), seconds=seconds):
            missing = ", ".join(name for name in names if not self.sees_up([name]))
            raise Failure(
                f"HAProxy does not see {missing} healthy", "./escala status; ./escala logs haproxy"
            )
        self.remember()

    def sees_up(self, names):
        return all(
            row["status"] in ("UP", "no check") for name in names for row in self.servers(name)
        )

    def drain(self, name, *, seconds=20):
        """Sends no more requests to the instance, and waits for those that it is answering."""
        self._set_state(name, "maint")
        self.remember()
        wait_until(
            lambda: not any(int(row["scur"]) for row in self.servers(name)),
            seconds=seconds,
            every=0.05,
        )

    def close_other_slots(self, instances):
        """Marks the places without an instance as closed on purpose, so that they do not look like
        failures."""
        for name in {row["svname"] for row in self.servers()} - set(instances):
            self._set_state(name, "maint")
        self.remember()

    def remember(self):
        """Writes the state of all servers to the file that HAProxy reads when it starts again."""
        write_private(self.home.server_state, self.ask("show servers state"))

    def _set_state(self, name, state):
        for row in self.servers(name):
            answer = self.ask(f"set server {row['pxname']}/{name} state {state}").strip()
            if answer:
                raise Failure(
                    f"HAProxy refused {state} for {name}: {answer}", "./escala logs haproxy"
                )


def check_configuration(home, wanted):
    """Refuses a configuration that HAProxy would not start with, in HAProxy's own words."""
    variables = environment.of_process(home, wanted, "haproxy")
    if not home.server_state.exists():
        write_private(home.server_state, "1\n")
    command = [programs.find("haproxy", "haproxy"), "-c", "-f", str(processes.HAPROXY_CONFIG)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    if done.returncode:
        home.log("haproxy").write_text(done.stdout + done.stderr)
        raise Failure(
            "HAProxy refuses its configuration",
            "correct haproxy/haproxy.cfg",
            log=home.log("haproxy"),
        )


# The library reports each failed poll as an error on stderr; here the caller sees `failed`.
logging.getLogger("haproxystats").setLevel(logging.CRITICAL)


class Stats(HAProxyServer):
    """haproxy-stats 1.5 that recovers after an outage and survives commas inside quoted fields."""

    def update(self):
        self.failed = False  # the library never takes it back, and returns nothing for ever after
        super().update()

    def _fetch(self):
        rows = csv.reader(super()._fetch().splitlines())
        return "\n".join(",".join(field.replace(",", ";") for field in row) for row in rows)


def read(home, *, timeout=2):
    """The statistics, polled now; `failed` is true when HAProxy did not answer."""
    password = credentials.load(home)["STATS_PASSWORD"]
    return Stats(
        f"127.0.0.1:{home.port('stats')}", user="stats", password=password, timeout=timeout
    )


def instances(stats):
    """[{name, state, requests}] of every instance; requests of all the backends it stands in are
    added up."""
    found = {}
    for listener in stats.listeners:
        if listener.svname not in all_names():
            continue
        state = listener.status.split()[
            0
        ]  # `UP 1/2` is up: one check failed, two would take it out
        row = found.setdefault(
            listener.svname, {"name": listener.svname, "state": state, "requests": 0}
        )
        row["requests"] += listener.stot or 0
    return list(found.values())

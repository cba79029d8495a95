"""PORTS: checked before anything starts, and whoever holds one is named."""

import random
import socket

import psutil

from lab.errors import Failure
from lab.stack.desired import all_names
from lab.stack.home import PORTS, Home


def check(home, names):
    """Refuses to go on when a port that one of these processes needs is taken."""
    wanted = {home.port(name): name for name in names if home.port(name)}
    if "haproxy" in names:
        wanted[home.port("stats")] = "HAProxy's statistics"
    for port, name in wanted.items():
        if not is_free(port):
            raise Failure(
                f"port {port}, needed by {name}, is taken by {culprit(port)}",
                "stop that program, or use other ports: ESCALA_PORT_BASE=9000 ./escala up",
            )


def is_free(port):
    """Whether a server could listen there now; connections of an earlier one that are fading away
    do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def culprit(port):
    """Who listens on the port: program, pid, and the home when it is another Escala."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:  # macOS shows other processes' connections to root only
        connections = []
    for connection in connections:
        if (
            connection.status == psutil.CONN_LISTEN
            and connection.laddr.port == port
            and connection.pid
        ):
            return _description(connection.pid)
    return "a program of another user"


def free_port():
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_base():
    """A port base whose every port is free now: for a system beside others, as in tests."""
    for base in random.sample(range(10000, 30000, 500), 40):
        home = Home(port_base=base)
        if all(is_free(home.port(name)) for name in [*all_names(), *PORTS] if home.port(name)):
            return base
    raise Failure(
        "no free range of ports was found", "stop some of the programs that listen on this machine"
    )


def _description(pid):
    try:
        process = psutil.Process(pid)
        text = f"{process.name()} (pid {pid})"
        if home := process.environ().get("ESCALA_HOME"):
            return f"{text}, of the Escala in {home}"
        return f"{text}, which works in {process.cwd()}"
    except psutil.Error:
        return f"pid {pid}"

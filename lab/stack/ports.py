"""Ports: check that they are free before anything starts, and name the program that uses one."""

import random
import socket
from collections import deque
from collections.abc import Collection
from pathlib import Path

import psutil

from lab.errors import Failure
from lab.polling import wait_until
from lab.stack.desired import all_names
from lab.stack.home import PORTS, Home

RETRY_SECONDS = 5  # an outgoing connection may end within that time
MOST_CLAIMS = 4
OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")

_claims: deque[socket.socket] = deque()


def check(home: Home, names: Collection[str]) -> None:
    """Raise Failure when a port that one of these processes needs is taken, and stays so."""
    users = {home.port(name): name for name in names if home.has_port(name)}
    if "haproxy" in names:
        users[home.port("stats")] = "HAProxy's statistics"
    wait_until(lambda: all(map(is_free, users)), seconds=RETRY_SECONDS)
    for port, user in users.items():
        if not is_free(port):
            raise Failure(
                f"port {port}, needed by {user}, is taken by {describe_listener(port)}",
                "stop it, or use other ports: ESCALA_PORT_BASE=9000 ./escala up",
            )


def warning(home: Home) -> str | None:
    """Return a warning when the system gives ports of this home to outgoing connections, too."""
    try:
        first, last = map(int, OUTGOING.read_text().split())
    except (OSError, ValueError):  # macOS: from 49152
        first, last = 49152, 65535
    if home.port_base > last or home.port_base + max(PORTS.values()) < first:
        return None
    return (
        f"outgoing connections may take ports {first} to {last}, and this system uses some of them:"
        f" choose an ESCALA_PORT_BASE below {first - 500}"
    )


def is_free(port: int) -> bool:
    """Return whether a server could listen on the port now."""
    with socket.socket() as probe:
        # Closing connections of an earlier server (TIME_WAIT) do not make the port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def describe_listener(port: int) -> str:
    """Return which program uses the port, with its pid and its folder.

    It listens there, or the system has given the port to one of its outgoing connections.
    """
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:  # on macOS only root sees connections of other processes
        connections = []
    users = [each for each in connections if each.laddr.port == port and each.pid]
    for connection in users:
        if connection.status == psutil.CONN_LISTEN:
            return _describe(connection.pid)
    for connection in users:
        return f"an outgoing connection of {_describe(connection.pid)}, which will end"
    return "a program of another user"


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_base() -> int:
    """Return a port base whose ports are all free now, for a system beside others, as in tests.

    No other process gets the same base, until this one has ended or has asked for MOST_CLAIMS more:
    by then the system listens on its ports, or has ended.
    """
    for base in random.sample(range(10000, 30000, 500), 40):
        home = Home(port_base=base)
        names = [name for name in [*all_names(), *PORTS] if home.has_port(name)]
        if all(is_free(home.port(name)) for name in names) and _is_claimed(base):
            return base
    raise Failure(
        "no free range of ports was found", "stop some of the programs that listen on this machine"
    )


def _is_claimed(port: int) -> bool:
    """Take a port that no system uses; return False when another process has it."""
    claim = socket.socket()
    try:
        claim.bind(("127.0.0.1", port))  # without SO_REUSEADDR: only one process can
    except OSError:
        claim.close()
        return False
    if len(_claims) == MOST_CLAIMS:
        _claims.popleft().close()
    _claims.append(claim)
    return True


def _describe(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        text = f"{process.name()} (pid {pid})"
        variables = process.environ()
        # A shell may set ESCALA_HOME too; only processes of a system have ESCALA_PROCESS.
        if "ESCALA_HOME" in variables and "ESCALA_PROCESS" in variables:
            return f"{text}, of the Escala system in {variables['ESCALA_HOME']}"
        return f"{text}, running in {process.cwd()}"
    except psutil.Error:
        return f"pid {pid}"

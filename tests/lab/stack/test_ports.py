import os
import socket
import subprocess
import sys
import threading

import pytest

from lab.errors import Failure
from lab.stack import ports
from lab.stack.home import ROOT, Home


@pytest.fixture
def taken():
    """A port on which this very process listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(ports, "RETRY_SECONDS", 0.3)


def test_a_taken_port_is_named_with_its_culprit_and_a_way_out(monkeypatch, home, taken):
    monkeypatch.setattr(home, "port", {"postgres": taken}.get)

    with pytest.raises(Failure) as refused:
        ports.check(home, ["postgres", "relay"])

    assert str(taken) in refused.value.what
    assert "postgres" in refused.value.what
    assert f"pid {os.getpid()}" in refused.value.what
    assert "ESCALA_PORT_BASE" in refused.value.next_step


def test_a_port_whose_last_connection_is_fading_away_is_free():
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as every server does
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        accepted.close()  # the side that closes first keeps the address in TIME_WAIT
        client.close()

    assert ports.is_free(port)


def test_a_free_base_leaves_room_for_a_whole_system():
    home = Home(port_base=ports.free_base())

    ports.check(home, ["haproxy", "postgres", "cache", "broker", "core-8", "analytics-4"])


CLAIMS = """
import random
from lab.stack import ports
random.sample = lambda bases, count: list(bases)
print(ports.free_base(), flush=True)
input()
"""


def test_two_processes_never_get_the_same_base_before_they_have_started_anything():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    command = [sys.executable, "-c", CLAIMS]
    with (
        subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as first,
        subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as second,
    ):
        bases = [int(process.stdout.readline()) for process in (first, second)]
        for process in (first, second):
            process.stdin.close()

    assert len(set(bases)) == 2


def test_a_process_may_ask_for_more_bases_than_there_are():
    assert len({ports.free_base() for _ in range(100)}) > ports.MOST_CLAIMS


@pytest.mark.parametrize(("process", "is_ours"), [(None, False), ("core-1", True)])
def test_only_a_process_of_a_system_is_called_one(tmp_path, process, is_ours):
    variables = os.environ | {"ESCALA_HOME": str(tmp_path)}  # as a shell may export it
    variables |= {"ESCALA_PROCESS": process} if process else {}
    server = (
        "import socket, time; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen();"
        "print(s.getsockname()[1], flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", server], env=variables, stdout=-1) as child:
        described = ports.describe_listener(int(child.stdout.readline()))
        child.kill()

    assert f"pid {child.pid}" in described
    assert ("Escala system" in described) == is_ours


def test_an_outgoing_connection_on_a_port_is_named_as_one(taken):
    with socket.socket() as client:
        client.bind(("127.0.0.1", 0))
        client.connect(("127.0.0.1", taken))
        described = ports.describe_listener(client.getsockname()[1])

    assert described.startswith("an outgoing connection of ")
    assert f"pid {os.getpid()}" in described


def test_a_port_that_becomes_free_soon_is_waited_for(monkeypatch, home):
    monkeypatch.setattr(ports, "RETRY_SECONDS", 10)
    monkeypatch.setattr(home, "port", {"postgres": free_soon(0.5)}.get)

    ports.check(home, ["postgres"])


def test_an_outgoing_connection_that_stays_is_named(monkeypatch, home, taken):
    with socket.socket() as client:
        client.bind(("127.0.0.1", 0))
        client.connect(("127.0.0.1", taken))
        monkeypatch.setattr(home, "port", {"core-1": client.getsockname()[1]}.get)

        with pytest.raises(Failure, match="core-1, is taken by an outgoing connection of"):
            ports.check(home, ["core-1"])


@pytest.mark.parametrize(
    ("base", "warned"),
    [(8000, False), (32760, True), (32300, False), (40000, True), (61000, False)],
)
def test_a_base_among_the_ports_of_outgoing_connections_is_warned_of(
    tmp_path, monkeypatch, base, warned
):
    monkeypatch.setattr(ports, "OUTGOING", tmp_path / "range")
    ports.OUTGOING.write_text("32768\t60999\n")

    assert bool(ports.warning(Home(tmp_path, base))) == warned


def free_soon(seconds):
    """A port that a connection of this process has taken for so many seconds."""
    server = socket.create_server(("127.0.0.1", 0))
    threading.Timer(seconds, server.close).start()
    return server.getsockname()[1]

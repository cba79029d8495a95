"""docker/healthy.py: who has a connection to the broker is healthy, wherever the broker listens."""

import runpy
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from lab.stack.home import ROOT

HEALTHY = ROOT / "docker" / "healthy.py"


@pytest.fixture(params=["127.0.0.1", "::1"])
def broker(request):
    """A socket that listens, as a broker, at a free port."""
    if not Path("/proc/net/tcp").exists():
        pytest.skip("only Linux lists its connections in /proc, and containers are Linux")
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    try:
        server = socket.create_server((request.param, 0), family=family)
    except OSError as error:
        pytest.skip(f"this machine has no {request.param}: {error}")
    with server:
        yield server


def ask(**variables):
    """What the health check of a container with these variables says."""
    words = [sys.executable, "-IS", HEALTHY, "connected"]
    return subprocess.run(words, env=variables, capture_output=True, text=True, timeout=60)


def port_of(url, monkeypatch):
    monkeypatch.setenv("BROKER_URL", url)
    return runpy.run_path(str(HEALTHY))["broker_port"]()


def test_who_has_a_connection_to_the_port_of_the_broker_is_healthy(broker):
    port = broker.getsockname()[1]
    url = f"redis://:password@broker:{port}/0"
    assert ask(BROKER_URL=url).returncode == 1

    with closing(socket.create_connection(broker.getsockname()[:2])):
        assert ask(BROKER_URL=url).returncode == 0


def test_the_address_of_the_broker_may_be_in_a_file(broker, tmp_path):
    port, file = broker.getsockname()[1], tmp_path / "broker_url"
    file.write_text(f"rediss://:password@broker:{port}/0\n")
    assert ask(BROKER_URL_FILE=str(file)).returncode == 1

    with closing(socket.create_connection(broker.getsockname()[:2])):
        assert ask(BROKER_URL_FILE=str(file)).returncode == 0


def test_a_broker_without_a_port_listens_at_that_of_redis(monkeypatch):
    assert port_of("redis://:password@broker/0", monkeypatch) == 6379
    assert port_of("rediss://broker:7000/0", monkeypatch) == 7000


def test_a_wrong_address_is_one_line_without_the_password():
    said = ask(BROKER_URL="redis://:pass/word@broker:6379/0")

    assert (said.returncode, said.stderr) == (1, "not healthy: BROKER_URL has no valid port\n")

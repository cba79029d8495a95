"""The servers of a benchmark run while they are measured, and end afterwards."""

import os

import pytest

from lab import patches
from lab.bench import servers
from lab.bench.servers import Server, running
from lab.stack import ports
from lab.workload.http_client import request


@pytest.fixture
def server(home, tmp_path):
    body = tmp_path / "page.json"
    body.write_text("{}")
    server = Server(
        home, "bare", "lab.bench.peers.bare", dict(os.environ) | {"BARE_BODY": str(body)}
    )
    yield server
    server.end()


def test_a_server_listens_inside_the_block_and_leaves_nothing_behind(server):
    with running([server]):
        assert not ports.is_free(server.port)

    assert server.process.returncode is not None
    assert ports.is_free(server.port)


def test_an_interrupted_start_leaves_no_server_behind(server, monkeypatch):
    def interrupt(*args, **limits):
        raise KeyboardInterrupt

    monkeypatch.setattr(servers, "wait_until", interrupt)

    with pytest.raises(KeyboardInterrupt), running([server]):
        pytest.fail("it was interrupted before")

    assert server.process.returncode is not None


def test_a_server_runs_the_code_of_its_tree(home, tmp_path):
    tree = tmp_path / "tree"
    patches.copy_tree(tree)
    (tree / "lab_copy.py").write_text(
        "def application(environ, start):\n"
        "    start('200 OK', [('Content-Length', '4')])\n"
        "    return [b'copy']\n"
    )
    server = Server(home, "copy", "lab_copy", dict(os.environ), tree=tree)

    with running([server]):
        assert request(server.port, "GET", "/").body == b"copy"

"""A flood of requests without the token: it is refused, and neither board nor shop minds."""

import asyncio
import itertools
import resource
import socket
import time
from collections import Counter

import psutil
import pytest

from lab.polling import wait_until
from lab.workload import load
from tests.support.board import board_alone
from tests.support.closed_loop import Load

REQUESTS = 10_000
PATIENCE = 20  # seconds
SPARE = 200  # file descriptors of this process for all else


@pytest.fixture
def many_files():
    """Lets this process have so many connections at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = REQUESTS + SPARE
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"at most {hard} open files are allowed here, and {wanted} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def knock(port, token):
    """The status of the answer to one request with a wrong token; None: no answer in time."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET /?token={token} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            status = int((await reader.readline()).split()[1])
            writer.close()
            return status
    except (OSError, IndexError):  # TimeoutError is an OSError
        return None


async def flood(port):
    """{status: number} of so many requests that all begin before the first has its answer."""
    return Counter(await asyncio.gather(*(knock(port, n) for n in range(REQUESTS))))


def test_ten_thousand_requests_at_once_are_refused_unnoticed(watched, many_files):
    viewer = watched.viewer
    acts = len(viewer.snapshot()["acts"])
    reads = load.get("/api/products/?page_size=5")
    with Load(watched.port, reads, clients=2, pause=0.05) as shop:
        shop.wait_for_answers(20)
        began = time.monotonic()
        statuses = asyncio.run(flood(viewer.port))
        seconds = time.monotonic() - began
        shop.wait_for_answers(5)

    print(f"{dict(statuses)} after {seconds:.1f} s")
    assert sum(statuses.values()) == REQUESTS
    assert statuses.keys() <= {403, 429, None}
    assert shop.failures == []
    assert len(viewer.snapshot()["acts"]) == acts
    assert watched.status()["healthy"]


def test_a_board_that_can_open_no_more_files_goes_on_afterwards(tmp_path):
    with board_alone(tmp_path, files=64) as viewer:
        events = viewer.events(30)
        _, _, snapshot = next(events)
        silent = [socket.create_connection(("127.0.0.1", viewer.port)) for _ in range(100)]
        own = psutil.Process(viewer.process.pid)
        assert wait_until(lambda: own.num_fds() == 64, seconds=5)
        # Several ticks are due meanwhile, and each reads a file.
        assert not wait_until(lambda: viewer.process.poll() is not None, seconds=3)
        for connection in silent:
            connection.close()

        numbers = [tick["n"] for _, _, tick in itertools.islice(events, 5)]
        assert numbers == list(range(numbers[0], numbers[0] + 5))
        assert viewer.snapshot()["session"] == snapshot["session"]

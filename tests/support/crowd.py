"""A crowd of clients, a process of its own: it sends a mix of requests and tells of every answer
what came back.

`python -m tests.support.crowd PORT CLIENTS PERIOD SECONDS < mix.json`: each client sends a request
every PERIOD seconds, or as soon as it has its last answer when that comes later; PERIOD 0: without
a pause. The mix is a list of [method, path, headers, body], and UNIQUE in it becomes another word
in each request. Prints a list of {status, headers, seconds, end}; `end` is in seconds after the
start.
"""

import asyncio
import contextlib
import itertools
import json
import random
import sys
import time
import uuid


class Client:
    """One connection, kept for as long as HAProxy keeps it."""

    def __init__(self, port):
        self.port, self.streams = port, None

    async def ask(self, request):
        """(status, headers) of the answer to the bytes of a request; (0, {}) when the connection
        broke."""
        if not self.streams:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        try:
            writer.write(request)
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {
                name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
            }
            await reader.readexactly(int(headers.get("content-length", 0)))
        except (OSError, EOFError):
            first, headers = "HTTP/1.1 0", {"connection": "close"}
        if headers.get("connection") == "close":
            await self.leave()
        return int(first.split()[1]), headers

    async def leave(self):
        if self.streams:
            self.streams[1].close()
            with contextlib.suppress(OSError):
                await self.streams[1].wait_closed()
        self.streams = None


def to_bytes(method, path, headers, body):
    """The request as it is sent, each UNIQUE replaced."""
    headers = {"Host": "localhost", "Content-Length": len(body), **headers}
    lines = [
        f"{method} {path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
        "",
        body,
    ]
    return "\r\n".join(lines).replace("UNIQUE", uuid.uuid4().hex).encode()


async def take_part(client, mix, period, start, seconds, seen):
    """Asks until the time is over; the first request of each client comes at a random moment of the
    first period."""
    due = start + random.random() * period
    for request in itertools.cycle(random.sample(mix, len(mix))):
        await asyncio.sleep(max(0, due - time.monotonic()))
        began = time.monotonic()
        if began - start >= seconds:
            break
        status, headers = await client.ask(to_bytes(*request))
        end = time.monotonic()
        seen.append(
            {"status": status, "headers": headers, "seconds": end - began, "end": end - start}
        )
        due = max(due + period, end)
    await client.leave()


async def crowd(port, clients, period, seconds, mix):
    """Every answer that the clients got."""
    start, seen = time.monotonic(), []
    await asyncio.gather(
        *(take_part(Client(port), mix, period, start, seconds, seen) for _ in range(clients))
    )
    return seen


if __name__ == "__main__":
    port, clients, period, seconds = sys.argv[1:]
    mix = json.load(sys.stdin)
    json.dump(
        asyncio.run(crowd(int(port), int(clients), float(period), float(seconds), mix)), sys.stdout
    )

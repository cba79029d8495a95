"""The load generator: sends each request when it is due, however slow the responses are.

It runs as a process of its own. It reads plans from stdin, one per line:
{"front": address, "requests": [{"at": seconds, "kind", "method", "path", ...}]}.
A plan may have `ip`, the only address to connect to, and `most`, the number of requests that may be
in flight; a request beyond it is not sent and counts as failed. It may have `enough`: {"after":
seconds, "late": seconds, "count": number}. Then no more requests are sent once more than so many of
those that were due after `after` took longer than `late`.

For each plan it prints {"zero": the monotonic second that `at` counts from}, then one line per
request, then {"sent": number}. No request waits for another one. When the system is slow, more
requests are in flight at a time (an open loop).
"""

import asyncio
import gc
import json
import math
import re
import socket
import sys
from collections import deque
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

LEAD_SECONDS = 0.1  # from reading a plan to its zero
TIMEOUT = 10  # seconds until a response counts as missing; longer than the system may take
DATABASE = re.compile(r'db;dur=([\d.]+);desc="(\d+)')


async def send_plan(plan: dict, say: Callable[[dict], None]) -> None:
    """Sends a plan's requests; reports what became of each when all have ended."""
    # A new connection for each request: a kept-alive connection can break for reasons of its own,
    # and the library would then repeat the request without a trace.
    resolver = OneAddress(plan["ip"]) if "ip" in plan else None
    connector = aiohttp.TCPConnector(limit=0, force_close=True, resolver=resolver)
    timeout, no_cookies = aiohttp.ClientTimeout(total=TIMEOUT), aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(
        plan["front"], connector=connector, timeout=timeout, cookie_jar=no_cookies
    ) as session:
        zero = monotonic() + LEAD_SECONDS
        say({"zero": zero})
        tasks: list[asyncio.Task] = []
        in_flight: set[asyncio.Task] = set()
        lateness = Lateness(**plan["enough"]) if "enough" in plan else None
        for request in plan["requests"]:
            if lateness and lateness.is_enough(monotonic() - zero):
                break
            await asyncio.sleep(max(0, zero + request["at"] - monotonic()))
            act = send if len(in_flight) < plan.get("most", math.inf) else refuse
            task = asyncio.create_task(act(session, request, zero))
            in_flight.add(task)
            if lateness:
                lateness.watch(request["at"], task)
            task.add_done_callback(in_flight.discard)
            tasks.append(task)
        for record in await asyncio.gather(*tasks):
            say(record)
    say({"sent": len(tasks)})


class Lateness:
    """Counts the requests that took longer than `late` seconds, while a plan is sent."""

    def __init__(self, after: float, late: float, count: float) -> None:
        self.after, self.late, self.most, self.count = after, late, count, 0
        self.undecided: deque[tuple[float, asyncio.Task]] = deque()

    def watch(self, at: float, task: asyncio.Task) -> None:
        if at >= self.after:
            self.undecided.append((at, task))

    def is_enough(self, now: float) -> bool:
        while self.undecided and self.undecided[0][0] + self.late < now:
            at, task = self.undecided.popleft()
            self.count += not task.done() or task.result()["end"] - at > self.late
        return self.count > self.most


class OneAddress(AbstractResolver):
    """Answers with one address for each name, so that a name cannot lead elsewhere meanwhile."""

    def __init__(self, ip: str) -> None:
        self.ip = ip

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        kind = socket.AF_INET6 if ":" in self.ip else socket.AF_INET
        return [
            ResolveResult(hostname=host, host=self.ip, port=port, family=kind, proto=0, flags=0)
        ]

    async def close(self) -> None:
        pass


async def refuse(session: aiohttp.ClientSession, request: dict, zero: float) -> dict:
    """The record of a request that is not sent, because too many are in flight."""
    now = round(monotonic() - zero, 6)
    record = {"at": request["at"], "start": now, "end": now, "kind": request["kind"]}
    return record | {"status": 0, "error": "TooManyInFlight"}


async def send(session: aiohttp.ClientSession, request: dict, zero: float) -> dict:
    """Sends one request and returns its record; times are seconds since `zero`.

    A request without a response has the status 0. A redirect is not followed. Its `body` is sent as
    JSON; `file` is the path of a body that is sent as it is.
    """
    record = {"at": request["at"], "start": monotonic() - zero, "kind": request["kind"]}
    file = request.get("file")
    try:
        async with session.request(
            request["method"],
            request["path"],
            headers=request.get("headers"),
            json=request.get("body"),
            data=contents(file) if file else None,
            allow_redirects=False,
        ) as response:
            if request.get("keep"):
                record["answer"] = await response.text()
            async for _ in response.content.iter_any():  # a body may be large, or no text at all
                pass
        record |= {"end": monotonic() - zero, "status": response.status}
        record |= from_headers(response.headers)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        record |= {"end": monotonic() - zero, "status": 0, "error": type(error).__name__}
    if "note" in request:
        record["note"] = request["note"]
    return {
        name: round(value, 6) if isinstance(value, float) else value
        for name, value in record.items()
    }


@cache
def contents(path: str) -> bytes:
    return Path(path).read_bytes()


def from_headers(headers: Mapping[str, str]) -> dict:
    """What response headers say: instance, cache, request id, SQL statements and their time."""
    found: dict[str, Any] = {
        "instance": headers.get("X-Served-By"),
        "cache": headers.get("X-Cache"),
        "id": headers.get("X-Request-ID"),
    }
    if database := DATABASE.search(headers.get("Server-Timing", "")):
        found |= {"db_ms": float(database[1]), "queries": int(database[2])}
    return {name: value for name, value in found.items() if value is not None}


def main() -> None:
    """Sends plan after plan until stdin ends."""

    def say(document: dict) -> None:
        print(json.dumps(document), flush="zero" in document or "sent" in document)

    gc.disable()  # a garbage collection during a plan would send its requests late
    for line in sys.stdin:
        asyncio.run(send_plan(json.loads(line), say))
        gc.collect()


if __name__ == "__main__":
    main()

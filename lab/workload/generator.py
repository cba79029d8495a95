"""The load generator: sends each request when it is due, however slow the responses are.

It runs as a process of its own. It reads plans from stdin, one per line:
{"front": address, "requests": [{"at": seconds, "kind", "method", "path", ...}]}.
For each plan it prints {"zero": the monotonic second that `at` counts from}, then one line per
request, then {"sent": number}. No request waits for another one. When the system is slow, more
requests are in flight at a time (an open loop).
"""

import asyncio
import gc
import json
import re
import sys
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import aiohttp

LEAD_SECONDS = 0.1  # from reading a plan to its zero
TIMEOUT = 10  # seconds until a response counts as missing; longer than the system may take
DATABASE = re.compile(r'db;dur=([\d.]+);desc="(\d+)')


async def send_plan(plan: dict, say: Callable[[dict], None]) -> None:
    """Sends a plan's requests; reports what became of each when all have ended."""
    # A new connection for each request: a kept-alive connection can break for reasons of its own,
    # and the library would then repeat the request without a trace.
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(
        plan["front"], connector=connector, timeout=timeout
    ) as session:
        zero = monotonic() + LEAD_SECONDS
        say({"zero": zero})
        in_flight = []
        for request in plan["requests"]:
            await asyncio.sleep(max(0, zero + request["at"] - monotonic()))
            in_flight.append(asyncio.create_task(send(session, request, zero)))
        for record in await asyncio.gather(*in_flight):
            say(record)
    say({"sent": len(in_flight)})


async def send(session: aiohttp.ClientSession, request: dict, zero: float) -> dict:
    """Sends one request and returns its record; times are seconds since `zero`.

    A request without a response has the status 0.
    """
    record = {"at": request["at"], "start": monotonic() - zero, "kind": request["kind"]}
    headers, body = request.get("headers"), request.get("body")
    try:
        async with session.request(
            request["method"], request["path"], headers=headers, json=body
        ) as response:
            text = await response.text()
        record |= {"end": monotonic() - zero, "status": response.status}
        record |= from_headers(response.headers)
        if request.get("keep"):
            record["answer"] = text
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        record |= {"end": monotonic() - zero, "status": 0, "error": type(error).__name__}
    if "note" in request:
        record["note"] = request["note"]
    return {
        name: round(value, 6) if isinstance(value, float) else value
        for name, value in record.items()
    }


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

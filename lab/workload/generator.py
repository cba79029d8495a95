"""GENERATOR: sends each request at the moment it is due, whatever the answers do; a process of its
own.

Reads plans on stdin, one a line: {"front": address, "requests": [{"at": seconds, "kind", "method",
"path", ...}]}. Answers each plan with {"zero": the monotonic second that `at` counts from}, a line
for each request, {"sent": number}. Requests wait for nobody: if the system is slow, more of them
are under way (an open loop).
"""

import asyncio
import gc
import json
import re
import sys
from time import monotonic

import aiohttp

LEAD = 0.1  # seconds from reading a plan to its zero
PATIENCE = 10  # seconds until an answer counts as missing; longer than the system may take
DATABASE = re.compile(r'db;dur=([\d.]+);desc="(\d+)')


async def perform(plan, say):
    """Sends a plan's requests and says what became of each, when all have been answered."""
    # A connection for each request: a kept one breaks for reasons of its own, and is silently tried
    # again.
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with aiohttp.ClientSession(
        plan["front"], connector=connector, timeout=timeout
    ) as session:
        zero = monotonic() + LEAD
        say({"zero": zero})
        under_way = []
        for request in plan["requests"]:
            await asyncio.sleep(max(0, zero + request["at"] - monotonic()))
            under_way.append(asyncio.create_task(send(session, request, zero)))
        for record in await asyncio.gather(*under_way):
            say(record)
    say({"sent": len(under_way)})


async def send(session, request, zero):
    """One request's record: seconds since zero, status (0: no answer), and what the answer's
    headers tell."""
    record = {"at": request["at"], "start": monotonic() - zero, "kind": request["kind"]}
    headers, body = request.get("headers"), request.get("body")
    try:
        async with session.request(
            request["method"], request["path"], headers=headers, json=body
        ) as answer:
            text = await answer.text()
        record |= {"end": monotonic() - zero, "status": answer.status} | told(answer.headers)
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


def told(headers):
    """Who answered, from which cache, under which id, with how many SQL statements in how many
    milliseconds."""
    found = {"instance": headers.get("X-Served-By"), "cache": headers.get("X-Cache")}
    found["id"] = headers.get("X-Request-ID")
    if database := DATABASE.search(headers.get("Server-Timing", "")):
        found |= {"db_ms": float(database[1]), "queries": int(database[2])}
    return {name: value for name, value in found.items() if value is not None}


def main():
    """Performs plan after plan until stdin ends."""

    def say(document):
        print(json.dumps(document), flush="zero" in document or "sent" in document)

    gc.disable()  # a collection in the middle of a plan would send its requests late
    for line in sys.stdin:
        asyncio.run(perform(json.loads(line), say))
        gc.collect()


if __name__ == "__main__":
    main()

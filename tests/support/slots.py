"""A server whose capacity is known: it has so many slots, and each request takes one for a time.

So SLOTS / SECONDS requests are answered each second. Each further request waits in its queue.
"""

import asyncio
import os
import subprocess
import sys
from contextlib import contextmanager

from aiohttp import web

from lab.polling import wait_until
from lab.stack import ports


@contextmanager
def slots(count, seconds, *, status=200, lives=10**9):
    """The address of a running server; after `lives` requests its process dies."""
    port = ports.free_port()
    words = [str(word) for word in (port, count, seconds, status, lives)]
    process = subprocess.Popen([sys.executable, "-m", "tests.support.slots", *words])
    try:
        assert wait_until(lambda: not ports.is_free(port), seconds=60)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.kill()
        process.wait()


async def serve(port, count, seconds, status, lives):
    free, requests = asyncio.Semaphore(count), 0

    async def handle(request):
        nonlocal requests
        requests += 1
        if requests > lives:
            os._exit(1)
        async with free:
            await asyncio.sleep(seconds)
        headers = {"Location": "http://192.0.2.1/"} if 300 <= status < 400 else {}
        body = f"{request.method} {request.headers.get('X-Test', '')} ".encode()
        return web.Response(body=body + await request.read(), status=status, headers=headers)

    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    port, count, seconds, status, lives = map(float, sys.argv[1:])
    asyncio.run(serve(int(port), int(count), seconds, int(status), lives))

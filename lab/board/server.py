"""The board's HTTP server: the page, the stream of ticks, and the one address that acts."""

import asyncio
import json
import mimetypes
import time
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from lab.board import cards, replay
from lab.board.access import Access, Handler, Refusal, add_headers
from lab.board.acts import UnderWay
from lab.board.board import Board
from lab.stack import credentials
from lab.stack.home import ROOT, Home

PAGE = Path(__file__).with_name("page")
QUIET = 10.0  # seconds after which a comment shows that the connection lives
SLOWEST = 3.0  # seconds that an order may take to follow
MOST_BYTES = 2000  # of an act


class Routes:
    """The handlers of one board."""

    def __init__(self, board: Board, access: Access) -> None:
        self.board, self.access = board, access

    async def index(self, request: web.Request) -> web.StreamResponse:
        """The page."""
        return _file("index.html")

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file of the page."""
        return _file(request.match_info["name"])

    async def state(self, request: web.Request) -> web.Response:
        """The last snapshot, for programs and for browsers without EventSource."""
        return web.json_response(self.board.snapshot())

    async def events(self, request: web.Request) -> web.StreamResponse:
        """A snapshot, then each tick (server-sent events)."""
        queue = await self.board.join()
        try:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            await _send(response, "snapshot", json.dumps(self.board.snapshot()))
            while queue in self.board.viewers:
                try:
                    await _send(response, "tick", await asyncio.wait_for(queue.get(), QUIET))
                except TimeoutError:
                    await response.write(b": still here\n\n")
        except ConnectionError:
            pass  # the viewer has left
        finally:
            self.board.viewers.discard(queue)
        return response

    async def act(self, request: web.Request) -> web.Response:
        """Begin an act; its number is in the answer, and its outcome in the ticks.

        While another one is under way the answer is {refused: why}. That is nobody's mistake, so it
        is no error: a browser would write one to its console.
        """
        self.access.check_pace()
        try:
            document = await request.json()
            verb, name, value = (document.get(field) for field in ("verb", "name", "value"))
        except (ValueError, AttributeError, RecursionError):
            raise Refusal(400, "an act is a JSON object {verb, name, value}") from None
        try:
            act = self.board.act(verb, name, value)
        except UnderWay as other:
            return web.json_response({"refused": str(other)})
        return web.json_response({"number": act.number}, status=202)

    async def order(self, request: web.Request) -> web.Response:
        """The way of one order of the shoppers; null for one that was refused or forgotten.

        It is no error: a page may show a dot longer than the board knows the order.
        """
        steps = await asyncio.wait_for(self.board.steps(request.match_info["key"]), SLOWEST)
        return web.json_response({"steps": steps})

    async def read(self, request: web.Request) -> web.Response:
        """A file of the repository that a card links, as text: the page needs no network."""
        path = request.match_info["path"]
        if path not in cards.FILES:
            raise web.HTTPNotFound()
        return web.Response(text=(ROOT / path).read_text(), content_type="text/plain")

    async def replay(self, request: web.Request) -> web.Response:
        """The page and the last ten minutes in one file."""
        text = await asyncio.to_thread(replay.page, PAGE, self.board.recording())
        name = time.strftime("escala-%Y-%m-%d-%H%M.html")
        return web.Response(
            text=text,
            content_type="text/html",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def _file(name: str) -> web.Response:
    path = PAGE / name
    if not path.is_file():  # the route lets no slash through
        raise web.HTTPNotFound()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = web.Response(body=path.read_bytes(), content_type=kind)
    response.enable_compression()
    return response


async def _send(response: web.StreamResponse, event: str, data: str) -> None:
    await response.write(f"event: {event}\ndata: {data}\n\n".encode())


def application(home: Home) -> web.Application:
    """Return the board as an application of aiohttp."""
    access = Access(credentials.load(home)["BOARD_TOKEN"], home.port("board"))
    app = web.Application(middlewares=[access.middleware], client_max_size=MOST_BYTES)
    app.on_response_prepare.append(add_headers)

    async def run_board(app: web.Application) -> AsyncIterator[None]:
        board = Board(home)
        routes = Routes(board, access)
        app["routes"] = routes
        running = asyncio.create_task(board.run())
        running.add_done_callback(_end_if_it_failed)
        yield
        running.cancel()

    def handler(name: str) -> Handler:  # the board is made when the loop runs
        async def handle(request: web.Request) -> web.StreamResponse:
            return await getattr(app["routes"], name)(request)

        return handle

    app.cleanup_ctx.append(run_board)
    app.router.add_get("/", handler("index"))
    app.router.add_get(r"/page/{name:[\w-][\w.-]*}", handler("file"))
    app.router.add_get("/order/{key:.+}", handler("order"))
    app.router.add_get("/read/{path:.+}", handler("read"))
    for path in ("state", "events", "replay"):
        app.router.add_get(f"/{path}", handler(path))
    app.router.add_post("/act", handler("act"))
    return app


def _end_if_it_failed(running: asyncio.Task) -> None:
    # A mistake in the board: the supervisor starts it again, and the log has the traceback.
    if not running.cancelled() and (error := running.exception()):
        raise SystemExit(1) from error

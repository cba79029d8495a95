"""Who may use the board: a browser on this machine that opened the address with the token.

The token is in the address once, and becomes a cookie that no script can read. A request must name
this host, because a foreign name may lead to 127.0.0.1 (DNS rebinding). One that changes something
must come from the board's own page.
"""

import hashlib
import hmac
import time

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

MOST_AT_ONCE = 60  # requests; more are refused at once, so that a flood costs little
ACTS_PER_SECOND = 5
HEADER = "X-Escala-Board"
# No inline code and no address but our own. `data:` is for the small pictures in the style sheet.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
CLOSED = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Escala: the board</title>
<h1>This address lacks its token</h1>
<p><code>./escala status</code> prints the whole address of the board. Open that one.</p></html>
"""


class Refusal(Exception):
    """A request that is refused, with this status and for this reason."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


TITLES = {400: "Bad request", 403: "Forbidden", 404: "Not found", 405: "Method not allowed"}
TITLES |= {413: "Too large", 429: "Too many requests"}


def problem(status: int, detail: str) -> web.Response:
    """Return an error as a problem document (RFC 9457)."""
    document = {"type": "about:blank", "title": TITLES.get(status, "Error")}
    return web.json_response(
        document | {"status": status, "detail": detail},
        status=status,
        content_type="application/problem+json",
    )


class Access:
    """The checks that every request passes before its handler."""

    def __init__(self, token: str, port: int) -> None:
        self.token = token
        self.hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        # Cookies do not distinguish ports: a second system has a board, too. And the shop's
        # instances receive this cookie, so it must not be the token.
        self.cookie = f"escala_board_{port}"
        self.cookie_value = hashlib.sha256(f"cookie {token}".encode()).hexdigest()
        self._requests = 0
        self._acts: list[float] = []

    @property
    def middleware(self) -> Middleware:
        """The checks as a middleware of aiohttp."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._requests += request.path != "/events"
            try:
                return await self._answer(request, handler)
            except Refusal as refusal:
                return problem(refusal.status, refusal.detail)
            except web.HTTPException as error:
                if error.status < 400:
                    raise
                return problem(error.status, error.reason)
            finally:
                self._requests -= request.path != "/events"

        return check

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._requests > MOST_AT_ONCE:
            raise Refusal(429, "the board answers other requests; try again")
        if request.headers.get("Host") not in self.hosts:
            raise Refusal(403, "this host is not the board's: open the address of ./escala status")
        origin = request.headers.get("Origin")
        if origin is not None and origin not in {f"http://{host}" for host in self.hosts}:
            raise Refusal(403, "only the board's own page may ask")
        if request.path == "/" and "token" in request.query:
            return self._let_in(request)
        if not same(request.cookies.get(self.cookie, ""), self.cookie_value):
            if request.path == "/":
                return web.Response(text=CLOSED, status=403, content_type="text/html")
            raise Refusal(403, "open the address of ./escala status first: it has the token")
        if request.method == "POST" and (origin is None or request.headers.get(HEADER) != "1"):
            raise Refusal(403, f"an act needs an Origin and the header {HEADER}: 1")
        return await handler(request)

    def _let_in(self, request: web.Request) -> web.Response:
        if request.method != "GET" or not same(request.query["token"], self.token):
            return web.Response(text=CLOSED, status=403, content_type="text/html")
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(
            self.cookie, self.cookie_value, path="/", httponly=True, samesite="Strict"
        )
        return answer

    def check_pace(self) -> None:
        """Raise Refusal when there were too many acts in this second."""
        now = time.monotonic()
        self._acts = [at for at in self._acts if at > now - 1]
        if len(self._acts) >= ACTS_PER_SECOND:
            raise Refusal(429, f"at most {ACTS_PER_SECOND} acts a second")
        self._acts.append(now)


def same(given: str, right: str) -> bool:
    """Return whether two texts are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Give each response the headers that protect the page (a signal of aiohttp)."""
    response.headers.update(HEADERS)

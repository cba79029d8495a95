"""The board's shoppers: real requests through HAProxy, at the rate that the viewer asks for.

Like the laboratory's load they do not wait for each other (an open loop). They are off until asked.
"""

import asyncio
import base64
import json
import random
import time
from collections import Counter, deque
from typing import Any

import aiohttp

from lab.board.chart import CACHED, Chart, Sent
from lab.board.ledger import Ledger
from lab.board.log_tail import LogTail
from lab.stack import desired, environment, status
from lab.stack.home import Home
from lab.workload import generator, load
from lab.workload.http_client import LOGIN, bearer

MOST_AT_ONCE = 1000  # requests under way
TOKEN_SECONDS = 200  # a token lives for 300
SETTLED = 0.3  # seconds after its end HAProxy has written the line of a request
PLENTY = 1_000_000


class Shoppers:
    """Reads and orders, `rate` a second, of which `orders` per cent are orders."""

    def __init__(self, home: Home, ledger: Ledger, chart: Chart, log: LogTail) -> None:
        self.home, self.ledger, self.chart, self.log = home, ledger, chart, log
        self.rate, self.orders = 0, 20  # the first load moves the truth line, too
        self.finished: deque[dict[str, Any]] = deque(maxlen=20_000)
        self.totals: Counter[str] = Counter()  # outcomes, and `again`
        self.slowest = 0.0  # seconds
        self._woken = asyncio.Event()
        self._tasks: set[asyncio.Task] = set()
        self._chance = random.Random()
        self._headers: dict[str, dict[str, str]] = {}  # {user: the header with the token}
        self._skus: list[str] = []
        self._zero = time.time() - time.monotonic()

    def set(self, *, rate: int | None = None, orders: int | None = None) -> None:
        """Change the rate, the share of orders in per cent, or both."""
        self.rate = self.rate if rate is None else rate
        self.orders = self.orders if orders is None else orders
        self._woken.set()

    async def run(self) -> None:
        """Send for ever. A new connection for each request, as the laboratory's load does."""
        front = environment.public_url(self.home, desired.load(self.home))
        connector = aiohttp.TCPConnector(limit=0, force_close=True, ssl=False)
        timeout = aiohttp.ClientTimeout(total=generator.TIMEOUT)
        async with (
            aiohttp.ClientSession(
                front,
                connector=connector,
                timeout=timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
            ) as self.session,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(self._keep_tokens())
            group.create_task(self._ask_again())
            await self._send_for_ever()

    async def _send_for_ever(self) -> None:
        due = time.monotonic()
        while True:
            if not self.rate or not self._skus:
                self._woken.clear()
                await self._woken.wait()
                due = time.monotonic()
                continue
            # After a pause of the whole machine, what was missed is not made up for.
            due = max(due + self._chance.expovariate(self.rate), time.monotonic() - 1)
            await asyncio.sleep(max(0, due - time.monotonic()))
            if self.rate:
                self.chart.offer(due + self._zero)
                self._start(self._send(self._next(), due))

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _next(self) -> dict[str, Any]:
        can_buy = "customer" in self._headers and not self.ledger.is_full
        if can_buy and self._chance.random() * 100 < self.orders:
            return self.ledger.new_order(self._chance.choice(self._skus[:40]))
        return self._read(self._chance)

    async def _send(self, request: dict[str, Any], due: float) -> None:
        if key := request.get("note"):
            request = request | {"headers": self._headers["customer"] | request["headers"]}
        act = generator.send if len(self._tasks) < MOST_AT_ONCE else generator.refuse
        record = await act(self.session, request | {"at": due}, 0.0)
        if key:
            self.ledger.answered(key, record)
            if record["status"] == 409:  # sold out
                self._start(self._restock(request["body"]["lines"][0]["sku"]))
        self.finished.append(record)

    def settled(self) -> list[Sent]:
        """Return the requests that ended and whose line HAProxy has written, each once."""
        found, latest = [], time.monotonic() - SETTLED
        while self.finished and self.finished[0]["end"] <= latest:
            sent = self._classed(self.finished.popleft())
            found.append(sent)
            self.totals.update({sent.outcome: 1, "again": sent.retries})
            self.slowest = max(self.slowest, sent.end - sent.due)
        return found

    def _classed(self, record: dict[str, Any]) -> Sent:
        trouble = self.log.by_id.get(record.get("id", ""))
        due, start, end = (record[name] + self._zero for name in ("at", "start", "end"))
        return Sent(
            due,
            start,
            end,
            kind="order" if record["kind"] == "order" else "read",
            outcome=outcome(record, refused=bool(trouble and trouble.refused)),
            tier=record.get("cache"),
            instance=record.get("instance"),
            queries=record.get("queries", 0),
            retries=trouble.retries if trouble else 0,
            key=record.get("note"),
        )

    async def _ask_again(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            for request in self.ledger.due_again() if "customer" in self._headers else ():
                self._start(self._send(request, time.monotonic()))

    async def _keep_tokens(self) -> None:
        """Log in, and learn what there is to buy; again before the tokens end."""
        while True:
            if not (self.rate or self.ledger.open):
                await asyncio.sleep(0.25)
                continue
            try:
                for user in ("customer", "admin"):
                    await self._log_in(user)
                await self._learn_products()
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError, LookupError):
                await asyncio.sleep(1)
                continue
            self._woken.set()
            await asyncio.sleep(TOKEN_SECONDS)

    async def _log_in(self, user: str) -> None:
        login = {name: status.logins(self.home)[user][name] for name in ("username", "password")}
        token = (await self._json("POST", LOGIN, json=login))["access"]
        self._headers[user] = bearer(token)
        if user == "customer":
            claims = token.split(".")[1]
            padded = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))
            self.ledger.user = int(json.loads(padded)["user_id"])

    async def _learn_products(self) -> None:
        if self._skus:
            return
        rows = (await self._json("GET", "/api/products/?ordering=sku&page_size=100"))["results"]
        product, page = load.zipf([row["sku"] for row in rows]), load.zipf(range(1, 6))
        self._read = load.mixture(
            (75, lambda chance: load.get(f"/api/products/{product(chance)}/", "read")(chance)),
            (20, lambda chance: load.get(f"/api/products/?page={page(chance)}", "read")(chance)),
            (5, load.get("/api/products/best-sellers/", "read")),
        )
        self._skus = [row["sku"] for row in rows if row["in_stock"]]

    async def _restock(self, sku: str) -> None:
        try:
            path, stock = f"/api/products/{sku}/", {"stock": PLENTY}
            await self._json("PATCH", path, json=stock, headers=self._headers["admin"])
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, LookupError):
            pass  # the next order that is refused tries again

    async def _json(self, method: str, path: str, **options: Any) -> Any:
        async with self.session.request(method, path, **options) as response:
            response.raise_for_status()
            return await response.json(content_type=None)


def outcome(record: dict[str, Any], *, refused: bool) -> str:
    """Return what became of a request; `refused`: HAProxy's log says so, under overload."""
    status_code = record["status"]
    if refused or 400 <= status_code < 500:
        return "refused"
    if not 200 <= status_code < 400:
        return "failed"
    return "cache" if record.get("cache") in CACHED else "ok"

"""What the board reads: HAProxy, the supervisor, both Redis servers and both databases.

No part of the system that hangs may hold up the board. So each source is read in a task of its own,
and what does not answer in time is unknown.
"""

import asyncio
import csv
import http.client
import time
import xmlrpc.client
from collections.abc import Awaitable, Callable
from typing import Any, Generic, NamedTuple, TypeVar

import psycopg

from lab.errors import Failure
from lab.stack import credentials, desired
from lab.stack.home import Home

T = TypeVar("T")
ERRORS = (
    *(OSError, TimeoutError, ValueError, LookupError, asyncio.IncompleteReadError),
    *(Failure, psycopg.Error, xmlrpc.client.Error, http.client.HTTPException),
)


class Source(Generic[T]):
    """Something that is read again and again.

    `value` is what it said last, and None while it does not answer: since `silent_since`.
    """

    def __init__(self, read: Callable[[], Awaitable[T]], *, patience: float = 0.5) -> None:
        self.read, self.patience = read, patience
        self.value: T | None = None
        self.at: float | None = None  # when it answered last
        self.silent_since: float | None = None
        self._pending: asyncio.Future[T] | None = None

    async def look(self) -> T | None:
        """Read it, for at most `patience` seconds; return its value."""
        # A read that hangs is not cancelled, as a thread cannot be: the next look waits for it. So
        # there is never more than one.
        pending = self._pending or asyncio.ensure_future(self.read())
        self._pending = pending
        await asyncio.wait({pending}, timeout=self.patience)
        if not pending.done():
            self._fail()
            return None
        self._pending = None
        try:
            self.value = pending.result()
        except ERRORS:
            self._fail()
            return None
        self.at, self.silent_since = time.time(), None
        return self.value

    def _fail(self) -> None:
        self.value = None
        self.silent_since = self.silent_since or time.time()


class Server(NamedTuple):
    """An instance as HAProxy sees it; counts are sums over its backends."""

    status: str  # UP, DOWN, DRAIN, MAINT
    check: str
    busy: int  # requests under way
    requests: int  # since HAProxy started
    again: int  # requests sent again, away from it


class Traffic(NamedTuple):
    """All requests since HAProxy started, and those that wait now."""

    requests: int
    refused: int
    failed: int
    queue: int


COLUMNS = (
    *("pxname", "svname", "qcur", "scur", "stot", "wredis", "status", "check_status"),
    *("req_tot", "hrsp_4xx", "hrsp_5xx"),
)


async def read_haproxy(home: Home) -> tuple[Traffic, dict[str, Server]]:
    """Return what HAProxy's statistics say: about all requests, and {instance: Server}."""
    reader, writer = await asyncio.open_unix_connection(str(home.haproxy_socket))
    try:
        writer.write(b"show stat\n")
        return parse_statistics((await reader.read(-1)).decode())
    finally:
        writer.close()


def parse_statistics(text: str) -> tuple[Traffic, dict[str, Server]]:
    """Return the same from the text of `show stat`; raise ValueError when it is none."""
    rows = csv.reader(text.removeprefix("# ").splitlines())
    header = next(rows, [])
    places = [header.index(column) for column in COLUMNS]
    names, queue = set(desired.all_names()), 0
    traffic, servers = Traffic(0, 0, 0, 0), dict[str, Server]()
    for row in filter(None, rows):
        proxy, name, waiting, busy, total, moved, status, check, *answers = (
            row[place] for place in places
        )
        if (proxy, name) == ("shop", "FRONTEND"):
            requests, refused, failed = map(int, answers)
            traffic = Traffic(requests, refused, failed, 0)
        elif name == "BACKEND":
            queue += int(waiting)
        elif name in names:
            old = servers.get(name, Server(status.split()[0], check, 0, 0, 0))
            servers[name] = old._replace(
                busy=old.busy + int(busy),
                requests=old.requests + int(total),
                # HAProxy may count such a request as retried, too; what it moved is each one once.
                again=old.again + int(moved),
            )
    return traffic._replace(queue=queue), servers


async def read_redis(home: Home, name: str, queues: tuple[str, ...] = ()) -> dict[str, int]:
    """Return {hits, misses, commands} of `cache` or `broker`, and the length of each queue."""
    password = credentials.load(home)[f"{name.upper()}_PASSWORD"]
    reader, writer = await asyncio.open_connection("127.0.0.1", home.port(name))
    try:
        lengths = "".join(f"LLEN {queue}\r\n" for queue in queues)
        writer.write(f"AUTH {password}\r\nINFO stats\r\n{lengths}QUIT\r\n".encode())
        lines = (await reader.read(-1)).decode().split("\r\n")
    finally:
        writer.close()
    figures = dict(line.split(":", 1) for line in lines if ":" in line and line[0] not in ":-")
    found = [int(line[1:]) for line in lines if line.startswith(":")]
    return {
        "hits": int(figures["keyspace_hits"]),
        "misses": int(figures["keyspace_misses"]),
        "commands": int(figures["total_commands_processed"]),
        **dict(zip(queues, found, strict=True)),
    }


class Database:
    """A database, read as the role `board`: it can only read, and no statement takes long."""

    def __init__(self, home: Home, name: str) -> None:
        self.home, self.name = home, name
        self._connection: psycopg.AsyncConnection | None = None

    async def rows(self, statement: str, **values: Any) -> list[tuple]:
        """Return the rows of a statement; raise psycopg.Error when the database does not answer."""
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                host="127.0.0.1",
                port=self.home.port("postgres"),
                user="board",
                password=credentials.load(self.home)["BOARD_DATABASE_PASSWORD"],
                dbname=self.name,
                autocommit=True,
                connect_timeout=2,
                application_name="board",
            )
        try:
            return await (await self._connection.execute(statement, values)).fetchall()
        except psycopg.OperationalError:
            await self._connection.close()
            raise

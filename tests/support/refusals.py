"""A Redis that answers, and refuses: what brings each reason about, and what ends it."""

import shlex
from typing import NamedTuple

import redis

from lab.polling import wait_until


class Refusal(NamedTuple):
    """`error` is the first word of what Redis answers, if it answers."""

    error: str
    begin: tuple
    end: str


READ_ONLY = Refusal("READONLY", ("REPLICAOF 127.0.0.1 1",), "REPLICAOF NO ONE")
REPLICAS = "CONFIG SET min-replicas-to-write {}"
REFUSALS = [
    # As on a full disk. The folder of the server must be gone, so that it cannot save.
    Refusal("MISCONF", ("CONFIG SET save '900 1'", "BGSAVE"), "CONFIG SET save ''"),
    READ_ONLY,
    Refusal("OOM", ("CONFIG SET maxmemory 1",), "CONFIG SET maxmemory 0"),
    Refusal("NOREPLICAS", (REPLICAS.format(1),), REPLICAS.format(0)),
    Refusal("NOPERM", ("ACL SETUSER default -@write",), "ACL SETUSER default +@all"),
    Refusal("no answer", ("CLIENT PAUSE 60000 WRITE",), "CLIENT UNPAUSE"),
    Refusal("NOAUTH", ("CONFIG SET requirepass another",), "CONFIG SET requirepass ''"),
]


def begin(server, refusal):
    """Returns when a new client's write is refused."""
    for command in refusal.begin:
        server.execute_command(*shlex.split(command))
    assert wait_until(lambda: not is_writable(server), seconds=10), refusal.error


def end(server, refusal):
    """Returns when a new client's write succeeds."""
    server.execute_command(*shlex.split(refusal.end))
    assert wait_until(lambda: is_writable(server), seconds=10), refusal.error


def is_writable(server):
    """Whether a new connection to the server of this client may write."""
    known = server.connection_pool.connection_kwargs
    try:
        password = known.get("password")
        with redis.Redis(port=known["port"], password=password, socket_timeout=1) as client:
            return client.set("is-writable", "1", ex=1)
    except redis.RedisError:
        return False

"""NEAR: every instance has copies of what it read from Redis, and Redis itself says when one is no
longer true.

A listener, one thread in each process, asks Redis for the name of every key that anybody changes or
that ends (`CLIENT TRACKING ... BCAST`, Redis 6 or newer), and the copy is gone a moment later.
While there is no listener, or Redis has said nothing for two SILENCEs although it was asked, there
are no copies: then this is CACHE=redis.
See it: ask twice for /api/products/ with CACHE=near, and watch `redis-cli monitor` stay silent.
"""

import logging
import os
import threading
import time
from functools import cache

from django_redis.cache import RedisCache
from redis import Redis
from redis.exceptions import RedisError

MOST = 1000  # copies in a process
SILENCE = 0.5  # seconds without a word from Redis after which it is asked whether it is there
AGAIN = 1  # seconds until the next attempt to listen
CHANNEL = "__redis__:invalidate"  # the name is Redis's own

logger = logging.getLogger(__name__)


class NearCache(RedisCache):
    """django-redis, whose `get_many` answers from this process's copies when it has all that is
    asked for."""

    def get_many(self, keys):
        copies = copies_of(self._server)
        copies.listen(lambda name: self.client.reverse_key(name))
        found = copies.get_many(keys)
        if found is None:
            changes = copies.changes
            found = super().get_many(keys)
            copies.keep(found, changes)
        return found


class Copies:
    """What this process read from one Redis, for as long as that Redis tells of every change."""

    def __init__(self, server):
        self.server, self.kept, self.lock = server, {}, threading.Lock()
        # How many were heard of. One that comes between question and answer may be of the very key.
        self.changes = 0
        self.told = False  # whether changes are heard of at all
        self.listening_process = None

    def get_many(self, keys):
        """{key: value} of all these keys, or None when one is missing."""
        found = {key: copy for key in keys if (copy := self.kept.get(key)) is not None}
        return found if len(found) == len(keys) else None

    def keep(self, found, changes):
        """Keeps what Redis answered, unless something changed since the question (`changes` is what
        was heard then)."""
        with self.lock:
            if self.told and changes == self.changes:
                self.kept |= found
                while len(self.kept) > MOST:
                    del self.kept[next(iter(self.kept))]

    def forget(self, keys):
        with self.lock:
            self.changes += 1
            for key in keys:
                self.kept.pop(key, None)

    def forget_all(self, *, told):
        with self.lock:
            self.changes += 1
            self.kept, self.told = {}, told

    def listen(self, key_of):
        """Starts the listener of this process, once; `key_of(name)` is the key that Redis knows by
        that name."""
        if self.listening_process == os.getpid():
            return
        with self.lock:
            if self.listening_process != os.getpid():
                self.listening_process = os.getpid()
                threading.Thread(target=self.hear, args=[key_of], name="near", daemon=True).start()

    def hear(self, key_of):
        redis = Redis.from_url(self.server, protocol=2, socket_timeout=1, socket_connect_timeout=1)
        while True:
            try:
                with redis.pubsub() as channel:
                    subscribe(channel)
                    self.forget_all(told=True)
                    for names in changes_on(channel):
                        if names is None:  # of a flush
                            self.forget_all(told=True)
                        else:
                            self.forget([key_of(name.decode()) for name in names])
            except RedisError as error:
                if self.told:
                    logger.warning("Redis tells of no changes, so there are no copies: %s", error)
                self.forget_all(told=False)
            time.sleep(AGAIN)


@cache
def copies_of(server):
    """The copies of one Redis, the same for every thread of this process."""
    return Copies(server)


def subscribe(channel):
    """From now on the channel hears of every change."""
    channel.execute_command("CLIENT", "ID")
    own_id = channel.parse_response()
    channel.execute_command("CLIENT", "TRACKING", "ON", "REDIRECT", own_id, "BCAST")
    channel.parse_response()
    channel.subscribe(CHANNEL)


def changes_on(channel):
    """The names of keys that changed, a list at a time; RedisError when Redis falls silent."""
    asked = False
    while True:
        message = channel.get_message(timeout=SILENCE)
        if message and message["type"] == "message":
            yield message["data"]
        elif message is None and asked:
            raise RedisError(f"Redis did not answer a PING within {SILENCE} s")
        elif message is None:
            channel.ping()
        asked = message is None

"""NEAR: each process keeps copies of what it read from Redis, until Redis notifies it of a change.

A listener thread in each process requests from Redis the name of every key that changes or expires
(`CLIENT TRACKING ... BCAST`, Redis 6 or newer) and removes the copy. While there is no listener, or
Redis does not answer its PING, there are no copies: then this is the same as CACHE=redis.
See it: ./escala up --replicas 1 --set CACHE=near, then request /api/products/ three times:
X-Cache becomes `near`.
"""

import logging
import os
import re
import threading
import time
from functools import cache

from django_redis.cache import RedisCache
from redis import Redis
from redis.exceptions import RedisError

MOST = 1000  # copies in a process
QUIET = 0.5  # seconds without a message after which the listener sends a PING, and waits for PONG
RETRY_SECONDS = 1  # before the listener connects again
CHANNEL = "__redis__:invalidate"  # defined by Redis
OUR_NAME = re.compile(rb"[\x20-\x7e]*:[0-9]+:")  # django-redis: prefix:version:key

logger = logging.getLogger(__name__)


class NearCache(RedisCache):
    """django-redis, except that `get_many` answers from the copies if they have all the keys."""

    def get_many(self, keys):
        copies = copies_of(self._server)
        copies.start_listener(lambda name: self.client.reverse_key(name))
        found = copies.get_many(keys)
        if found is None:
            changes = copies.changes
            found = super().get_many(keys)
            copies.keep(found, changes)
        return found


class Copies:
    """What this process has read from one Redis. It is empty unless the listener is connected."""

    def __init__(self, server):
        self.server, self.kept, self.lock = server, {}, threading.Lock()
        self.changes = 0  # how many were received; see keep()
        self.connected = False
        self.listening_process = None

    def get_many(self, keys):
        """{key: value} of all these keys, or None if one is missing."""
        found = {key: copy for key in keys if (copy := self.kept.get(key)) is not None}
        return found if len(found) == len(keys) else None

    def keep(self, found, changes):
        """Keep what Redis answered to a query that was sent when `changes` were received.

        A change that was received since may concern one of these keys: then keep nothing.
        """
        with self.lock:
            if self.connected and changes == self.changes:
                self.kept |= found
                while len(self.kept) > MOST:
                    del self.kept[next(iter(self.kept))]

    def forget(self, keys):
        with self.lock:
            self.changes += 1
            for key in keys:
                self.kept.pop(key, None)

    def forget_all(self, *, connected):
        with self.lock:
            self.changes += 1
            self.kept, self.connected = {}, connected

    def start_listener(self, key_of):
        """Start the listener, once per process. `key_of(name)` is the cache key of a Redis key."""
        if self.listening_process == os.getpid():
            return
        with self.lock:
            if self.listening_process != os.getpid():
                self.listening_process = os.getpid()
                threading.Thread(target=self.listen, args=[key_of], daemon=True).start()

    def listen(self, key_of):
        redis = Redis.from_url(self.server, protocol=2, socket_timeout=1, socket_connect_timeout=1)
        while True:
            try:
                with redis.pubsub() as channel:
                    subscribe(channel)
                    self.forget_all(connected=True)
                    for names in changes_on(channel):
                        if names is None:  # the whole database was flushed
                            self.forget_all(connected=True)
                        else:
                            # Others may write to this Redis too; their names lack our prefix.
                            ours = [name for name in names if OUR_NAME.match(name)]
                            self.forget([key_of(name.decode(errors="replace")) for name in ours])
            except Exception as error:  # any: without a listener no copy would ever end
                if self.connected:
                    logger.warning("Redis reports no changes, so there are no copies: %s", error)
                self.forget_all(connected=False)
            time.sleep(RETRY_SECONDS)


@cache
def copies_of(server):
    """The copies of one Redis, shared by all threads of this process."""
    return Copies(server)


def subscribe(channel):
    """Ask Redis to send every change to this channel."""
    channel.execute_command("CLIENT", "ID")
    own_id = channel.parse_response()
    channel.execute_command("CLIENT", "TRACKING", "ON", "REDIRECT", own_id, "BCAST")
    channel.parse_response()
    channel.subscribe(CHANNEL)


def changes_on(channel):
    """Yield lists of changed key names. Raises RedisError if Redis does not answer a PING."""
    pinged = False
    while True:
        message = channel.get_message(timeout=QUIET)
        if message and message["type"] == "message":
            yield message["data"]
        elif message is None and pinged:
            raise RedisError(f"Redis did not answer a PING within {QUIET} s")
        elif message is None:
            channel.ping()
        pinged = message is None

"""LEASE: nobody believes a cache that cannot be invalidated.

Redis may answer reads and refuse writes: it became a replica, or its memory or its disk is full.
Then a changed price would stay hidden until its cached page expires. So there is a key, the lease,
that ends LEASE seconds after it was last renewed, by a write. Its value, the epoch, is part of
every generation: after a gap in the renewals a new epoch begins, and all older values are ignored.

- A reader renews the lease, and believes cached values for TRUST seconds. Then it renews again.
- A thread of each instance renews it too, so that the cache stays valid while nobody reads.
- A writer whose invalidation fails repeats it, and responds when it succeeded or the lease is over.

One case remains: a cache that fails, works and fails again within LEASE seconds. A value can then
be wrong until it expires.
See it: ./escala kill cache --signal STOP; change a price; ./escala start cache; read the product.
"""

import secrets
import time
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.core.cache import cache

from core_api.catalog.circuit_breaker import CacheDown, call_cache

KEY = "lease"
LEASE = 1.5  # seconds; also the longest that a writer waits; HAProxy waits 3.5 s for a response
TRUST = 0.5  # seconds that a process relies on its last renewal; less than LEASE
RETRY_SECONDS = 0.1  # between two attempts of a writer


class Lease:
    """What this process knows: the epoch, and the refused writes. Times are monotonic."""

    epoch = ""
    believed_until = 0.0
    refused_since = refused_last = float("-inf")


def current_epoch() -> str:
    """Return the epoch of the values that may be used. Raises CacheDown if there is none.

    Only instances that share a cache need one: nothing refuses the writes of `local`.
    """
    if settings.CACHE not in ("redis", "near"):
        return ""
    if time.monotonic() >= Lease.believed_until:
        renew()
    return Lease.epoch


def renew() -> None:
    """Extend the lease, or begin a new one. Raises CacheDown if the cache takes no writes."""
    now = time.monotonic()
    call_cache(cache.add, KEY, secrets.token_hex(8), LEASE)  # of several processes, the first wins
    call_cache(cache.touch, KEY, LEASE)
    epoch = call_cache(cache.get, KEY)
    if not isinstance(epoch, str):  # unreadable, or evicted already
        epoch = secrets.token_hex(8)
        call_cache(cache.set, KEY, epoch, LEASE)
    Lease.epoch, Lease.believed_until = epoch, now + TRUST


def keep() -> None:
    """Renew the lease as long as this process lives, so that the cache outlasts a time unread."""
    while True:
        with suppress(CacheDown):
            current_epoch()
        time.sleep(TRUST)


def end_trust() -> None:
    """Renew before the next use: the cache has lost keys, and the lease may be one of them."""
    Lease.believed_until = 0.0


def write_or_outlast(call: Callable, *arguments) -> None:
    """Write to the cache. If it refuses, return when nobody believes its old values any more."""
    while not is_written(call, *arguments):
        if Lease.refused_last - Lease.refused_since >= LEASE:
            return
        time.sleep(RETRY_SECONDS)


def is_written(call: Callable, *arguments) -> bool:
    """Try the write once. Keep the time since when all writes of this process were refused."""
    try:
        call_cache(call, *arguments, always=True)
        Lease.refused_last = float("-inf")
        return True
    except CacheDown:
        moment = time.monotonic()
        if moment - Lease.refused_last >= LEASE:  # another fault than the last one
            Lease.refused_since = moment
        Lease.refused_last = moment
        return False

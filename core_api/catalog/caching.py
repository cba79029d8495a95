"""CACHE: all instances share a value, and a read after the response to a write sees the write.

Each cached value depends on a generation: a random version token, stored under a cache key of its
own. The lists share one generation, and each product has its own. A reader takes the generation
before it queries the database and stores the value together with it. A writer replaces the
generation after its commit and before its response. So a value computed from old rows carries an
old generation, and is ignored. Generation and value come in one round trip to the cache.

Two simpler designs fail. A counter that is evicted starts again and repeats old numbers. If a
writer deletes the value, a reader that queried before the commit can store the old one afterwards.
lease.py is about a cache that refuses the writer. The list of best sellers is never invalidated, so
it can be up to TTL old.
See it: request /api/products/ twice and look at X-Cache; change a price with PATCH; request again.
"""

import hashlib
import io
import pickle
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django_redis.serializers.pickle import PickleSerializer

from core_api.catalog import lease
from core_api.catalog.circuit_breaker import CacheDown, call_cache

TTL = 60  # seconds that a value is kept
REBUILD = 2  # seconds that one reader may take to rebuild a value before the others do it too
FORMAT = 1  # in the keys of values, not of generations: raise it when Entry or a value changes
# The classes of what is cached; besides these, only Python's own values are read.
READABLE = {("core_api.catalog.caching", "Entry"), ("core_api.catalog.cached_views", "Page")}
LISTS_KEY = "generation:lists"  # the cache key of the generation that all lists depend on


class Entry(NamedTuple):
    """What is stored: a value and the generation it was computed under."""

    generation: str
    value: Any


class Reader(pickle.Unpickler):
    """Makes no other objects: a pickle could call any function, also one that ends the process."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in READABLE:
            raise pickle.UnpicklingError(f"{module}.{name} is nothing that is cached")
        return super().find_class(module, name)


class Serializer(PickleSerializer):
    """Reads what this code cannot read, such as another version's class, as None: a miss."""

    def loads(self, value: bytes) -> Any:
        with suppress(Exception):
            return Reader(io.BytesIO(value)).load()
        return None


def product_generation_key(sku: str) -> str:
    """The cache key of the generation that one product's page depends on."""
    return f"generation:product:{sku}"


def new_generation() -> str:
    return secrets.token_hex(8)


def invalidate_on_commit(*skus: str, lists: bool = False) -> None:
    """On commit, invalidate the cached pages of these products and, with `lists`, all lists."""
    keys = [product_generation_key(sku) for sku in skus]
    if lists:
        keys.append(LISTS_KEY)
    generations = {key: new_generation() for key in keys}
    transaction.on_commit(lambda: replace_generations(generations), robust=True)


def replace_generations(generations: dict[str, str]) -> None:
    lease.write_or_outlast(cache.set_many, generations, None)


def fetch(generation_key: str, key: str, is_usable: Callable, build: Callable) -> tuple[Any, str]:
    """Return (value, source). The source is the cache tier, `miss`, or `off`.

    `build()` returns (value, seconds to keep it). An exception that it raises is passed on, and
    nothing is stored. A cached value for which `is_usable(value)` is false counts as a miss.
    """
    if settings.CACHE == "off":
        return build()[0], "off"
    key = f"{key}:{FORMAT}"
    try:
        generation, entry = read_current(generation_key, key, is_usable)
        if entry:
            return entry.value, settings.CACHE
        with one_at_a_time(f"rebuilding:{generation}:{key}"):
            # Another reader may have stored it since. And this generation is read before build().
            generation, entry = read_current(generation_key, key, is_usable)
            if entry:
                return entry.value, settings.CACHE
            value, seconds = build()
            with suppress(CacheDown):
                call_cache(cache.set, key, Entry(generation, value), seconds)
            return value, "miss"
    except CacheDown:  # nothing has been built yet: a failure to store is suppressed
        return build()[0], "miss"


def read_current(generation_key: str, key: str, is_usable: Callable) -> tuple[str, Entry | None]:
    """Return the current generation and the entry stored under it, or None if there is none."""
    epoch = lease.current_epoch()
    found = call_cache(cache.get_many, [generation_key, key])
    if not isinstance(found.get(generation_key), str):
        lease.end_trust()
        # Evicted, flushed or never written: of several readers, the first wins. Or unreadable.
        write = cache.set if generation_key in found else cache.add
        call_cache(write, generation_key, new_generation(), None)
        epoch = lease.current_epoch()
        found = call_cache(cache.get_many, [generation_key, key])
    if not isinstance(found.get(generation_key), str):  # a cache that keeps nothing
        call_cache(cache.set, generation_key, new_generation(), None)  # or the key was no text
        raise CacheDown()
    generation, entry = f"{epoch}:{found[generation_key]}", found.get(key)
    current = isinstance(entry, Entry) and entry.generation == generation
    return generation, entry if current and is_usable(entry.value) else None


@contextmanager
def one_at_a_time(lock: str) -> Iterator[None]:
    """Let one reader of all instances rebuild; the others wait for it, but at most REBUILD s."""
    if not call_cache(cache.add, lock, 1, REBUILD):
        wait_until_released(lock)
    try:
        yield
    finally:
        with suppress(CacheDown):
            call_cache(cache.delete, lock)


def wait_until_released(lock: str) -> None:
    deadline = time.monotonic() + REBUILD
    while time.monotonic() < deadline and call_cache(cache.get, lock):
        time.sleep(0.01)


def cached_count(rows: QuerySet) -> int:
    """The number of rows of a list: counting a large table costs more than reading a page of it."""
    key = f"rows:{hashlib.sha256(str(rows.query).encode()).hexdigest()}"
    number, _ = fetch(LISTS_KEY, key, is_count, lambda: (rows.count(), TTL))
    return number


def is_count(value: Any) -> bool:
    """Whether a database may have counted this; True is an int too."""
    return type(value) is int and 0 <= value < 2**63

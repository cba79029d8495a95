"""CIRCUIT BREAKER: a cache that hangs costs one reader a timeout, and the next ones nothing.

After a failed call, readers skip the cache for PAUSE seconds and use the database instead.
"""

import logging
import time
from collections.abc import Callable

from redis.exceptions import RedisError

PAUSE = 5  # seconds

logger = logging.getLogger(__name__)


class CacheDown(Exception):
    """The cache did not answer, or was skipped because it did not answer a moment ago."""


class CircuitBreaker:
    """Open (the cache is skipped by this process) until this time of the monotonic clock."""

    open_until = 0.0


def call_cache(call: Callable, *arguments, always: bool = False):
    """Return what the cache returns. Raises CacheDown if it does not answer.

    Writers call with `always`: an invalidation must reach a cache that has just come back.
    """
    if time.monotonic() < CircuitBreaker.open_until and not always:
        raise CacheDown()
    try:
        return call(*arguments)
    except RedisError as error:
        now = time.monotonic()
        if now >= CircuitBreaker.open_until:  # one line for all failures of a pause
            logger.warning("The cache does not answer; readers skip it for %s s: %s", PAUSE, error)
        CircuitBreaker.open_until = now + PAUSE
        raise CacheDown() from error

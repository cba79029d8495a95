"""A Redis that answers reads and refuses writes: four ways to get there, and back.

`folder` is the working directory of the server, empty.
"""

from contextlib import contextmanager

from lab.polling import wait_until


@contextmanager
def replica(redis, folder=None):
    """After a failover: READONLY. Its primary does not exist, so it keeps its own data."""
    redis.replicaof("127.0.0.1", 1)
    yield
    redis.replicaof("NO", "ONE")


@contextmanager
def out_of_memory(redis, folder=None):
    """OOM: the memory is full and nothing may be evicted."""
    before = redis.config_get("maxmemory*")
    redis.config_set("maxmemory-policy", "noeviction")
    redis.config_set("maxmemory", 1)
    yield
    for name in ("maxmemory", "maxmemory-policy"):
        redis.config_set(name, before[name])


@contextmanager
def disk_error(redis, folder=None):
    """MISCONF: the last snapshot could not be written."""
    folder.rmdir()
    redis.config_set("save", "3600 1000000")
    redis.bgsave()
    failed = lambda: redis.info("persistence")["rdb_last_bgsave_status"] == "err"  # noqa: E731
    assert wait_until(failed, seconds=10)
    yield
    redis.config_set("save", "")


@contextmanager
def paused(redis, folder=None):
    """CLIENT PAUSE WRITE: writes get no answer, reads do."""
    redis.client_pause(60_000, all=False)
    yield
    redis.client_unpause()


WAYS = [replica, out_of_memory, disk_error, paused]

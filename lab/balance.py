"""BALANCE: how the load is shared, as HAProxy counts it; read with haproxy-stats, repaired in two
places."""

import csv
import logging

from haproxystats import HAProxyServer

from lab import secrets
from lab.wanted import all_names

# The library reports each failed poll as an error on stderr; here the caller sees `failed`.
logging.getLogger("haproxystats").setLevel(logging.CRITICAL)


class Stats(HAProxyServer):
    """haproxy-stats 1.5 that recovers after an outage and survives commas inside quoted fields."""

    def update(self):
        self.failed = False  # the library never takes it back, and returns nothing for ever after
        super().update()

    def _fetch(self):
        rows = csv.reader(super()._fetch().splitlines())
        return "\n".join(",".join(field.replace(",", ";") for field in row) for row in rows)


def read(home, *, timeout=2):
    """The statistics, polled now; `failed` is true when HAProxy did not answer."""
    password = secrets.load(home)["STATS_PASSWORD"]
    return Stats(
        f"127.0.0.1:{home.port('stats')}", user="stats", password=password, timeout=timeout
    )


def instances(stats):
    """[{name, state, requests}] of every instance; requests of all the backends it stands in are
    added up."""
    found = {}
    for listener in stats.listeners:
        if listener.svname not in all_names():
            continue
        state = listener.status.split()[
            0
        ]  # `UP 1/2` is up: one check failed, two would take it out
        row = found.setdefault(
            listener.svname, {"name": listener.svname, "state": state, "requests": 0}
        )
        row["requests"] += listener.stot or 0
    return list(found.values())

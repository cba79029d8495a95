"""Waiting: how much of several equal servers can be used before requests wait too long.

A server is what serves one request at a time: a processor, an instance, a slot of one. The law is
Erlang's, for arrivals at random moments and service times that vary as much (M/M/n). All times
have the same unit.
"""

import math

from lab.analysis.conditions import ALLOWED_FAILURES

USABLE = (
    0.95  # of the servers at most, however long a request may wait: a short overload is carried
)
PERCENTILE = 0.95  # of the requests must not wait longer
# The share of requests that may be refused on average. Refusals come in bursts of ten and more, so
# an average at the limit would break the objective in every second run.
REFUSED = ALLOWED_FAILURES / 10


def share_that_waits(servers: int, utilisation: float) -> float:
    """The share of requests that find all servers busy; `utilisation` is below 1 (Erlang C)."""
    offered, blocked = servers * utilisation, 1.0
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked / (1 - utilisation * (1 - blocked))


def p95_of_wait(servers: int, utilisation: float, service: float) -> float:
    """What 95 % of the requests wait at most, when each needs a server for `service` on average."""
    waiting = share_that_waits(servers, utilisation)
    too_many = waiting / (1 - PERCENTILE)
    return max(0.0, service * math.log(too_many) / (servers * (1 - utilisation)))


def share_refused(servers: int, utilisation: float, room: float) -> float:
    """The share of requests that find all servers busy and `room` others waiting already."""
    return share_that_waits(servers, utilisation) * utilisation**room


def usable(servers: int, service: float, patience: float, room: float = math.inf) -> float:
    """The highest utilisation that keeps the objective, but at most USABLE.

    There, 95 % of the requests wait at most `patience`, and at most REFUSED are refused
    because `room` others wait. It is 0 when there is no patience left.
    """

    def is_kept(utilisation: float) -> bool:
        refused = share_refused(servers, utilisation, room)
        in_time = p95_of_wait(servers, utilisation, service) <= patience
        return in_time and refused <= REFUSED

    if patience <= 0:
        return 0.0
    if is_kept(USABLE):
        return USABLE
    low, high = 0.0, USABLE
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if is_kept(middle) else (low, middle)
    return low


def servers_for(busy: float, service: float, patience: float, room: float = math.inf) -> int | None:
    """The fewest servers that keep the objective when `busy` of them are busy on average.

    Each of them adds `room` for requests that wait. None when no number is enough, because there
    is no patience left.
    """
    if patience <= 0:
        return None
    servers = max(1, math.ceil(busy / USABLE))
    while busy > servers * usable(servers, service, patience, room * servers):
        servers += 1
    return servers

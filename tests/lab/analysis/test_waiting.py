"""Erlang's law, against values that can be computed by hand and against a simulation."""

import heapq
import math
import random

import pytest

from lab.analysis import waiting


@pytest.mark.parametrize(
    ("servers", "utilisation", "share"),
    [
        (1, 0.5, 0.5),  # of one server: its utilisation
        (1, 0.95, 0.95),
        (2, 0.75, 9 / 14),  # 2 r² / (1 + r)
        (2, 0.5, 1 / 3),
        (10, 0.8, 0.40918),  # from a table of Erlang C: 8 erlangs, 10 servers
        (100, 0.01, 0),
    ],
)
def test_the_share_that_waits_is_that_of_the_tables(servers, utilisation, share):
    assert waiting.share_that_waits(servers, utilisation) == pytest.approx(share, abs=1e-5)


@pytest.mark.parametrize(("servers", "utilisation"), [(1, 0.7), (2, 0.85), (8, 0.9)])
def test_the_wait_is_that_of_a_simulated_queue(servers, utilisation):
    chance, waits, at, free = random.Random(7), [], 0.0, [0.0] * servers
    for _ in range(300_000):
        at += chance.expovariate(servers * utilisation)  # the mean service time is 1
        begins = max(at, heapq.heappop(free))
        heapq.heappush(free, begins + chance.expovariate(1))
        waits.append(begins - at)
    simulated = sorted(waits)[int(0.95 * len(waits))]

    assert waiting.p95_of_wait(servers, utilisation, 1) == pytest.approx(simulated, rel=0.08)


def test_nobody_waits_when_less_than_five_percent_find_all_busy():
    assert waiting.p95_of_wait(100, 0.5, 10) == 0


@pytest.mark.parametrize(
    ("servers", "service", "patience", "expected"),
    [
        (1, 10, 10 * math.log(20 * 0.5) / 0.5, 0.5),  # the wait of one server at 50 %
        (1, 10, 1e9, waiting.USABLE),
        (2, 10, 0, 0),
        (2, 10, -5, 0),
    ],
)
def test_the_usable_part_is_where_the_wait_is_the_patience(servers, service, patience, expected):
    assert waiting.usable(servers, service, patience) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("busy", "service", "patience", "servers"),
    [
        (0.5, 10, 1e9, 1),
        (1.9, 10, 1e9, 2),  # 95 % of two
        (1.91, 10, 1e9, 3),
        (0.5, 10, 46, 2),  # one server would need a patience of 46.05
        (0.5, 10, 46.1, 1),
        (0.5, 10, 0, None),
        (5000, 10, 300, 5264),
    ],
)
def test_the_fewest_servers_that_are_enough(busy, service, patience, servers):
    assert waiting.servers_for(busy, service, patience) == servers


@pytest.mark.parametrize(
    ("servers", "utilisation", "room", "share"),
    [(1, 0.5, 3, 0.5 * 0.5**3), (2, 0.75, 10, 9 / 14 * 0.75**10), (1, 0.9, 0, 0.9)],
)
def test_the_share_that_is_refused_falls_with_the_room(servers, utilisation, room, share):
    assert waiting.share_refused(servers, utilisation, room) == pytest.approx(share)


@pytest.mark.parametrize(
    ("servers", "room", "expected"),
    [(1, 24, 0.0001 ** (1 / 25)), (1, 9, 0.0001 ** (1 / 10)), (1, 1000, waiting.USABLE)],
)
def test_a_queue_that_ends_leaves_more_unused(servers, room, expected):
    assert waiting.usable(servers, 10, 1e9, room) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("busy", "room", "servers"), [(0.69, 24, 1), (0.70, 24, 2), (0.70, 1000, 1)]
)
def test_each_server_adds_room_to_the_queue(busy, room, servers):
    assert waiting.servers_for(busy, 10, 1e9, room) == servers

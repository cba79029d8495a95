"""Needs: a table of loads with answers computed by hand, and what no plan may say."""

import heapq
import math
import random
import re

import pytest

from lab.analysis import needs, waiting
from lab.analysis.needs import Load
from lab.analysis.unit_costs import Costs, Measured
from lab.stack.home import ROOT

MOST = {"core": 8, "worker": 4}
PARTS = {  # in processors and milliseconds
    "core": (0.1, 4, 10, 10),
    "relay": (0.05, 0, 5, 0),
    "worker": (0, 0, 0, 200),
    "postgres": (0, 1, 2, 90),
    "generator": (0, 1, 1, 1),
}
READS = {"reads": 1.0, "orders": 0.0, "reports": 0.0}
MIX = {"reads": 0.9, "orders": 0.08, "reports": 0.02}
# A request of the mix takes 0.9 x 6 + 0.08 x 18 + 0.02 x 301 = 12.86 ms.
LONGER = (1 + (0.9 * 6**2 + 0.08 * 18**2 + 0.02 * 301**2) / 12.86**2) / 2


def usable(processors, room):
    """The part of these processors that can be used when there is room for so many requests."""
    return waiting.usable(processors, 1, 1e9, room)


def measured(parts=PARTS, factors=(1.0, 1.0, 1.0), cores=2, alone=10, report=0.4):
    turns = tuple(
        {
            name: Costs(idle * factor, *(factor * each / 1000 for each in times))
            for name, (idle, *times) in parts.items()
        }
        for factor in factors
    )
    latencies = {"reads": [alone] * 100, "orders": [3 * alone] * 50}
    return Measured(cores, turns, latencies, report)


def of(rate, shares, p95=1e6, **how):
    return needs.needs(measured(**how), Load(rate, shares, p95), MOST)


def part(found, name):
    return next(each for each in found.parts if each.name == name)


@pytest.mark.parametrize(
    ("rate", "shares", "processors", "carries"),
    [
        # A read takes 4 + 1 + 1 ms; 0.15 processors are used without any. Eight instances have
        # room for 200 requests, so for 99 that wait for each of 2 processors.
        (100, READS, (0.15 + 100 * 0.006) / 0.0001 ** (1 / 100), (2 * 0.95 - 0.15) / 0.006),
        (1000, READS, (0.15 + 1000 * 0.006) / 0.95, (2 * 0.95 - 0.15) / 0.006),
        (
            200,
            MIX,
            (0.15 + 200 * 0.01286) / usable(4, 4 * 99 / LONGER),
            (2 * usable(2, 2 * 99 / LONGER) - 0.15) / 0.01286,
        ),
    ],
)
def test_processors_and_the_rate_that_they_carry(rate, shares, processors, carries):
    found = of(rate, shares)

    assert found.processors.value == pytest.approx(processors)
    assert found.carries.value == pytest.approx(carries)


@pytest.mark.parametrize(
    ("rate", "shares", "how", "instances", "workers"),
    [
        # One instance has room for 24: 0.0001 find more waiting at 0.0001 ** (1 / 25) = 0.6918.
        (147, READS, {}, 1, 1),  # 0.1 + 0.588 processors of core
        (148, READS, {}, 2, 1),  # 0.1 + 0.592
        (1000, READS, {"cores": 64}, 5, 1),  # 4.1 of 4.75
        # Five slots have room for 20: 0.0001 are refused at 3.3 slots.
        (100, READS, {"alone": 32}, 1, 1),  # 3.2 slots
        (100, READS, {"alone": 34}, 2, 1),  # 3.4
        # Orders cost more than reads, so E[cost²] / E[cost]² is 1.15, and the room is 22.3.
        (124, MIX, {"cores": 64}, 1, 2),  # 0.1 + 0.570 processors of core
        (126, MIX, {"cores": 64}, 2, 2),  # 0.1 + 0.580
        # 2 processors that are used to 95 % need room for 178 requests: 8 instances.
        (291.6, READS, {}, 8, 1),
        (270, READS, {}, 4, 1),
        (180, MIX, {}, 8, 2),  # 3 processors that are used to 82 % need room for 45 x LONGER
        # Reports cost much more: 2 processors that are used to 72 % need room for 26 x LONGER.
        (100, MIX, {}, 7, 1),  # 2 reports/s x 0.4 s = 0.8 = what a worker may be busy
        (101, MIX, {}, 7, 2),
    ],
)
def test_the_number_of_instances_and_workers(rate, shares, how, instances, workers):
    found = of(rate, shares, **how)

    assert part(found, "core").processes == instances
    assert part(found, "worker").processes == workers


@pytest.mark.parametrize(
    ("shares", "name", "rate"),
    [
        (READS, "core", (8 * 0.95 - 0.1) / 0.004),
        (READS, "relay", math.inf),
        (READS, "worker", math.inf),
        (MIX, "core", (8 * 0.95 - 0.1) / (0.9 * 0.004 + 0.1 * 0.010)),
        (MIX, "relay", (0.95 - 0.05) / (0.08 * 0.005)),
        (MIX, "worker", 4 * 0.8 / (0.02 * 0.4)),
        (MIX, "postgres", math.inf),  # it ends with the processors
    ],
)
def test_the_rate_at_which_each_part_ends(shares, name, rate):
    assert part(of(100, shares), name).ends_at == pytest.approx(rate)


@pytest.mark.parametrize(
    ("cores", "first", "second"),
    [(2, "processors", "worker"), (64, "worker", "core")],
)
def test_what_ends_first_depends_on_the_machine(cores, first, second):
    found = of(100, MIX, cores=cores)

    assert [name for _, name in found.ends][:2] == [first, second]
    assert found.limit.value == pytest.approx(min(rate for rate, _ in found.ends))


@pytest.mark.parametrize(
    ("shares", "alone"),
    [(READS, 10), (MIX, 30), ({"reads": 0.96, "orders": 0.03, "reports": 0.01}, 10)],
)
def test_p95_of_a_mix_is_that_of_the_kinds_by_their_shares(shares, alone):
    assert of(1, shares).alone == alone


def test_an_objective_that_one_request_alone_misses_is_met_by_no_machine():
    found = of(100, READS, p95=9)

    assert math.isinf(found.processors.value) and found.carries.value == 0
    assert part(found, "core").processes is None and found.limit.high == 0


def test_a_strict_objective_leaves_more_of_the_processors_unused():
    loose, strict = (of(100, READS, p95=p95) for p95 in (300, 20))

    assert strict.carries.value < 0.8 * loose.carries.value
    assert strict.processors.value > loose.processors.value


def test_the_interval_has_the_spread_of_the_turns_and_the_error_of_the_model():
    equal, differing = of(100, READS), of(100, READS, factors=(0.9, 1.0, 1.1))

    half = 1.645 * needs.ERROR  # of a normal distribution, 90 %
    assert equal.processors.high / equal.processors.value == pytest.approx(1 + half, abs=1e-3)
    spread = 2.92 * 0.1 / math.sqrt(3)  # Student's, of three values, 90 %
    wide = math.hypot(half, spread)
    assert differing.processors.high / differing.processors.value == pytest.approx(
        1 + wide, abs=2e-3
    )
    assert differing.carries.high > equal.carries.high


def test_one_turn_alone_says_nothing():
    assert math.isinf(of(100, READS, factors=(1.0,)).processors.high)


def test_an_instance_has_the_slots_and_the_queue_that_haproxy_gives_it():
    text = (ROOT / "haproxy" / "haproxy.cfg").read_text()

    assert re.findall(r"presetenv INSTANCE_REQUESTS (\d+)", text) == [str(needs.SLOTS)]
    assert re.findall(r"deny_status 503 if { avg_queue gt (\d+) }", text) == [str(needs.QUEUE)]


@pytest.mark.parametrize(("utilisation", "inside"), [(0.6, 20), (0.7, 25), (0.8, 50)])
def test_requests_that_cost_much_fill_the_queue_as_in_a_simulation(utilisation, inside):
    costs, shares = (2, 28, 80), (0.95, 0.04, 0.01)  # ms; about those of the shop
    parts = {"core": (0, *costs)}
    load = Load(1, dict(zip(READS, shares, strict=True)), 1e6)
    law = needs.Sums(measured(parts), load, MOST, 1e6).law("core")
    chance, at, free, ends, full, total = random.Random(7), 0.0, [0.0, 0.0], [], 0, 200_000
    mean = sum(share * cost for share, cost in zip(shares, costs, strict=True))
    for _ in range(total):
        at += chance.expovariate(2 * utilisation / mean)
        while ends and ends[0] <= at:
            heapq.heappop(ends)
        full += len(ends) > inside
        end = max(at, heapq.heappop(free)) + chance.choices(costs, shares)[0]
        heapq.heappush(free, end)
        heapq.heappush(ends, end)

    promised = waiting.share_refused(2, utilisation, (inside - 2) / law.longer)
    assert 0.8 * full / total < promised < 4 * full / total
    assert (
        waiting.share_refused(2, utilisation, inside - 2) < 0.5 * full / total
    )  # if all were equal

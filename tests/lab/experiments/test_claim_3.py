"""Claim 3: how 3b, 3c, 3d and 3e judge made-up records."""

import json

import pytest

from lab.experiments import e3b_staleness, e3c_local_copies, e3d_stampede, e3e_cache_down
from lab.laboratory import results
from tests.support.made import Made, requests


def copies(local, redis, own=(2, 0)):
    """With each cache, so many of two reads are wrong on each instance that did not write.

    `own` are the reads from the one that wrote, and how many of them are wrong.
    """
    made = Made(e3c_local_copies)
    for instances in (2, 3):
        for cache, each in (("local", local), ("redis", redis)):
            counts = {
                "reads": own[0] + 2 * (instances - 1),
                "wrong": own[1] + each * (instances - 1),
                "own": own[0],
                "own_wrong": own[1],
            }
            made.fact("after a write", cache=cache, instances=instances, **counts)
    return made.read()


def prices(failed=0, **late):
    """One price that changes every second; readers see each change so many seconds late."""
    made = Made(e3b_staleness)
    for side in late:
        made.phase(20, 5, seconds=45, labels={"side": side.replace("_", " ")}, failed=failed)
    found = made.read()
    for phase, seconds in zip(found.phases, late.values(), strict=True):
        phase.events = [{"what": f"{100 + second}.50", "at": second + 0.01} for second in range(45)]
        for request in phase.requests:
            seen = [
                event["what"] for event in phase.events if event["at"] <= request["start"] - seconds
            ]
            request["answer"] = json.dumps({"price": seen[-1] if seen else "99.50"})
    return found


def outage(
    *, killed=0, frozen=0, calm_failed=0, calm_ms=6, down_sql=1.3, after_sql=0.2, after_ms=7
):
    """Reads before, during and after a Redis that is killed or frozen; so many fail meanwhile."""
    made = Made(e3e_cache_down)
    parts = {
        "before": (0.2, calm_ms),
        "down": (down_sql, 15),
        "started": (1, 15),
        "after": (after_sql, after_ms),
    }
    for turn in range(2):
        for how, count in (("killed", killed), ("frozen", frozen)):
            for part, (statements, latency) in parts.items():
                made.phase(
                    40,
                    latency + turn / 10,
                    seconds=e3e_cache_down.PARTS[part],
                    labels={"fault": how, "part": part},
                    queries=statements,
                    failed={"before": calm_failed, "down": count}.get(part, 0),
                )
    return made.read()


def expiries(guard=1, no_guard=8, extra=0, p99=(80, 300), failed=0):
    """Three turns of six expiries, each with so many renderings; `extra` have one more."""
    made, left = Made(e3d_stampede), extra
    for side, count, slowest in 3 * [*zip(e3d_stampede.SIDES, (guard, no_guard), p99, strict=True)]:
        rows = requests(120, 7, 5, cache="redis")
        events = [{"what": "expired", "at": second} for second in range(1, 7)]
        for second in range(1, 7):
            more, left = (1, left - 1) if side == "guard" and left else (0, left)
            end = second + slowest / 1000  # all that arrive before it wait
            for place, row in enumerate(row for row in rows if second <= row["at"] < end):
                row |= {"cache": "miss" if place < count + more else "redis", "end": end}
        for row in rows[-failed:] if failed else ():
            row["status"] = 503
        made.writer.phase({"side": side}, (120, 7, 0.5), rows, events)
    return made.read()


GOOD = {
    e3d_stampede: expiries,
    e3b_staleness: lambda: prices(invalidation=0, TTL_alone=40),
    e3c_local_copies: lambda: copies(local=2, redis=0),
    e3e_cache_down: outage,
}
BAD = {
    e3d_stampede: lambda: expiries(guard=8, p99=(300, 300)),
    e3b_staleness: lambda: prices(invalidation=7, TTL_alone=40),
    e3c_local_copies: lambda: copies(local=2, redis=1),
    e3e_cache_down: lambda: outage(frozen=30),
}


def test_the_age_of_a_price_counts_from_the_answer_to_the_change_that_it_misses():
    (phase,) = prices(invalidation=3).phases

    ages = e3b_staleness.ages(phase)

    # A reader who is 3 s late sees a price whose successor has been there for 2 to 3 s, or less in
    # the beginning.
    assert 1.9 < sorted(ages)[len(ages) // 2] < 3
    assert max(ages) <= 3
    assert e3b_staleness.ages(prices(invalidation=0).phases[0]) == [0.0] * len(ages)


@pytest.mark.parametrize(("seconds", "verdict"), [(0.05, "true"), (0.5, "false")])
def test_near_may_be_stale_for_a_tenth_of_a_second(seconds, verdict):
    assert (
        results.judge(e3b_staleness, prices(invalidation=0, TTL_alone=40, near=seconds)).verdict
        == verdict
    )


def test_one_change_that_many_readers_near_see_late_decides_nothing():
    found = prices(invalidation=0, TTL_alone=40, near=0)
    (near,) = found.where(side="near")
    late = [request for request in near.requests if 20.3 < request["start"] < 20.9]
    for request in late:
        request["answer"] = json.dumps({"price": "119.50"})

    judgement = results.judge(e3b_staleness, found)

    assert len(late) > 5 and judgement.verdict == "unknown"
    assert judgement.because[0].startswith("changes that were seen more than 100 ms late")


def test_a_cache_that_is_stale_beyond_its_ttl_makes_3b_false():
    found = prices(invalidation=0, TTL_alone=40)
    for request in found.phases[1].requests:
        request["answer"] = json.dumps({"price": "99.50"})
    found.phases[1].events[0]["at"] = -e3b_staleness.TTL

    assert results.judge(e3b_staleness, found).verdict == "false"


def test_reads_that_fail_do_not_count_as_fresh():
    assert (
        results.judge(e3b_staleness, prices(invalidation=0, TTL_alone=40, failed=5)).verdict
        == "false"
    )


def test_a_single_failed_read_does_not_change_the_verdict():
    found = prices(invalidation=0, TTL_alone=40)
    found.phases[0].requests[100] |= {
        "status": 503,
        "answer": json.dumps({"title": "Service unavailable"}),
    }

    assert results.judge(e3b_staleness, found).verdict == "true"


def test_entries_that_end_long_before_their_ttl_make_3b_false():
    assert results.judge(e3b_staleness, prices(invalidation=0, TTL_alone=7)).verdict == "false"


def test_prices_that_are_never_stale_without_invalidation_make_3b_false():
    assert results.judge(e3b_staleness, prices(invalidation=0, TTL_alone=0)).verdict == "false"


@pytest.mark.parametrize("local", [0, 1])
def test_local_caches_that_agree_now_and_then_make_3c_false(local):
    assert results.judge(e3c_local_copies, copies(local=local, redis=0)).verdict == "false"


def test_instances_that_were_never_read_make_3c_unknown():
    assert results.judge(e3c_local_copies, Made(e3c_local_copies).read()).verdict == "unknown"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"killed": 20}, "reads that failed when Redis was killed"),
        ({"frozen": 20}, "reads that failed when Redis was frozen"),
        ({"down_sql": 0.3}, "SQL statements per read without Redis"),
        ({"after_sql": 1.2}, "SQL statements per read after Redis is back"),
        ({"after_ms": 14}, "rise of p95 of the reads after Redis is back"),
    ],
)
def test_3e_is_false_when_reads_fail_or_redis_is_not_missed_or_not_used_again(wrong, reason):
    judgement = results.judge(e3e_cache_down, outage(**wrong))

    assert judgement.verdict == "false"
    assert judgement.because[0].startswith(f"{reason}: ")


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        ({"calm_failed": 9}, "reads that failed before the fault"),
        ({"calm_ms": 60, "killed": 20}, "median of the reads before the fault"),
    ],
)
def test_reads_that_fail_or_are_slow_before_the_fault_make_3e_unknown(measured, reason):
    judgement = results.judge(e3e_cache_down, outage(**measured))

    assert judgement.verdict == "unknown"
    assert judgement.because[0].startswith(f"{reason}: ")


def test_readers_use_redis_again_before_the_last_part_of_3e_begins():
    from core_api.catalog.circuit_breaker import PAUSE

    assert e3e_cache_down.PARTS["started"] > PAUSE


@pytest.mark.parametrize(
    ("wrong", "verdict"),
    [
        ({"extra": 0}, "true"),
        ({"extra": 2}, "unknown"),  # of 18 expiries
        ({"extra": 9}, "false"),
        ({"no_guard": 2}, "false"),
        ({"p99": (300, 80)}, "false"),
        ({"failed": 40}, "unknown"),
    ],
    ids=str,
)
def test_3d_needs_one_rendering_with_the_guard_and_a_stampede_without(wrong, verdict):
    assert results.judge(e3d_stampede, expiries(**wrong)).verdict == verdict


def test_a_rendering_counts_for_the_expiry_before_its_response():
    phase = expiries(guard=1).where(side="guard")[0]

    assert e3d_stampede.renderings(phase) == [1] * 6
    phase.requests[0] |= {"cache": "miss"}  # before the first expiry: the system was new
    phase.requests[-1] |= {"cache": "miss"}
    assert e3d_stampede.renderings(phase) == [1] * 5 + [2]

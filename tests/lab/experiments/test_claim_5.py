"""Claim 5: how its experiments judge made-up records."""

import pytest

from lab.experiments import (
    e5a_background,
    e5b_workers,
    e5c_worker_death,
    e5d_queue_isolation,
    e5e_overload,
)
from lab.laboratory import results
from lab.stack.home import ROOT
from tests.support.made import Made


def reports(*, queued=13, inline=40, failed=0, accepted=202, unmade=0, meanwhile=9, calm_failed=0):
    """p95 of the reads (ms) in four pairs, with reports by a worker and inline; 10 ms without."""
    made = Made(e5a_background)
    for pair in range(4):
        for tasks, busy in (("queued", queued), ("inline", inline)):
            for count, latency in ((0, 10), (e5a_background.REPORTS, busy)):
                labels = {"tasks": tasks, "pair": pair, "reports": count}
                lost = failed if count else calm_failed
                made.phase(40, latency + pair / 10, labels=labels, kind="product", failed=lost)
                made.fact("made meanwhile", **labels, count=meanwhile if count else 0)
    made.fact("failed jobs", count=unmade)
    found = made.read()
    for phase in found.where(reports=e5a_background.REPORTS):
        for request in phase.requests[5::6]:
            request |= {"kind": "report", "status": accepted}
    return found


def test_reads_that_fail_without_reports_too_make_5a_unknown():
    judgement = e5a_background.judge(reports(failed=9, calm_failed=9))

    assert judgement.verdict == "unknown"
    assert judgement.because[0].startswith("reads that failed without reports: ")


def makespans(seconds=(10.2, 5.4, 2.9), p95=(10, 10, 11), failed=0, undone=0):
    """The time of 16 tasks with 1, 2 and 4 workers (s), and p95 of the reads meanwhile (ms)."""
    made = Made(e5b_workers)
    for turn in range(2):
        for number, time, latency in zip((1, 2, 4), seconds, p95, strict=True):
            made.phase(20, latency, labels={"workers": number}, failed=failed)
            values = {"seconds": time + turn / 10, "undone": undone, "memory_mb": 500 + 80 * number}
            made.fact("tasks", workers=number, **values)
    return made.read()


def imports(*, no_net=(3, 0), no_checkpoint=(0, 4), unpatched=(0, 0), killed=True):
    """(lost, repeated) of four imports under each configuration."""
    made = Made(e5c_worker_death)
    for configuration, (lost, repeated) in zip(
        e5c_worker_death.CONFIGURATIONS, (no_net, no_checkpoint, unpatched), strict=True
    ):
        for number in range(4):
            state = "running" if number < lost else "done"
            sets = 2 if number >= 4 - repeated else 1
            fact = {"state": state, "sets": sets, "attempts": 2, "worker_killed": killed}
            made.fact("import", configuration=configuration, **fact)
    return made.read()


@pytest.mark.parametrize(
    "wrong",
    [
        {"queued": 26, "inline": 80},
        {"inline": 15},
        {"inline": 3},
        {"failed": 2},
        {"accepted": 503},
        {"unmade": 1},
    ],
)
def test_5a_is_false_when_any_of_its_conditions_fails(
    wrong,
):
    assert e5a_background.judge(reports(**wrong)).verdict == "false"


def test_5a_is_unknown_when_the_worker_made_no_report_meanwhile():
    judgement = e5a_background.judge(reports(meanwhile=0))

    assert judgement.verdict == "unknown"
    assert judgement.because == ("the worker made no report in 4 of 4 phases",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": (10, 10, 2.9)},
        {"seconds": (10, 5.4, 5)},
        {"p95": (10, 10, 21)},
        {"p95": (10, 21, 10)},
        {"failed": 1},
        {"undone": 1},
    ],
)
def test_workers_that_do_not_help_or_that_slow_down_reads_make_it_false(wrong):
    assert e5b_workers.judge(makespans(**wrong)).verdict == "false"


@pytest.mark.parametrize(
    "wrong",
    [
        {"unpatched": (1, 0)},
        {"unpatched": (0, 1)},
    ],
)
def test_an_import_lost_or_repeated_makes_it_false(wrong):
    assert e5c_worker_death.judge(imports(**wrong)).verdict == "false"


def test_an_import_that_still_runs_is_not_taken_for_a_lost_one():
    found = imports(unpatched=(1, 0))
    found.all_facts.append({"name": "not ended", "count": 1})

    judgement = e5c_worker_death.judge(found)

    assert judgement.verdict == "unknown"
    assert judgement.because[0].startswith("1 imports had not ended after 90 s: something else")


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        ({"killed": False}, "workers killed in the unpatched system"),
        ({"no_net": (0, 0)}, "imports lost without requeueing"),
        ({"no_checkpoint": (0, 0)}, "imports repeated without the checkpoint"),
    ],
)
def test_a_kill_that_hits_nothing_shows_nothing(seen, reason):
    judgement = e5c_worker_death.judge(imports(**seen))

    assert (judgement.verdict, len(judgement.because)) == ("unknown", 1)
    assert judgement.because[0].startswith(f"{reason}: between 0 and 2.41 of 4 imports; at least 1")


def test_the_memory_of_workers_is_among_the_costs():
    assert e5b_workers.judge(makespans()).costs == ("80 MB of memory for each further worker",)


def acknowledgements(*, own=0.4, shared=5.5, missing=0, undone=0):
    """Orders whose events are acknowledged after so many seconds, some of them never."""
    made = Made(e5d_queue_isolation)
    for turn in range(2):
        for side, seconds in zip(e5d_queue_isolation.SIDES, (own, shared), strict=True):
            made.phase(10, 20, seconds=7, labels={"side": side})
            waits = [(at / 10, seconds - at / 1000) for at in range(70 - missing)]
            waits += [(7, None)] * missing
            made.fact("acknowledged", side=side, turn=turn, waits=waits, undone=undone)
    return made.read()


@pytest.mark.parametrize(
    "wrong", [{"own": 3}, {"own": 0.1, "shared": 1}, {"missing": 1}, {"undone": 1}]
)
def test_5d_is_false_if_short_tasks_wait_or_get_lost_or_reports_delay_nothing(wrong):
    assert results.judge(e5d_queue_isolation, acknowledgements(**wrong)).verdict == "false"


def overload(*, limits=1.0, growth=0.5, served=2, refusal=503, unlimited=3):
    """The time (s) of what is answered with limits, and its growth per second without them.

    Of three requests `served` are answered with the limits, `unlimited` without them.
    """
    made = Made(e5e_overload)
    for _ in range(2):
        for side in e5e_overload.SIDES:
            made.phase(75, 1000 * limits, seconds=9, labels={"side": side})
    found = made.read()
    for phase in found.phases:
        limited = phase.labels["side"] == "limits"
        for number, request in enumerate(phase.requests):
            if not limited:
                request["end"] = request["at"] * (1 + growth) + 0.2
            elif number % 3 >= served:
                request |= {"status": refusal, "end": request["at"] + 0.1}
            if not limited and number % 3 >= unlimited:
                request["status"] = 503
    return found


@pytest.mark.parametrize(
    "wrong",
    [{"limits": 3}, {"growth": 0.1}, {"served": 3}, {"served": 1, "growth": 0.4}, {"refusal": 504}],
)
def test_5e_is_false_when_clients_wait_or_fail_or_nothing_grows_without_limits(wrong):
    assert results.judge(e5e_overload, overload(**wrong)).verdict == "false"


def test_the_capacity_that_5e_exceeds_is_that_of_haproxys_slots():
    text = (ROOT / "haproxy" / "haproxy.cfg").read_text()

    assert f"presetenv INSTANCE_REQUESTS {e5e_overload.SLOTS}\n" in text
    assert round(e5e_overload.RATE) == 75


GOOD = {
    e5a_background: reports,
    e5b_workers: makespans,
    e5c_worker_death: imports,
    e5d_queue_isolation: acknowledgements,
    e5e_overload: overload,
}
BAD = {
    e5a_background: lambda: reports(queued=40),
    e5b_workers: lambda: makespans(seconds=(10, 10, 10)),
    e5c_worker_death: lambda: imports(unpatched=(4, 0)),
    e5d_queue_isolation: lambda: acknowledgements(own=5.4),
    e5e_overload: lambda: overload(limits=4),
}

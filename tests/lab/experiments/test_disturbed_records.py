"""What a busy machine does to claim 3 decides nothing: it makes no true claim false."""

import json

import pytest

from lab.experiments import e3b_staleness, e3c_local_copies, e3e_cache_down
from lab.laboratory import results
from tests.lab.experiments.test_claim_3 import copies, outage, prices


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ({"local": 2, "redis": 0, "own": (3, 0)}, "true"),  # HAProxy did not share the reads evenly
        ({"local": 2, "redis": 0, "own": (0, 0)}, "true"),
        ({"local": 1, "redis": 0}, "false"),
        ({"local": 2, "redis": 0, "own": (2, 1)}, "false"),
        ({"local": 1, "redis": 0, "own": (1, 1)}, "false"),
    ],
)
def test_3c_is_about_who_wrote_and_not_about_how_often_each_was_read(counts, verdict):
    assert results.judge(e3c_local_copies, copies(**counts)).verdict == verdict


@pytest.mark.parametrize(("looks", "verdict"), [(1, "false"), (20, "unknown")])
def test_the_more_often_3e_is_judged_the_more_must_fail_to_make_it_false(looks, verdict):
    found = outage(frozen=12)
    found.all_facts.append({"name": "looks", "most": looks})

    assert results.judge(e3e_cache_down, found).verdict == verdict


def test_one_change_that_is_seen_late_with_near_decides_nothing():
    found = prices(invalidation=0, TTL_alone=40, near=0.05)
    for request in found.where(side="near")[0].requests:
        if 10 < request["start"] < 10.4:
            request["answer"] = json.dumps({"price": "109.50"})

    judgement = results.judge(e3b_staleness, found)

    assert judgement.verdict == "unknown"
    assert judgement.because[0].startswith("changes that were seen more than 100 ms late")

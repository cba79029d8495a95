"""Each experiment judges good records true, bad ones false, and doubtful ones unknown."""

import matplotlib.figure
import pytest

from lab import experiments, patches
from lab.analysis.verdict import Judgement
from lab.errors import WrongUsage
from lab.experiments import e1a_waiting, e1b_computing, e2b_failover, e3a_cached_reads
from lab.experiments.shared import protocol
from lab.laboratory import results, run
from lab.stack import levers
from tests.lab.experiments import (
    test_all_claims,
    test_claim_1,
    test_claim_2,
    test_claim_3,
    test_claim_4,
    test_claim_5,
)
from tests.support.made import Made


def scaling(experiment, per_instance):
    """Capacities of so many requests a second with 1, 2, ... instances: one probe that holds, one
    that does not."""
    made = Made(experiment).fact("machine", cores=2)
    for number, rate in enumerate(per_instance, 1):
        made.phase(rate, 150, labels={"instances": number}).phase(
            rate * 1.1, 600, labels={"instances": number}
        )
        made.fact("memory", instances=number, memory_mb=400 + 90 * number)
    return made.read()


def made_ladder(*failed):
    """Records with so many failed reads on each step of the failover ladder."""
    made = Made(e2b_failover)
    for step, count in zip(e2b_failover.CONFIGURATIONS, failed, strict=True):
        made.phase(60, 8, failed=count, labels={"step": step})
        made.fact("sent again", step=step, count=3)
    return made


def ladder(*failed):
    return made_ladder(*failed).read()


def reads(off, redis, late_ms=0.1, failed=0):
    """Pairs of reads with so many SQL statements each, of 2 ms."""
    made = Made(e3a_cached_reads)
    for pair in range(5):
        for cache, count in (("off", off), ("redis", redis)):
            fields = {
                "queries": count,
                "db_ms": count * (2 + pair / 10),
                "cache": cache,
                "late_ms": late_ms,
                "failed": failed,
            }
            made.phase(60, 6, labels={"cache": cache, "pair": pair}, **fields)
    return made.read()


GOOD = {
    e1a_waiting: lambda: scaling(e1a_waiting, [40, 80, 118, 155]),
    e1b_computing: lambda: scaling(e1b_computing, [40, 70, 72, 71]),
    e2b_failover: lambda: ladder(40, 6, 2, 0),
    e3a_cached_reads: lambda: reads(off=2, redis=0.1),
    **test_claim_1.GOOD,
    **test_claim_2.GOOD,
    **test_claim_3.GOOD,
    **test_claim_4.GOOD,
    **test_all_claims.GOOD,
    **test_claim_5.GOOD,
}
BAD = {
    e1a_waiting: lambda: scaling(e1a_waiting, [40, 60, 62, 61]),
    e1b_computing: lambda: scaling(e1b_computing, [40, 80, 118, 155]),
    e2b_failover: lambda: ladder(40, 41, 39, 40),
    e3a_cached_reads: lambda: reads(off=2, redis=2),
    **test_claim_1.BAD,
    **test_claim_2.BAD,
    **test_claim_3.BAD,
    **test_claim_4.BAD,
    **test_all_claims.BAD,
    **test_claim_5.BAD,
}


def judged(experiment, made):
    return results.judge(experiment, made[experiment]())


@pytest.mark.parametrize("experiment", experiments.ALL, ids=protocol.name)
def test_an_experiment_has_all_that_the_protocol_requires(experiment):
    assert [
        name for name in protocol.CONSTANTS if getattr(experiment, name, None) in (None, "")
    ] == []
    assert [
        name for name in protocol.FUNCTIONS if not callable(getattr(experiment, name, None))
    ] == []
    assert experiment.CLAIM in range(6) and experiment.ID[0] == str(experiment.CLAIM)
    assert (
        levers.parse(f"{name}={value}" for name, value in experiment.PROOF.levers.items())
        is not None
    )
    assert all(patches.patch_named(name).takes_away for name in experiment.PROOF.patches)
    assert 0 < experiment.SECONDS.quick <= experiment.SECONDS.full


def test_no_two_experiments_share_an_id_and_the_headline_has_one_for_each_claim():
    assert len({experiment.ID for experiment in experiments.ALL}) == len(experiments.ALL)
    claims = [experiment.CLAIM for experiment in experiments.HEADLINE]
    assert len(set(claims)) == len(claims)


def test_reads_that_fail_do_not_count_as_cheap_ones():
    assert results.judge(e3a_cached_reads, reads(off=2, redis=0.1, failed=3)).verdict == "false"


def test_an_experiment_is_chosen_by_its_id_or_its_name_and_once_only():
    assert experiments.chosen(["2b", "failover", "1a"]) == [e1a_waiting, e2b_failover]
    assert experiments.chosen(["all"]) == list(experiments.ALL)
    with pytest.raises(WrongUsage, match="there is no experiment 9z"):
        experiments.chosen(["9z"])


@pytest.mark.parametrize("experiment", experiments.ALL, ids=protocol.name)
def test_good_records_are_judged_true_and_bad_ones_false(experiment):
    good, bad = judged(experiment, GOOD), judged(experiment, BAD)

    assert (good.verdict, good.because) == ("true", ())
    assert (bad.verdict, bad.doubts) == ("false", ()) and bad.because
    assert good.finding != bad.finding
    assert all(measure.low <= measure.value <= measure.high for measure in good.measures.values())


@pytest.mark.parametrize("experiment", experiments.ALL, ids=protocol.name)
def test_a_figure_is_drawn_from_the_records_with_its_axes_named(experiment):
    axes = matplotlib.figure.Figure().subplots()

    experiment.figure(GOOD[experiment](), axes)
    axes.figure.draw_without_rendering()

    assert axes.has_data()
    assert axes.get_ylabel()
    assert axes.get_xlabel() or [label.get_text() for label in axes.get_xticklabels()]


def test_what_a_slow_generator_measured_is_unknown():
    judgement = results.judge(e3a_cached_reads, reads(off=2, redis=0.1, late_ms=15))

    assert judgement.verdict == "unknown"
    assert "the generator was too slow: 100.0 %" in judgement.doubts[0]


def test_a_queue_that_grew_all_the_time_makes_the_verdict_unknown():
    found = ladder(2, 0, 0, 0)
    for phase in found.phases:
        for request in phase.requests:
            request["end"] = request["start"] + request["at"] * 0.5

    judgement = results.judge(e2b_failover, found)

    assert judgement.verdict == "unknown"
    assert "Little's law is off" in judgement.doubts[0]


def test_what_the_audit_found_makes_the_verdict_unknown():
    made = made_ladder(2, 0, 0, 0)
    made.fact("audit", violations=["core: stock of LAMP-1 is -1"])

    judgement = results.judge(e2b_failover, made.read())

    assert judgement.verdict == "unknown"
    assert judgement.doubts == ("the audit found: core: stock of LAMP-1 is -1",)


def test_what_was_never_audited_is_unknown_but_in_a_proof():
    found = made_ladder(2, 0, 0, 0).read(audited=False)

    assert results.judge(e2b_failover, found).doubts == ("no audit was made",)
    found.header["proving"] = True
    assert results.judge(e2b_failover, found).verdict == "true"


@pytest.mark.parametrize("number", [2, 3, 4])
@pytest.mark.parametrize(("part", "verdict"), [(0.65, "false"), (0.75, "unknown")])
def test_capacity_has_to_grow_with_every_number_of_instances(number, part, verdict):
    rates = [40, 80, 118, 155]
    rates[number - 1] = part * number * 40

    judgement = results.judge(e1a_waiting, scaling(e1a_waiting, rates))

    assert judgement.verdict == verdict
    assert judgement.because[0].startswith(f"capacity of {number} instances:")


def test_memory_and_second_attempts_are_among_the_costs():
    assert e1a_waiting.judge(GOOD[e1a_waiting]()).costs == (
        "90 MB of memory for each further instance",
    )
    assert (
        e2b_failover.judge(ladder(40, 6, 2, 0))
        .costs[0]
        .startswith("3 second attempts for 210 reads")
    )


@pytest.mark.parametrize(
    "experiment", [e2b_failover, test_claim_2.e2c_retried_writes], ids=protocol.name
)
def test_second_attempts_that_were_not_counted_are_not_taken_for_none(experiment):
    found = GOOD[experiment]()
    found.all_facts = [fact for fact in found.all_facts if fact["name"] != "sent again"]

    assert "second attempts were not counted" in results.judge(experiment, found).doubts[0]


def test_an_experiment_that_was_aborted_is_unknown_whatever_it_had_recorded():
    found = Made(e2b_failover).fact("failure", what="the system did not start").read()

    judgement = results.judge(e2b_failover, found)

    assert judgement == Judgement(
        (), "it could not be measured", {}, doubts=("the system did not start",)
    )
    assert (judgement.verdict, judgement.because) == ("unknown", judgement.doubts)


def test_the_headline_takes_at_most_9_minutes_and_a_quick_run_of_all_35():
    assert sum(each.SECONDS.full for each in experiments.HEADLINE) <= 9 * 60  # now 530 s
    assert sum(each.SECONDS.quick for each in experiments.ALL) <= 35 * 60  # now 2075 s


def test_sigma_and_kappa_have_the_bounds_that_a_single_point_gives_them():
    measures = e1b_computing.judge(scaling(e1b_computing, [40, 70, 72, 71])).measures

    for name, standard in {"sigma": "contention", "kappa": "coherency"}.items():
        assert measures[name].low <= measures[name].value <= measures[name].high
        assert measures[name].low < measures[name].high
        assert standard in measures[name].unit


def test_after_a_ctrl_c_it_says_where_the_results_are(capsys):
    with pytest.raises(KeyboardInterrupt), run._kept("folder", {"experiments": [{"id": "1a"}]}):
        raise KeyboardInterrupt

    assert "./escala report folder" in capsys.readouterr().err

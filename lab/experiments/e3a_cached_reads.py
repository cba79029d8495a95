"""3a: how much database work does the cache spare?"""

import statistics as plain

from lab.analysis import estimates
from lab.analysis.verdict import Judgement, Measure, decide, hardly_any
from lab.experiments.protocol import Proof, Seconds
from lab.workload import shop

ID, CLAIM = "3a", 3
HEADLINE = True
TITLE = "The cache spares the database"
QUESTION = "How many SQL statements, and how much of the database's time, does a read cost with the cache and without?"
HYPOTHESIS = (
    "With CACHE=redis both fall by more than half, and no more than 0.1 % of the reads fail."
)
METHOD = (
    "Two instances, 60 reads a second: three in four a product's page, chosen by Zipf's law, the others lists and best"
    " sellers. CACHE=off and CACHE=redis in turn, as pairs with the same arrivals. Each answer tells its statements and"
    " their time (Server-Timing). Counted: the change within each pair, its median and bootstrap 95 % interval."
)
LIMITS = "Nothing is written meanwhile: what a write costs is the question of 3b. The catalogue fits into Redis."
PROOF = Proof("the cache is off on both sides", levers={"CACHE": "off"})
SECONDS = Seconds(quick=75, full=125)
HALF = 0.5
RATE, LENGTH, WARMUP = 60, 7, 1.5


def measure(lab):
    lab.set(CACHE="redis")
    reads = shop.catalogue_reads(lab)
    for pair in range(3 if lab.quick else 5):
        for cache in ("off", "redis"):
            lab.set(CACHE=cache)
            lab.load(
                reads, rate=RATE, seconds=LENGTH, warmup=WARMUP, draw=pair, cache=cache, pair=pair
            )
    lab.audit()


def per_request(phase, field):
    """The mean of a field over a phase's answers; one that does not tell it cost nothing."""
    return plain.fmean(request.get(field, 0) for request in phase.counted)


def pairs(records, value):
    """({cache: [value of each phase, in order of the pairs]})."""
    return {
        cache: [value(phase) for phase in records.where(cache=cache)] for cache in ("off", "redis")
    }


def judge(records):
    statements = pairs(records, lambda phase: per_request(phase, "queries"))
    times = pairs(records, lambda phase: per_request(phase, "db_ms"))
    p95 = pairs(records, lambda phase: phase.latency(95))
    changes = {
        name: estimates.change(found["off"], found["redis"])
        for name, found in (("SQL per read", statements), ("database time", times), ("p95", p95))
    }
    measures = {f"{name}, change": Measure.percent(change) for name, change in changes.items()}
    for cache in ("off", "redis"):
        measures[f"SQL per read, {cache}"] = Measure.of(
            estimates.median(statements[cache]), "statements"
        )
        measures[f"database time, {cache}"] = Measure.of(
            estimates.median(times[cache]), "ms per read"
        )
        measures[f"p95, {cache}"] = Measure.of(estimates.median(p95[cache]), "ms")
    measures["hits"] = Measure.exact(round(100 * hits(records), 1), "% of reads, redis")
    failed = records.failures()
    measures["failed"] = Measure.exact(failed[0], f"of {failed[1]} reads")
    falls = [estimates.counts(changes[name], HALF) for name in ("SQL per read", "database time")]
    lower = [changes[name].value < 0 for name in ("SQL per read", "database time")]
    off, redis = (plain.median(statements[cache]) for cache in ("off", "redis"))
    return Judgement(
        decide(*falls, *lower, hardly_any(*failed)),
        f"a read costs {redis:.2f} SQL statements with the cache, {off:.2f} without",
        measures,
        costs=("an answer may be as old as 60 s when Redis fails at the moment of a write (3b)",),
    )


def hits(records):
    answers = [request for phase in records.where(cache="redis") for request in phase.counted]
    return sum(request.get("cache") == "redis" for request in answers) / len(answers)


def figure(records, axes):
    found = pairs(records, lambda phase: per_request(phase, "queries"))
    for off, redis in zip(found["off"], found["redis"], strict=True):
        axes.plot([0, 1], [off, redis], "o-", color="#0072B2", alpha=0.7)
    for place, (cache, side) in enumerate((("off", "right"), ("redis", "left"))):
        middle = plain.median(found[cache])
        axes.annotate(f"  {middle:.2f}  ", (place, middle), ha=side, va="center", color="#0072B2")
    axes.set(
        ylabel="SQL statements per read", xticks=[0, 1], xticklabels=["CACHE=off", "CACHE=redis"]
    )
    axes.set_xlabel("each line a pair of phases with the same requests; the figures are medians")
    axes.set_xlim(-0.4, 1.4)
    axes.set_ylim(bottom=0)

"""3a: how much database work does the cache save?"""

import statistics

from lab.analysis import estimates
from lab.analysis.conditions import at_most, few
from lab.analysis.verdict import Judgement, Measure
from lab.experiments.shared.protocol import Guess, Proof, Seconds
from lab.experiments.shared.turns import there_and_back
from lab.workload import shop

ID, CLAIM = "3a", 3
HEADLINE = True
TITLE = "The cache relieves the database"
QUESTION = (
    "How many SQL statements, and how much database time, does a read cost with and without the"
    " cache?"
)
HYPOTHESIS = "With CACHE=redis both fall by more than half, and at most 0.1 % of the reads fail."
METHOD = (
    "Two instances, 60 reads/s: three in four read a product, chosen by Zipf's law; the others"
    " read lists and best sellers. CACHE=off and CACHE=redis are measured as pairs with the same"
    " arrivals. Each response reports its SQL statements and their time (Server-Timing). Compared:"
    " the change within each pair, as a geometric mean with Student's interval. Its level is"
    " 98.75 %, because the pairs are judged up to four times."
)
LIMITS = (
    "Nothing is written meanwhile: what a write costs is the question of 3b. The whole catalogue"
    " fits into Redis."
)
PROOF = Proof("the cache is off on both sides", levers={"CACHE": "off"})
GUESS = Guess(
    "how many SQL statements does a read cost with the cache, on average?",
    "SQL per read, redis",
)
SECONDS = Seconds(quick=66, full=66)
HALF = 0.5
RATE, LENGTH, WARMUP = 60, 5, 1.5


def measure(lab):
    lab.configure(CACHE="redis")
    reads = shop.catalogue_reads(lab)
    for pair in lab.turns(3, 6):
        for cache in there_and_back(("off", "redis"), pair):
            lab.configure(CACHE=cache)
            lab.load(
                reads,
                rate=RATE,
                seconds=LENGTH,
                warmup=WARMUP,
                draw=pair,
                again=True,
                cache=cache,
                pair=pair,
            )
    lab.audit()


def per_request(phase, field):
    """The mean of a field over the responses of a phase; a response without the field counts 0."""
    return statistics.fmean(request.get(field, 0) for request in phase.counted)


def pairs(records, value):
    """{cache: [value of each phase, in the order of the pairs]}."""
    return {
        cache: [value(phase) for phase in records.where(cache=cache)] for cache in ("off", "redis")
    }


def judge(records):
    statements = pairs(records, lambda phase: per_request(phase, "queries"))
    times = pairs(records, lambda phase: per_request(phase, "db_ms"))
    p95 = pairs(records, lambda phase: phase.latency(95))
    changes = {
        name: estimates.mean_change(found["off"], found["redis"], level=records.level)
        for name, found in (("SQL per read", statements), ("database time", times), ("p95", p95))
    }
    measures = {f"{name}, change": Measure.percent(change) for name, change in changes.items()}
    for cache in ("off", "redis"):
        measures[f"SQL per read, {cache}"] = Measure.of(
            estimates.span(statements[cache]), "statements"
        )
        measures[f"database time, {cache}"] = Measure.of(
            estimates.span(times[cache]), "ms per read"
        )
        measures[f"p95, {cache}"] = Measure.of(estimates.span(p95[cache]), "ms")
    measures["hits"] = Measure.exact(round(100 * hits(records), 1), "% of reads, redis")
    failed = records.failures()
    measures["failed"] = Measure.exact(failed[0], f"of {failed[1]} reads")
    costs = {name: changes[name].times(100) for name in ("SQL per read", "database time")}
    off, redis = (statistics.median(statements[cache]) for cache in ("off", "redis"))
    return Judgement(
        (
            *(
                at_most(f"change of {name} with the cache", change, -100 * HALF, "%")
                for name, change in costs.items()
            ),
            few("reads that failed", *failed, "reads", level=records.level),
        ),
        f"a read costs {redis:.2f} SQL statements with the cache, {off:.2f} without",
        measures,
        costs=("a response can be up to 60 s old when Redis fails at the moment of a write (3b)",),
    )


def hits(records):
    """The share of reads with CACHE=redis that Redis answered."""
    answers = [request for phase in records.where(cache="redis") for request in phase.counted]
    return sum(request.get("cache") == "redis" for request in answers) / len(answers)


def figure(records, axes):
    found = pairs(records, lambda phase: per_request(phase, "queries"))
    for off, redis in zip(found["off"], found["redis"], strict=True):
        axes.plot([0, 1], [off, redis], "o-", color="#0072B2", alpha=0.7)
    for place, (cache, side) in enumerate((("off", "right"), ("redis", "left"))):
        middle = statistics.median(found[cache])
        axes.annotate(f"  {middle:.2f}  ", (place, middle), ha=side, va="center", color="#0072B2")
    axes.set(
        ylabel="SQL statements per read", xticks=[0, 1], xticklabels=["CACHE=off", "CACHE=redis"]
    )
    axes.set_xlabel("each line is a pair of phases with the same requests; the numbers are medians")
    axes.set_xlim(-0.4, 1.4)
    axes.set_ylim(bottom=0)

"""3e: what do readers notice when the cache dies, or hangs, and comes back?"""

import statistics

import numpy

from lab.analysis import estimates, figures
from lab.analysis.conditions import at_least, at_most, few, signed
from lab.analysis.records import change_of_latency
from lab.analysis.verdict import Judgement, Measure, disturbed
from lab.experiments.shared.protocol import Proof, Seconds
from lab.workload import shop

ID, CLAIM = "3e", 3
TITLE = "The cache dies and no read fails"
QUESTION = "What do readers notice when Redis is killed, or frozen, and started again?"
HYPOTHESIS = (
    "At most 1 % of the reads fail. Without Redis a read costs at least twice as many SQL"
    " statements. From six seconds after its start at most half as many as without it, and p95 is"
    " at most twice as high as before."
)
METHOD = (
    "Two instances, 20 reads of the catalogue per second. Redis is killed (SIGKILL), or frozen"
    " (SIGSTOP), in the interleaved rounds. After four seconds it is started again, or continues."
    " Compared: the reads before the fault, those without Redis, and those from six seconds after"
    " its start: an instance that got no answer from Redis skips it for five seconds."
)
LIMITS = (
    "Nothing is written meanwhile. The database carries these reads alone: when it cannot, some"
    " are refused as in 5e."
)
PROOF = Proof(
    "an instance waits 5 s for each answer of Redis, longer than HAProxy waits for the instance",
    patches=("redis-timeouts",),
)
SECONDS = Seconds(quick=85, full=175)
RATE = 20
MOST_FAILED = 0.01  # of the reads
MOST_BEFORE = 50  # ms; a read from the cache takes a tenth, unless the machine is busy
FAULTS = {"KILL": "killed", "STOP": "frozen"}
PARTS = {"before": 4, "down": 4, "started": 6, "after": 4}  # of a round: seconds
COMPARED = ("before", "down", "after")


def measure(lab):
    lab.configure(CACHE="redis")
    reads = shop.catalogue_reads(lab)
    lab.load(reads, rate=3 * RATE, seconds=4, part="filling the cache")
    for turn in lab.turns(2 if lab.quick else 3, 5):
        for signal in FAULTS:
            lab.configure(CACHE="redis")
            happens = {
                "down": [(0.3, lambda signal=signal: lab.kill("cache", signal))],
                "started": [(0, lambda: lab.start("cache"))],
            }
            for part, seconds in PARTS.items():
                lab.load(
                    reads,
                    rate=RATE,
                    seconds=seconds,
                    warmup=1.5 if part == "before" else 0,
                    during=happens.get(part, ()),
                    draw=f"{turn}/{part}",
                    again=part == "before",  # the others begin with a fault or follow one
                    fault=FAULTS[signal],
                    part=part,
                )
    lab.audit()


def steady_phases(records):
    """Without its protection the system does not keep up after the fault."""
    return records.where(part="before")


def statements(records, part):
    """SQL statements per read, as the mean over the phases of this part."""
    return estimates.mean(
        [
            statistics.fmean(request.get("queries", 0) for request in phase.counted)
            for phase in records.where(part=part)
        ],
        level=records.level,
    )


def judge(records):
    cost = {part: statements(records, part) for part in COMPARED}
    slower = {
        part: change_of_latency(
            records.where(part="before"), records.where(part=part), 95, level=records.level
        )
        for part in ("down", "after")
    }
    measures = {}
    for part in COMPARED:
        p95 = estimates.span([phase.latency(95) for phase in records.where(part=part)])
        measures[f"SQL per read, {part}"] = Measure.of(cost[part], "statements")
        measures[f"p95, {part}"] = Measure.of(p95, "ms")
    for part, change in slower.items():
        measures[f"change of p95, {part}"] = Measure.percent(change, "% of p95 before")
    failed = {how: records.failures(fault=how) for how in FAULTS.values()}
    for how, (count, sent) in failed.items():
        measures[f"failed, Redis {how}"] = Measure.exact(count, f"of {sent} reads")
    killed, frozen = (count for count, _ in failed.values())
    return Judgement(
        tuple(conditions(failed, cost, slower["after"], records.level)),
        f"{killed} reads fail when Redis is killed, {frozen} when it is frozen; without it a read"
        f" costs {cost['down'].value:.1f} SQL statements instead of {cost['before'].value:.1f}",
        measures,
        costs=(
            f"p95 of the reads changes by {signed(slower['down'].value)} while Redis is down",
            "an instance uses Redis again up to 5 s after it is back",
        ),
        doubts=tuple(disturbances(records)),
    )


def disturbances(records):
    """Why the faults do not explain the failures: the machine was too busy before them."""
    slowest = max(phase.latency(50) for phase in records.where(part="before"))
    for each in (
        few("reads that failed before the fault", *records.failures(part="before"), "reads"),
        at_most("median of the reads before the fault", slowest, MOST_BEFORE, "ms"),
    ):
        if each.state != "true":
            yield disturbed(each.sentence())


def conditions(failed, cost, slower, level):
    """One for each fault, and those for what a read costs without Redis and afterwards."""
    for how, counts in failed.items():
        yield few(
            f"reads that failed when Redis was {how}", *counts, "reads", MOST_FAILED, level=level
        )
    more, left = cost["down"].over(cost["before"]), cost["after"].over(cost["down"])
    yield at_least("SQL statements per read without Redis", more, 2, "times that before")
    back = "SQL statements per read after Redis is back"
    yield at_most(back, left.times(100), 50, "% of that without it")
    yield at_most(
        "rise of p95 of the reads after Redis is back", slower.times(100), 100, "% of p95 before"
    )


def by_second(records, how):
    """{second since the fault: [reads that were due in it]}, over all rounds with this fault."""
    found, begin = {}, -PARTS["before"]
    for part, seconds in PARTS.items():
        for phase in records.where(fault=how, part=part):
            for request in phase.counted:
                found.setdefault(begin + int(request["at"]), []).append(request)
        begin += seconds
    return dict(sorted(found.items()))


def figure(records, axes):
    axes, below = figures.stack_axes(axes, [1, 1])
    for how, color in zip(FAULTS.values(), ("#0072B2", "#D55E00"), strict=True):
        seconds = by_second(records, how)
        places = [second + 0.5 for second in seconds]
        p95 = [
            1000 * numpy.percentile([read["end"] - read["at"] for read in reads], 95)
            for reads in seconds.values()
        ]
        sql = [
            statistics.fmean(read.get("queries", 0) for read in reads) for reads in seconds.values()
        ]
        axes.plot(places, p95, "o-", color=color, label=f"Redis {how}")
        below.plot(places, sql, "o-", color=color)
    for each in (axes, below):
        each.axvspan(0, PARTS["down"], color="0.9")
        each.set_ylim(bottom=0)
    axes.text(
        PARTS["down"] / 2,
        1,
        "no Redis",
        va="top",
        transform=axes.get_xaxis_transform(),
        ha="center",
    )
    axes.legend(frameon=False)
    axes.set(ylabel="p95 of reads (ms)", xticklabels=[])
    below.set(xlabel="seconds since the fault", ylabel="SQL per read")

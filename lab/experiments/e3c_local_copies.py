"""3c: do the instances agree after a write when each has a cache of its own, and when they share
one?"""

from lab.analysis import estimates
from lab.analysis.verdict import Judgement, Measure, decide
from lab.experiments.protocol import Proof, Seconds

ID, CLAIM = "3c", 3
TITLE = "One cache for all instances"
QUESTION = "How many reads contradict a price that was just changed, with a cache in each instance and with Redis?"
HYPOTHESIS = (
    "With CACHE=local all instances but the one that wrote are wrong; with CACHE=redis none is."
)
METHOD = (
    "Two instances, then more, which HAProxy asks in turn. A product is read until every instance has it in its cache,"
    " its price is changed by one request, and it is read again, twice by way of each instance. Counted: reads that"
    " show another price than the one that was answered 200."
)
LIMITS = "Requests come one after the other: what happens during a write is the question of 3b."
PROOF = Proof("each instance has a cache of its own on both sides", levers={"CACHE": "local"})
SECONDS = Seconds(quick=25, full=40)
CACHES = ("local", "redis")


def measure(lab):
    lab.set(replicas=2)
    price, skus = (
        500,
        [row["sku"] for row in lab.ask("GET", "/api/products/?page_size=10")["results"]],
    )
    for instances in (2, 3) if lab.quick else (2, 3, 4):
        for cache in CACHES:
            lab.set(replicas=instances, CACHE=cache, BALANCE="roundrobin")
            staff = lab.bearer("admin")
            for sku in skus:
                price += 1
                told = read_after_write(
                    lab, f"/api/products/{sku}/", f"{price}.50", staff, reads=2 * instances
                )
                wrong = sum(other != f"{price}.50" for other in told)
                lab.fact(
                    "after a write", cache=cache, instances=instances, reads=len(told), wrong=wrong
                )
    lab.audit()


def read_after_write(lab, path, price, staff, *, reads):
    """The prices that so many reads tell right after the product's price was changed; all had read
    it before."""
    for _ in range(reads):
        lab.ask("GET", path)
    lab.ask("PATCH", path, {"price": price}, staff)
    return [lab.ask("GET", path)["price"] for _ in range(reads)]


def all_but_the_writer(fact):
    """Whether as many reads were wrong as instances that did not write gave."""
    return fact["wrong"] * fact["instances"] == fact["reads"] * (fact["instances"] - 1)


def wrong(records, cache, instances=None):
    """(wrong, all) reads with this cache, and so many instances."""
    facts = [
        fact
        for fact in records.facts("after a write")
        if fact["cache"] == cache and instances in (None, fact["instances"])
    ]
    return sum(fact["wrong"] for fact in facts), sum(fact["reads"] for fact in facts)


def numbers(records):
    return sorted({fact["instances"] for fact in records.facts("after a write")})


def judge(records):
    measures = {}
    for cache in CACHES:
        for number in numbers(records):
            share = estimates.share(*wrong(records, cache, number))
            measures[f"wrong, {cache}, {number} instances"] = Measure.percent(share, "% of reads")
    local, redis = (wrong(records, cache) for cache in CACHES)
    return Judgement(
        decide(
            *(
                all_but_the_writer(f)
                for f in records.facts("after a write")
                if f["cache"] == "local"
            ),
            redis[0] == 0,
        ),
        f"after a write {local[0]} of {local[1]} reads are wrong with a cache in each instance,"
        f" {redis[0]} of {redis[1]} with Redis",
        measures,
        costs=(
            "each cached read asks Redis, over the network, instead of the instance's own memory",
        ),
        doubts=() if local[1] and redis[1] else ("there were no reads to count",),
    )


def figure(records, axes):
    for cache, color, style in (("local", "#D55E00", "o-"), ("redis", "#0072B2", "s--")):
        shares = [
            100 * estimates.share(*wrong(records, cache, number)).value
            for number in numbers(records)
        ]
        axes.plot(numbers(records), shares, style, color=color)
        axes.annotate(
            f"CACHE={cache}", (numbers(records)[-1], shares[-1] + 3), color=color, ha="right"
        )
    axes.set(
        xlabel="instances of core_api",
        ylabel="wrong reads (%)",
        xticks=numbers(records),
        ylim=(-4, 104),
    )

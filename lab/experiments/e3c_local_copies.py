"""3c: do instances agree after a write, with a cache in each and with a shared one?"""

from lab.analysis import estimates
from lab.analysis.conditions import at_most, exactly
from lab.analysis.verdict import Judgement, Measure
from lab.experiments.shared.protocol import Proof, Seconds

ID, CLAIM = "3c", 3
TITLE = "One cache for all instances"
QUESTION = (
    "How many reads show an old price after a change, with a cache in each instance and with Redis?"
)
HYPOTHESIS = (
    "With CACHE=local all instances except the one that wrote are wrong; with CACHE=redis none is."
)
METHOD = (
    "Two instances, then more, which HAProxy uses in turn (round robin). A product is read until"
    " every instance has cached it. One request changes its price, and the product is read again,"
    " twice from each instance. Counted: reads that show another price than the change that was"
    " answered 200."
)
LIMITS = "Requests follow one another: what happens during a write is the question of 3b."
PROOF = Proof("each instance has its own cache on both sides", levers={"CACHE": "local"})
SECONDS = Seconds(quick=25, full=40)
CACHES = ("local", "redis")


def measure(lab):
    lab.configure(replicas=2)
    products = lab.request_ok("GET", "/api/products/?page_size=10")["results"]
    price, skus = 500, [product["sku"] for product in products]
    for instances in (2, 3) if lab.quick else (2, 3, 4):
        for cache in CACHES:
            lab.configure(replicas=instances, CACHE=cache, BALANCE="roundrobin")
            staff = lab.bearer("admin")
            for sku in skus:
                price += 1
                path, written = f"/api/products/{sku}/", f"{price}.50"
                shown = read_after_write(lab, path, written, staff, reads=2 * instances)
                lab.fact(
                    "after a write",
                    cache=cache,
                    instances=instances,
                    reads=len(shown),
                    wrong=sum(other != written for other in shown),
                )
    lab.audit()


def read_after_write(lab, path, price, staff, *, reads):
    """The prices that so many reads show after a change; every instance has cached the old one."""
    for _ in range(reads):
        lab.request_ok("GET", path)
    lab.request_ok("PATCH", path, {"price": price}, staff)
    return [lab.request_ok("GET", path)["price"] for _ in range(reads)]


def all_but_the_writer(fact):
    """Whether exactly the reads from instances that did not write were wrong."""
    return fact["wrong"] * fact["instances"] == fact["reads"] * (fact["instances"] - 1)


def wrong_reads(records, **values):
    """(wrong, all): the reads with this cache and number of instances."""
    facts = records.facts("after a write", **values)
    return sum(fact["wrong"] for fact in facts), sum(fact["reads"] for fact in facts)


def numbers(records):
    return sorted({fact["instances"] for fact in records.facts("after a write")})


def judge(records):
    measures = {}
    for cache in CACHES:
        for number in numbers(records):
            share = estimates.share(*wrong_reads(records, cache=cache, instances=number))
            measures[f"wrong, {cache}, {number} instances"] = Measure.percent(share, "% of reads")
    local, redis = (wrong_reads(records, cache=cache) for cache in CACHES)
    writes = records.facts("after a write", cache="local")
    expected = sum(all_but_the_writer(fact) for fact in writes)
    alone = "writes after which only the instance that wrote was right, CACHE=local"
    return Judgement(
        (
            at_most("wrong reads with CACHE=redis", redis[0], 0, f"of {redis[1]}"),
            exactly(alone, expected, len(writes), f"of {len(writes)}"),
        ),
        f"after a write {local[0]} of {local[1]} reads are wrong with a cache in each instance,"
        f" {redis[0]} of {redis[1]} with Redis",
        measures,
        costs=(
            "each cached read goes over the network to Redis, not to the memory of the instance",
        ),
        doubts=() if local[1] and redis[1] else ("there were no reads to count",),
    )


def figure(records, axes):
    for cache, color, style in (("local", "#D55E00", "o-"), ("redis", "#0072B2", "s--")):
        shares = [
            100 * estimates.share(*wrong_reads(records, cache=cache, instances=number)).value
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

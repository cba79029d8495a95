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
SECONDS = Seconds(quick=30, full=40)
CACHES = ("local", "redis")


def measure(lab):
    lab.configure(replicas=2)
    products = lab.request_ok("GET", "/api/products/?page_size=10")["results"]
    price, skus = 500, [product["sku"] for product in products]
    with lab.watched():
        for instances in (2, 3) if lab.quick else (2, 3, 4):
            for cache in CACHES:
                lab.configure(replicas=instances, CACHE=cache, BALANCE="roundrobin")
                staff = lab.bearer("admin")
                for sku in skus:
                    price += 1
                    path, written = f"/api/products/{sku}/", f"{price}.50"
                    counts = read_after_write(lab, path, written, staff, reads=2 * instances)
                    lab.fact("after a write", cache=cache, instances=instances, **counts)
    lab.audit()


def read_after_write(lab, path, price, staff, *, reads):
    """Reads the product from all instances, changes its price, and reads it so many times again.

    Counted: reads, wrong ones, and of both those that the instance answered that wrote. X-Served-By
    names it, because HAProxy skips an instance that is slow to answer a health check. A read from
    an instance that had not cached the product shows nothing, and is not counted.
    """
    had_cached = {served_by(lab.response_ok("GET", path)) for _ in range(reads)}
    writer = served_by(lab.response_ok("PATCH", path, {"price": price}, staff))
    answers = [lab.response_ok("GET", path) for _ in range(reads)]
    shown = [
        (served_by(each) == writer, each.document["price"] != price)
        for each in answers
        if served_by(each) in had_cached
    ]
    return {
        "reads": len(shown),
        "wrong": sum(wrong for _, wrong in shown),
        "own": sum(own for own, _ in shown),
        "own_wrong": sum(own and wrong for own, wrong in shown),
    }


def served_by(response):
    return response.headers["X-Served-By"]


def all_but_the_writer(fact):
    """Whether exactly the reads from instances that did not write were wrong."""
    return not fact["own_wrong"] and fact["wrong"] == fact["reads"] - fact["own"]


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
        place = -8 if cache == "redis" and shares[-1] > 10 else 3  # in a proof the lines are equal
        axes.annotate(
            f"CACHE={cache}", (numbers(records)[-1], shares[-1] + place), color=color, ha="right"
        )
    axes.set(
        xlabel="instances of core_api",
        ylabel="wrong reads (%)",
        xticks=numbers(records),
        ylim=(-4, 104),
    )

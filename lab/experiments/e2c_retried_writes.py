"""2c: what happens to a write that is sent again because its response did not come?"""

from collections import Counter

from lab.analysis import figures, verdict
from lab.analysis.conditions import at_least, at_most
from lab.analysis.verdict import Judgement, Measure
from lab.experiments.shared.protocol import Proof, Seconds
from lab.experiments.shared.turns import there_and_back
from lab.workload import load, shop

ID, CLAIM = "2c", 2
TITLE = "The price of retrying a write"
QUESTION = (
    "Which orders fail, get lost or are placed twice when one instance freezes and another one"
    " dies?"
)
HYPOTHESIS = (
    "Without retries, orders fail. With retries but no idempotency key, orders are placed twice"
    " and no request fails. With both, neither happens."
)
METHOD = (
    "Three instances, 40 orders/s, each with an Idempotency-Key. One instance is frozen for two"
    " seconds and then continues its work. Later another one is killed. There are three"
    " configurations: HAProxy does not retry after a broken connection or a timeout (a patch); it"
    " retries, and core_api ignores the key (a patch); it retries, and core_api respects the key."
    " Afterwards each order is looked up in the database. failed = not answered with 201; lost ="
    " answered with 201 and not in the database; placed twice = more than once in the database."
)
LIMITS = (
    "The key comes from the client: a client that makes a new key for its second attempt orders"
    " twice. The two configurations with the key are interleaved. The one without it has another"
    " database constraint, so it is measured on its own, first."
)
PROOF = Proof("core_api ignores the key", patches=("idempotency-key",))
SECONDS = Seconds(quick=90, full=145)
CONFIGURATIONS = {  # name: patches
    "retries, no key": ("idempotency-key",),
    "key, no retries": ("l7-retries",),
    "retries and key": (),
}
FATES = ("failed", "lost", "placed twice")
NONE_MAY_FAIL = ({"configuration": "retries and key"},)
RATE, LENGTH = 40, 7


def measure(lab):
    turns = range(2 if lab.quick else 4)
    first, *others = CONFIGURATIONS
    plan = [(turn, first) for turn in turns]
    plan += [(turn, other) for turn in turns for other in there_and_back(others, turn)]
    for turn, configuration in plan:
        lab.configure(replicas=3, patches=CONFIGURATIONS[configuration])
        order_during_faults(lab, configuration, turn)
    lab.audit()


def order_during_faults(lab, configuration, turn):
    """One phase of orders with both faults, and a fact: how many orders each key has."""
    prefix = shop.key_prefix(ID, lab.seed, lab.proving, configuration, turn)
    skus = shop.restock(lab.system.home.port("haproxy"), lab.bearer("admin"))
    phase = lab.load(
        shop.order_requests(lab, skus, prefix),
        rate=RATE,
        seconds=LENGTH,
        warmup=0,
        during=[
            (1, lambda: lab.kill("core-2", "STOP")),
            (3, lambda: lab.start("core-2")),
            (load.fault_time(turn, lab.seed, earliest=5), lambda: lab.kill("core-3")),
        ],
        draw=turn,
        configuration=configuration,
    )
    lab.fact("sent again", configuration=configuration, count=lab.second_attempts(phase))
    lab.fact("orders", phase=phase.number, placed=shop.orders_placed(lab, prefix))


def fates(records, configuration):
    """How many orders of this configuration had each of FATES; also `sent` and others."""
    placed = {fact["phase"]: fact["placed"] for fact in records.facts("orders")}
    found = Counter()
    for phase in records.where(configuration=configuration):
        for request in phase.counted:
            times, answered = placed[phase.number].get(request["note"], 0), request["status"] == 201
            found["sent"] += 1
            found["failed"] += not answered
            found["lost"] += answered and times == 0
            found["placed twice"] += times > 1
            found["failed, yet placed"] += not answered and times > 0
    return found


def judge(records):
    found = {configuration: fates(records, configuration) for configuration in CONFIGURATIONS}
    measures = {
        f"{fate}, {configuration}": Measure.exact(count[fate], f"of {count['sent']} orders")
        for configuration, count in found.items()
        for fate in (*FATES, "failed, yet placed")
    }
    no_key, no_retries, both = (found[name] for name in CONFIGURATIONS)
    again = verdict.second_attempts(records.facts("sent again", configuration="retries and key"))
    measures["second attempts, retries and key"] = Measure.exact(
        again, f"for {both['sent']} orders"
    )
    wrong, sent = sum(both[fate] for fate in FATES), f"of {both['sent']}"
    return Judgement(
        (
            *(
                at_most(f"orders {fate} with retries and key", both[fate], 0, sent)
                for fate in FATES
            ),
            at_least(
                "orders placed twice with retries and no key", no_key["placed twice"], 1, sent
            ),
            at_most("orders failed with retries and no key", no_key["failed"], 0, sent),
            at_least("orders failed without retries", no_retries["failed"], 1, sent),
            at_least("orders sent with retries and key", both["sent"], 1, "orders"),
        ),
        f"without retries {no_retries['failed']} orders fail; with retries and no key"
        f" {no_key['placed twice']} are placed twice; with both {wrong} go wrong",
        measures,
        costs=(
            f"{again} second attempts for {both['sent']} orders during the two faults",
            "every order stores its key and updates a unique index",
        ),
    )


def figure(records, axes):
    found = {configuration: fates(records, configuration) for configuration in CONFIGURATIONS}
    groups = {name: {fate: count[fate] for fate in FATES} for name, count in found.items()}
    sent = found["retries and key"]["sent"]
    figures.draw_counts(axes, groups, xlabel=f"orders, of {sent} sent", ylabel="configuration")

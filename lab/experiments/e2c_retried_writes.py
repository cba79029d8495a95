"""2c: what does it cost to send a write again when its answer does not come?"""

from collections import Counter

from lab.analysis import figures, verdict
from lab.analysis.verdict import Judgement, Measure, decide
from lab.experiments.protocol import Proof, Seconds
from lab.workload import load, shop

ID, CLAIM = "2c", 2
TITLE = "The price of sending a write again"
QUESTION = "Which orders fail, get lost or are placed twice when one instance freezes and another one dies?"
HYPOTHESIS = (
    "Without retries orders fail; with retries and no key they are placed twice, and no request tells of it; with both"
    " there is none of either."
)
METHOD = (
    "Three instances, 40 orders a second, each with an Idempotency-Key. One instance is frozen for two seconds and goes"
    " on with what it was at; then another one is killed. Three configurations: HAProxy sends nothing again that broke"
    " off or met silence (a patch); it does, and core_api takes no notice of the key (a patch); it does, and the key"
    " counts. Afterwards each order that was sent is looked for in the database: failed = not answered with 201,"
    " lost = answered and not there, placed twice = there more than once."
)
LIMITS = (
    "Keys are the client's: one that makes a new key for its second attempt orders twice. The two with the key are"
    " interleaved; without it the database has another constraint, so that system is measured by itself, first."
)
PROOF = Proof("core_api takes no notice of the key", patches=("idempotency-key",))
SECONDS = Seconds(quick=80, full=145)
CONFIGURATIONS = {
    "retries, no key": ("idempotency-key",),
    "key, no retries": ("l7-retries",),
    "retries and key": (),
}
FATES = ("failed", "lost", "placed twice")
RATE, LENGTH = 40, 7


def measure(lab):
    turns = range(2 if lab.quick else 4)
    first, *others = CONFIGURATIONS
    for turn, configuration in [(turn, first) for turn in turns] + [
        (turn, c) for turn in turns for c in others
    ]:
        lab.set(replicas=3, patches=CONFIGURATIONS[configuration])
        strike(lab, configuration, turn)
    lab.audit()


def strike(lab, configuration, turn):
    """One phase of orders under both faults, and a fact: how often each of its keys is in the
    database."""
    prefix = f"{ID}/{lab.seed}/{lab.proving}/{configuration}/{turn}"
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
    """A Counter of `sent`, FATES and `failed, yet placed` over all phases of this configuration."""
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
    blind, once, both = (found[name] for name in CONFIGURATIONS)
    again = verdict.sent_again(
        [fact for fact in records.facts("sent again") if fact["configuration"] == "retries and key"]
    )
    measures["second attempts, retries and key"] = Measure.exact(
        again, f"for {both['sent']} orders"
    )
    whole = [both[fate] == 0 for fate in FATES]
    return Judgement(
        decide(
            both["sent"] > 0,
            *whole,
            blind["placed twice"] > 0,
            blind["failed"] == 0,
            once["failed"] > 0,
        ),
        f"without retries {once['failed']} orders fail, with retries alone {blind['placed twice']} are placed twice;"
        f" with both {both['failed'] + both['lost'] + both['placed twice']} go wrong",
        measures,
        costs=(
            f"{again} second attempts for {both['sent']} orders, under both faults",
            "a row is kept for each key, with a unique index that every order pays for",
        ),
    )


def figure(records, axes):
    found = {configuration: fates(records, configuration) for configuration in CONFIGURATIONS}
    groups = {name: {fate: count[fate] for fate in FATES} for name, count in found.items()}
    figures.counted(
        axes, groups, f"orders, of {found['retries and key']['sent']} sent", "configuration"
    )

"""5c: what happens to a task whose worker is killed?"""

from lab.analysis import figures
from lab.analysis.conditions import at_most, occurs
from lab.analysis.verdict import Judgement, Measure, disturbed
from lab.experiments.shared.protocol import Proof, Seconds
from lab.experiments.shared.turns import there_and_back
from lab.polling import wait_until
from lab.workload import shop

ID, CLAIM = "5c", 5
HEADLINE = True
TITLE = "A dead worker's task is done exactly once"
QUESTION = "How many accepted imports are lost or take effect twice when their workers are killed?"
HYPOTHESIS = (
    "None is lost and none takes effect twice. Without late acknowledgement and the search for"
    " stalled jobs, imports are lost; without the checkpoint, they are repeated."
)
METHOD = (
    "Four workers, each with an import of 16,000 rows. As soon as an import has committed its"
    " first rows, one of its products is ordered, and its worker is killed if the import is still"
    " running. Then the workers are started again. When every job has ended or had no heartbeat"
    " for 12 s, the imports are counted. lost = accepted and not done. repeated = the stock of its"
    " first product was set a second time, so the unit that was sold is for sale again. To save"
    " time a worker counts as dead after 4 s here; the shop's default is 15 s."
)
LIMITS = (
    "Exactly once is true for rows of the database: an import writes its progress in the same"
    " transaction as its rows."
)
PROOF = Proof(
    "messages are acknowledged early, and the relay does not search for stalled jobs",
    patches=("late-acks", "requeue-stalled-jobs"),
)
SECONDS = Seconds(quick=60, full=60)
CONFIGURATIONS = {  # name: patches
    "no late acks or requeueing": ("late-acks", "requeue-stalled-jobs"),
    "no checkpoint": ("import-checkpoint",),
    "unpatched": (),
}
SEEN = {  # what has to happen at least once: in which configuration, and which of its fates
    "workers killed in the unpatched system": ("unpatched", "worker killed"),
    "imports lost without requeueing": ("no late acks or requeueing", "lost"),
    "imports repeated without the checkpoint": ("no checkpoint", "repeated"),
}
WORKERS, ROWS, FILLERS = 4, 16000, 50
LOST_AFTER = 12  # seconds without a heartbeat; by then the relay would have found the job
ACTIVE_JOBS = (
    "SELECT count(*) FROM jobs_job WHERE state = 'queued'"
    " OR (state = 'running' AND heartbeat > now() - %s * interval '1 second')"
)
TIMES_STOCK_WAS_SET = (
    "SELECT count(*) FROM orders_stockmovement m JOIN catalog_product p ON p.id = m.product_id"
    " WHERE p.sku = %s AND m.reason IN ('initial', 'import')"
)


def measure(lab):
    for turn in lab.turns(1, 4):
        for number, (configuration, patches) in there_and_back(
            enumerate(CONFIGURATIONS.items()), turn
        ):
            lab.configure(workers=WORKERS, patches=patches)
            skus = [f"IMPORT-{turn}{number}{worker}" for worker in range(WORKERS)]
            with lab.watched():
                jobs = {shop.import_products(lab, import_lines(sku)): sku for sku in skus}
                customer = lab.bearer()
                killed = {job: order_and_kill(lab, job, sku, customer) for job, sku in jobs.items()}
                lab.configure(workers=WORKERS, patches=patches)  # starts the killed ones again
                wait_until(lambda: not active_jobs(lab), seconds=90)
            lab.fact("not ended", count=active_jobs(lab))
            for job, sku in jobs.items():
                ((sets,),) = lab.sql("core", TIMES_STOCK_WAS_SET, sku)
                state = shop.job_state(lab, job) | {"sets": sets, "worker_killed": killed[job]}
                lab.fact("import", configuration=configuration, **state)
    if not lab.proving:  # the audit would wait for the lost jobs, which judge() counts
        lab.audit()


def import_lines(sku):
    """The lines of an import: one product that is checked, then many more that take time."""
    yield f"{sku},First product,Imported,1.00,100"
    for number in range(ROWS):
        yield f"{sku}-{number % FILLERS},Filler,Imported,{1 + number // FILLERS}.00,100"


def order_and_kill(lab, job, sku, customer):
    """Orders the import's first product once it exists, then kills the import's worker.

    Returns False when the import had already ended.
    """
    if not wait_until(lambda: shop.job_state(lab, job)["progress"], seconds=20, every=0.02):
        return False
    document = {"lines": [{"sku": sku, "quantity": 1}]}
    headers = customer | {"Idempotency-Key": f"{ID}/{sku}"}
    lab.request_ok("POST", "/api/orders/", document, headers)
    found = shop.job_state(lab, job)
    if found["state"] == "running":
        lab.kill(found["worker"])
    return found["state"] == "running"


def active_jobs(lab):
    """How many jobs are queued, or running with a recent heartbeat."""
    ((count,),) = lab.sql("core", ACTIVE_JOBS, LOST_AFTER)
    return count


def fates(records, configuration):
    """How many imports of this configuration were accepted, lost, repeated; and worker killed."""
    found = records.facts("import", configuration=configuration)
    return {
        "accepted": len(found),
        "lost": sum(fact["state"] != "done" for fact in found),
        "repeated": sum(fact["sets"] > 1 for fact in found),
        "worker killed": sum(fact["worker_killed"] for fact in found),
    }


def judge(records):
    found = {configuration: fates(records, configuration) for configuration in CONFIGURATIONS}
    measures = {
        f"{fate}, {configuration}": Measure.exact(count[fate], f"of {count['accepted']} imports")
        for configuration, count in found.items()
        for fate in ("lost", "repeated", "worker killed")
    }
    attempts = [fact["attempts"] for fact in records.facts("import", configuration="unpatched")]
    measures["attempts, unpatched"] = Measure(
        sum(attempts) / len(attempts), min(attempts), max(attempts), "for each import"
    )
    no_requeueing, no_checkpoint, unpatched = (found[name] for name in CONFIGURATIONS)
    accepted = f"of {unpatched['accepted']}"
    late = sum(fact["count"] for fact in records.facts("not ended"))
    return Judgement(
        (
            at_most("imports lost by the unpatched system", unpatched["lost"], 0, accepted),
            at_most("imports repeated by the unpatched system", unpatched["repeated"], 0, accepted),
            *(
                occurs(name, found[where][fate], found[where]["accepted"], "imports")
                for name, (where, fate) in SEEN.items()
            ),
        ),
        f"the workers of {unpatched['worker killed']} of {unpatched['accepted']} imports were"
        f" killed: {unpatched['lost']} imports are lost, {unpatched['repeated']} repeated; without"
        f" late acks and requeueing {no_requeueing['lost']} are lost, without the checkpoint"
        f" {no_checkpoint['repeated']} are repeated",
        measures,
        costs=(
            "a dead worker's task waits until the missing heartbeat is noticed: 15 s by default",
        ),
        doubts=(disturbed(f"{late} imports had not ended after 90 s"),) if late else (),
    )


def figure(records, axes):
    found = {configuration: fates(records, configuration) for configuration in CONFIGURATIONS}
    groups = {
        f"{name}\n({count['worker killed']} workers killed)": {
            fate: count[fate] for fate in ("lost", "repeated")
        }
        for name, count in found.items()
    }
    accepted = found["unpatched"]["accepted"]
    figures.draw_counts(
        axes, groups, xlabel=f"imports, of {accepted} accepted", ylabel="configuration"
    )

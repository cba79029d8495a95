"""5c: what becomes of a task whose worker is killed?"""

from lab.analysis import figures
from lab.analysis.verdict import Judgement, Measure, decide
from lab.experiments.protocol import Proof, Seconds
from lab.polling import wait_until
from lab.workload import shop

ID, CLAIM = "5c", 5
HEADLINE = True
TITLE = "A dead worker's task is done, and once"
QUESTION = (
    "How many accepted imports are lost, or have their effect twice, when their workers are killed?"
)
HYPOTHESIS = (
    "None is lost and none has its effect twice. Without late acknowledgement and the look for silent jobs they are"
    " lost; without the checkpoint they are repeated."
)
METHOD = (
    "Four workers, each with an import of 16000 rows. As soon as an import has committed its first rows, one of the"
    " products it brought is ordered, and its worker is killed if it is still at it (struck). Then the workers come"
    " back, and when every job has ended or has been silent for 12 s, the imports are counted. lost = accepted and not"
    " done; repeated = its first product's stock was set a second time, so that the unit sold is for sale again. A"
    " worker counts as dead after 4 s here, to save time; as the shop is set up it is 15 s."
)
LIMITS = (
    "Once per row, that is: how far an import came is in the same transaction as what it wrote."
)
PROOF = Proof(
    "messages are acknowledged early, and nobody looks for silent jobs",
    patches=("late-acks", "requeue-stalled-jobs"),
)
SECONDS = Seconds(quick=100, full=190)
CONFIGURATIONS = {
    "no net": ("late-acks", "requeue-stalled-jobs"),
    "no checkpoint": ("import-checkpoint",),
    "as it is": (),
}
WORKERS, ROWS, FILLERS = 4, 16000, 50
SILENT = 12  # seconds without a heartbeat after which nobody will come for a job any more
UNDER_WAY = (
    "state = 'queued' OR (state = 'running' AND heartbeat > now() - %s * interval '1 second')"
)
SETS = (
    "SELECT count(*) FROM orders_stockmovement m JOIN catalog_product p ON p.id = m.product_id"
    " WHERE p.sku = %s AND m.reason IN ('initial', 'import')"
)


def measure(lab):
    for turn in range(2 if lab.quick else 3):
        for number, (configuration, patches) in enumerate(CONFIGURATIONS.items()):
            lab.set(workers=WORKERS, patches=patches)
            skus = [f"IMPORT-{turn}{number}{worker}" for worker in range(WORKERS)]
            asked = {shop.import_products(lab, file(sku)): sku for sku in skus}
            customer = lab.bearer()
            struck = {job: strike(lab, job, sku, customer) for job, sku in asked.items()}
            lab.set(workers=WORKERS, patches=patches)  # brings the killed workers back
            wait_until(lambda: not under_way(lab), seconds=90)
            for job, sku in asked.items():
                ((sets,),) = lab.sql("core", SETS, sku)
                told = shop.job_state(lab, job) | {"sets": sets, "struck": struck[job]}
                lab.fact("import", configuration=configuration, **told)
    if not lab.proving:  # it would wait for the lost ones, which judge() counts
        lab.audit()


def file(sku):
    """The lines of an import: one product that counts, and then others, again and again, that take
    time."""
    yield f"{sku},First product,Imported,1.00,100"
    for number in range(ROWS):
        yield f"{sku}-{number % FILLERS},Filler,Imported,{1 + number // FILLERS}.00,100"


def strike(lab, job, sku, customer):
    """Orders the import's first product once it is there, and kills the worker at it; False: too
    late for that."""
    if not wait_until(lambda: shop.job_state(lab, job)["progress"], seconds=20, every=0.02):
        return False
    document = {"lines": [{"sku": sku, "quantity": 1}]}
    lab.ask("POST", "/api/orders/", document, customer | {"Idempotency-Key": f"{ID}/{sku}"})
    found = shop.job_state(lab, job)
    if found["state"] == "running":
        lab.kill(found["worker"])
    return found["state"] == "running"


def under_way(lab):
    """How many jobs are queued, or held by a worker that is heard of."""
    ((count,),) = lab.sql("core", f"SELECT count(*) FROM jobs_job WHERE {UNDER_WAY}", SILENT)
    return count


def fates(records, configuration):
    """{accepted, lost, repeated, struck}: how many of all imports under this configuration."""
    found = [fact for fact in records.facts("import") if fact["configuration"] == configuration]
    return {
        "accepted": len(found),
        "lost": sum(fact["state"] != "done" for fact in found),
        "repeated": sum(fact["sets"] > 1 for fact in found),
        "struck": sum(fact["struck"] for fact in found),
    }


def judge(records):
    found = {configuration: fates(records, configuration) for configuration in CONFIGURATIONS}
    measures = {
        f"{fate}, {configuration}": Measure.exact(count[fate], f"of {count['accepted']} imports")
        for configuration, count in found.items()
        for fate in ("lost", "repeated", "struck")
    }
    tries = [
        fact["attempts"] for fact in records.facts("import") if fact["configuration"] == "as it is"
    ]
    measures["attempts, as it is"] = Measure(
        sum(tries) / len(tries), min(tries), max(tries), "for each import"
    )
    whole, bare, forgetful = (found[name] for name in ("as it is", "no net", "no checkpoint"))
    return Judgement(
        decide(
            whole["lost"] + whole["repeated"] == 0,
            whole["struck"] > 0,
            bare["lost"] > 0,
            forgetful["repeated"] > 0,
        ),
        f"{whole['struck']} of {whole['accepted']} imports lost their worker: {whole['lost']} are lost,"
        f" {whole['repeated']} repeated; without the nets {bare['lost']} are lost, without the checkpoint"
        f" {forgetful['repeated']} are repeated",
        measures,
        costs=(
            "a dead worker's task waits until its silence is noticed: 15 s as the shop is set up",
        ),
    )


def figure(records, axes):
    found = {configuration: fates(records, configuration) for configuration in CONFIGURATIONS}
    groups = {
        f"{name}\n({count['struck']} struck)": {fate: count[fate] for fate in ("lost", "repeated")}
        for name, count in found.items()
    }
    figures.counted(
        axes,
        groups,
        f"imports, of {found['as it is']['accepted']} accepted",
        "configuration",
    )

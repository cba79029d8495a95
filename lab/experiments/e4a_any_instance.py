"""4a: is a token good everywhere, and does anybody have to look it up?"""

from lab.analysis.verdict import Judgement, Measure, decide
from lab.experiments.protocol import Proof, Seconds
from lab.workload import load

ID, CLAIM = "4a", 4
HEADLINE = True
TITLE = "A token is good everywhere"
QUESTION = "Which instances accept a token that another one has issued, and how many SQL statements does it cost them?"
HYPOTHESIS = "Every instance accepts every token, analytics too, with no statement; none accepts a forged one."
METHOD = (
    "A customer logs in at each of two instances, a third is started, and the customer logs in there too. Then each"
    " instance, and analytics_api, is asked with each token who it names (GET whoami): past HAProxy, so that none is"
    " left out, and then 60 times a second by way of HAProxy. Each answer tells the statements it took, in"
    " its text and in its Server-Timing. A token with another signature is sent to each of them too."
)
LIMITS = "That a token is good everywhere also means that nobody can take it back: see 4c."
PROOF = Proof(
    "each instance remembers in its own memory who logged in there", patches=("logins-in-memory",)
)
SECONDS = Seconds(quick=15, full=25)
CORES = ("core-1", "core-2", "core-3")
ALL = (*CORES, "analytics-1")
RATE = 60


def measure(lab):
    lab.set(replicas=2)
    tokens = {name: lab.bearer(at=name) for name in CORES[:2]}
    lab.set(replicas=3)
    tokens[CORES[2]] = lab.bearer(at=CORES[2])
    for issuer, token in tokens.items():
        for asked in ALL:
            status, _, told = lab.answer("GET", path_of(asked), headers=token, at=asked)
            lab.fact(
                "asked",
                issuer=issuer,
                asked=asked,
                status=status,
                queries=told.get("queries"),
                named=told.get("username"),
            )
    for asked in ALL:
        status, _, _ = lab.answer("GET", path_of(asked), headers=spoilt(tokens[CORES[0]]), at=asked)
        lab.fact("asked with a spoilt token", asked=asked, status=status)
    choosers = [load.get(path_of(name), headers=token) for token in tokens.values() for name in ALL]
    lab.load(
        load.mixture(*((1, chooser) for chooser in choosers)),
        rate=RATE,
        seconds=8 if lab.quick else 20,
    )
    lab.audit()


def spoilt(headers):
    """The same with another signature."""
    text, _, signature = headers["Authorization"].rpartition(".")
    return headers | {
        "Authorization": f"{text}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    }


def path_of(name):
    return "/analytics/whoami/" if name.startswith("analytics") else "/api/whoami/"


def is_accepted(fact):
    return fact["status"] == 200 and fact["named"] == "customer"


def judge(records):
    asked, (phase,) = records.facts("asked"), records.phases
    accepted = [fact for fact in asked if is_accepted(fact)]
    answered = [request for request in phase.counted if request["status"] == 200]
    statements = sum(fact["queries"] for fact in accepted) + sum(
        request["queries"] for request in answered
    )
    refused = sum(fact["status"] == 401 for fact in records.facts("asked with a spoilt token"))
    everywhere = f"{len(accepted)} of {len(asked)} pairs of issuer and instance"
    return Judgement(
        decide(
            len(accepted) == len(asked) == len(CORES) * len(ALL),
            0 < len(answered) == len(phase.counted),
            statements == 0,
            refused == len(ALL),
        ),
        f"{everywhere} accept the token, with {statements} SQL statements",
        {
            "pairs that accept": Measure.exact(len(accepted), f"of {len(asked)}"),
            "requests accepted": Measure.exact(len(answered), f"of {len(phase.counted)}"),
            "spoilt tokens refused": Measure.exact(refused, f"of {len(ALL)}"),
            "SQL statements": Measure.exact(
                statements, f"in {len(accepted) + len(answered)} answers"
            ),
        },
        costs=("nobody can take a token back before it ends (4c)",),
    )


def figure(records, axes):
    for fact in records.facts("asked"):
        accepted = is_accepted(fact)
        x, y = ALL.index(fact["asked"]), CORES.index(fact["issuer"])
        axes.bar(x, 0.9, 0.9, bottom=y - 0.45, color="#0072B2" if accepted else "#D55E00")
        words = f"accepted\n{fact['queries']} SQL" if accepted else f"refused\n{fact['status']}"
        axes.text(x, y, words, ha="center", va="center", color="white")
    axes.set(
        xlabel="asked", ylabel="logged in at", xticks=range(len(ALL)), yticks=range(len(CORES))
    )
    axes.set_xticklabels(ALL)
    axes.set_yticklabels(CORES)
    axes.set_ylim(len(CORES) - 0.4, -0.6)

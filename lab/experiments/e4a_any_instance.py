"""4a: is a token valid on every instance, without a lookup?"""

from lab.analysis.conditions import at_most, exactly, few
from lab.analysis.verdict import Judgement, Measure, disturbed
from lab.experiments.shared.protocol import Proof, Seconds
from lab.workload import load

ID, CLAIM = "4a", 4
HEADLINE = True
TITLE = "A token is valid on every instance"
QUESTION = (
    "Which instances accept a token that another one has issued, and with how many SQL statements?"
)
HYPOTHESIS = (
    "Every instance accepts every token, and so does analytics_api, without an SQL statement."
    " None accepts a tampered token."
)
METHOD = (
    "A customer logs in at each of two instances. A third instance is started, and the customer"
    " logs in there too. Then each instance and analytics_api is sent each token and reports its"
    " user (GET whoami): once directly, so that none is left out, and then 60 times a second"
    " through HAProxy. Each response reports the SQL statements it took, in its text and in"
    " Server-Timing. A token with a changed signature is sent to each of them too."
)
LIMITS = (
    "A token that is valid everywhere without a lookup cannot be revoked before it expires: see 4c."
)
PROOF = Proof("each instance keeps its logins in its own memory", patches=("logins-in-memory",))
SECONDS = Seconds(quick=12, full=12)
CORES = ("core-1", "core-2", "core-3")
ALL = (*CORES, "analytics-1")
RATE = 60
NONE_MAY_FAIL = ({},)


def measure(lab):
    lab.configure(replicas=2)
    tokens = {name: lab.bearer(at=name) for name in CORES[:2]}
    lab.configure(replicas=3)
    tokens[CORES[2]] = lab.bearer(at=CORES[2])
    for issuer, token in tokens.items():
        for name in ALL:
            response = lab.request("GET", path_of(name), headers=token, at=name)
            lab.fact(
                "token sent",
                issuer=issuer,
                to=name,
                status=response.status,
                queries=response.document.get("queries"),
                named=response.document.get("username"),
            )
    bad_token = tampered(tokens[CORES[0]])
    for name in ALL:
        status = lab.request("GET", path_of(name), headers=bad_token, at=name).status
        lab.fact("tampered token sent", to=name, status=status)
    requests = [load.get(path_of(name), headers=token) for token in tokens.values() for name in ALL]
    lab.load(
        load.mixture(*((1, request) for request in requests)),
        rate=RATE,
        seconds=8,
        again=True,
    )
    lab.audit()


def tampered(headers):
    """The same headers with the first character of the token's signature changed."""
    text, _, signature = headers["Authorization"].rpartition(".")
    first = "B" if signature[0] == "A" else "A"
    return headers | {"Authorization": f"{text}.{first}{signature[1:]}"}


def path_of(name):
    return "/analytics/whoami/" if name.startswith("analytics") else "/api/whoami/"


def is_accepted(fact):
    return fact["status"] == 200 and fact["named"] == "customer"


def says_nothing(answer):
    """Whether an answer such as 503, or none, neither accepts nor refuses a token."""
    return not answer["status"] or answer["status"] >= 500


def judge(records):
    sent, (phase,) = records.facts("token sent"), records.phases
    accepted = [fact for fact in sent if is_accepted(fact)]
    answered = [request for request in phase.counted if request["status"] == 200]
    unanswered, load = sum(map(says_nothing, phase.counted)), len(phase.counted)
    calm = few("requests that got no answer about their token", unanswered, load, "requests")
    silent = [] if calm.state == "true" or not load else [calm.sentence()]
    if count := sum(map(says_nothing, sent)):
        silent.append(f"{count} tokens got no answer from the instance itself")
    statements = sum(fact["queries"] for fact in accepted) + sum(
        request["queries"] for request in answered
    )
    refused = sum(fact["status"] == 401 for fact in records.facts("tampered token sent"))
    pairs, load = len(CORES) * len(ALL), max(1, load - unanswered)
    return Judgement(
        (
            exactly(
                "pairs of issuer and instance that accept the token", len(accepted), pairs, "pairs"
            ),
            exactly("requests through HAProxy that were accepted", len(answered), load, "requests"),
            at_most("SQL statements to accept tokens", statements, 0, "statements"),
            exactly("tampered tokens that were refused", refused, len(ALL), "tokens"),
        ),
        f"{len(accepted)} of {len(sent)} pairs of issuer and instance accept the token,"
        f" with {statements} SQL statements",
        {
            "pairs that accept": Measure.exact(len(accepted), f"of {len(sent)}"),
            "requests accepted": Measure.exact(len(answered), f"of {len(phase.counted)}"),
            "tampered tokens refused": Measure.exact(refused, f"of {len(ALL)}"),
            "SQL statements": Measure.exact(
                statements, f"in {len(accepted) + len(answered)} answers"
            ),
        },
        costs=("a token cannot be revoked before it expires (4c)",),
        doubts=tuple(map(disturbed, silent)),
    )


def figure(records, axes):
    for fact in records.facts("token sent"):
        accepted = is_accepted(fact)
        x, y = ALL.index(fact["to"]), CORES.index(fact["issuer"])
        axes.bar(x, 0.9, 0.9, bottom=y - 0.45, color="#0072B2" if accepted else "#D55E00")
        words = f"accepted\n{fact['queries']} SQL" if accepted else f"refused\n{fact['status']}"
        axes.text(x, y, words, ha="center", va="center", color="white")
    axes.set(
        xlabel="token sent to",
        ylabel="token issued by",
        xticks=range(len(ALL)),
        yticks=range(len(CORES)),
    )
    axes.set_xticklabels(ALL)
    axes.set_yticklabels(CORES)
    axes.set_ylim(len(CORES) - 0.4, -0.6)

"""4c: what is the price of tokens without a lookup?"""

import json
import math
import time
from typing import NamedTuple

from lab.analysis import figures
from lab.analysis.conditions import at_least, at_most, exactly
from lab.analysis.verdict import Judgement, Measure, disturbed
from lab.experiments.shared import forged_tokens
from lab.experiments.shared.protocol import Proof, Seconds
from lab.stack import desired, environment
from lab.workload import load
from lab.workload.http_client import bearer

ID, CLAIM = "4c", 4
TITLE = "Tokens cannot be revoked at once"
QUESTION = "How long is the token of a deactivated user accepted, and who else can make tokens?"
HYPOTHESIS = (
    "A token is accepted until it expires, and at most 10 s longer, because clocks may differ."
    " With HS256 analytics_api can make tokens, because the key that verifies is the key that"
    " signs; with EdDSA it cannot."
)
METHOD = (
    "Three tokens are made for a customer with the shop's key, which expire after 4, 8 and 12 s."
    " Each is sent 10 times a second while the customer is deactivated in the database. Then, with"
    " each JWT_ALGORITHM, three tokens that claim to be staff are forged only with what the"
    " environment of analytics_api holds. They are sent to the shop's pages for staff."
)
LIMITS = (
    "The shop's own tokens live longer; the result for 4, 8 and 12 s is assumed to hold for them"
    " too."
)
PROOF = Proof("the key is shared on both sides", levers={"JWT_ALGORITHM": "HS256"})
SECONDS = Seconds(quick=35, full=35)
LIVES = (4, 8, 12)  # seconds
LEEWAY = 10  # seconds that chassis/token_settings.py allows for clocks that differ
SLACK = 1  # seconds; for the time between two requests with the same token
ALGORITHMS = ("HS256", "EdDSA")


def measure(lab):
    lab.configure()
    deactivate_customer(lab)
    for algorithm in ALGORITHMS:
        lab.configure(JWT_ALGORITHM=algorithm)
        for way, token in forged_tokens.forgeries(variables(lab, "analytics")).items():
            response = lab.request("GET", "/api/reports/", headers=bearer(token))
            lab.fact("forged", algorithm=algorithm, way=way, status=response.status)
    lab.audit()


def variables(lab, project):
    """The environment of `core` or `analytics` in this system."""
    return environment.of_project(lab.system.home, desired.load(lab.system.home), project)


def deactivate_customer(lab):
    """Sends tokens of the customer, who is deactivated meanwhile, until all have expired."""
    pair = lab.request_ok("POST", "/api/token/", lab.credentials())
    key = variables(lab, "core")["JWT_SIGNING_KEY"]
    ((user_id,),) = lab.sql("core", "SELECT id FROM auth_user WHERE username = 'customer'")
    own = json.loads(forged_tokens.decoded(pair["access"].split(".")[1]))
    lab.fact("own token", life=own["exp"] - own["iat"])
    customer = {"user_id": str(user_id), "username": "customer", "role": "customer"}
    begun, requests = int(time.time()), []
    for life in LIVES:
        token = forged_tokens.shared_key_token(customer | {"exp": begun + life}, key)
        requests.append(load.get("/api/whoami/", f"{life} s", headers=bearer(token)))

    def deactivate():
        lab.sql("core", "UPDATE auth_user SET is_active = false WHERE id = %s", user_id)
        lab.note("withdrawn")
        left = {f"{life} s": begun + life - time.time() for life in LIVES}
        response = lab.request("POST", "/api/token/refresh/", {"refresh": pair["refresh"]})
        lab.fact("withdrawn", left=left, refresh=response.status)

    try:
        lab.load(
            load.mixture(*((1, request) for request in requests)),
            rate=10 * len(LIVES),
            seconds=max(LIVES) + LEEWAY + 3,
            during=[(1, deactivate)],
        )
    finally:
        lab.sql("core", "UPDATE auth_user SET is_active = true WHERE id = %s", user_id)


class Token(NamedTuple):
    """When things happened to a token, in seconds since its user was deactivated."""

    end: float  # it expired
    refused: float  # for the first time
    accepted: float  # for the last time


def tokens(records):
    """{kind: Token}"""
    (phase,), (fact,) = records.phases, records.facts("withdrawn")
    moment, found = phase.events[0]["at"], {}
    for kind, left in fact["left"].items():
        at = {200: [moment], 401: [math.inf]}
        for request in phase.of_kind(kind):
            at.setdefault(request["status"], []).append(request["at"])
        found[kind] = Token(left, min(at[401]) - moment, max(at[200]) - moment)
    return found


def accepted_forgeries(records, algorithm):
    return sum(fact["status"] == 200 for fact in records.facts("forged", algorithm=algorithm))


def judge(records):
    found, (fact,) = tokens(records), records.facts("withdrawn")
    refresh = fact["refresh"]
    hs256, eddsa = (accepted_forgeries(records, algorithm) for algorithm in ALGORITHMS)
    measures = {
        f"accepted after the deactivation, {kind}": Measure.exact(
            round(token.accepted, 1), f"s, {token.end:.1f} s were left"
        )
        for kind, token in found.items()
    }
    for algorithm, count in zip(ALGORITHMS, (hs256, eddsa), strict=True):
        measures[f"forgeries accepted, {algorithm}"] = Measure.exact(count, "of 3")
    (own,), longest = records.facts("own token"), max(found.values())
    measures["life of the shop's own tokens"] = Measure.exact(own["life"], "s")
    return Judgement(
        tuple(conditions(found, refresh, hs256, eddsa)),
        "a deactivated user's token is accepted until it expires and"
        f" {longest.accepted - longest.end:.0f} s longer; forgeries by analytics_api that are"
        f" accepted: {hs256} of 3 with HS256, {eddsa} of 3 with EdDSA",
        measures,
        costs=(f"a deactivation takes effect up to {own['life']} s later, when tokens expire",),
        # Such an answer neither accepts nor refuses it.
        doubts=(disturbed(f"the refresh token was answered {refresh}"),) if refresh >= 500 else (),
    )


def conditions(found, refresh, hs256, eddsa):
    """Two for each token, and those for the refresh token and the forgeries."""
    for kind, token in found.items():
        refused, accepted = token.refused - token.end, token.accepted - token.end
        since = f"time from the end of the token that lives {kind} until it is"
        yield at_least(f"{since} refused for the first time", refused, -SLACK, "s")
        yield at_most(f"{since} accepted for the last time", accepted, LEEWAY + SLACK, "s")
    yield exactly("answer to the refresh token of a deactivated user", refresh, 401, "(status)")
    yield at_least("forgeries that were accepted with HS256", hs256, 1, "of 3")
    yield at_most("forgeries that were accepted with EdDSA", eddsa, 0, "of 3")


def figure(records, axes):
    axes, bars = figures.stack_axes(axes, [3, 1])
    found = sorted((token.end, token.accepted) for token in tokens(records).values())
    lives = [0, found[-1][0] * 1.15]
    axes.plot(lives, lives, "--", color="0.4")
    axes.annotate("the token expires", (lives[1], lives[1] - 3), ha="right", va="top", color="0.3")
    axes.plot(lives, [life + LEEWAY for life in lives], ":", color="0.4")
    axes.annotate("+ 10 s, as clocks differ", (0, LEEWAY + 3.5), va="bottom", color="0.3")
    axes.plot(*zip(*found, strict=True), "o", color="#0072B2")
    for life, lag in found:
        axes.annotate(f"{lag:.1f} s", (life, lag - 1.5), ha="left", va="top", color="#0072B2")
    axes.set(xlabel="life left when the user was deactivated (s)", ylabel="accepted for (s)")
    axes.set_ylim(0, lives[1] + LEEWAY + 2)
    counts = [accepted_forgeries(records, algorithm) for algorithm in ALGORITHMS]
    bars.bar_label(bars.barh(ALGORITHMS, counts, color="#D55E00"), padding=3)
    bars.set(
        xlabel="forgeries by analytics_api that were accepted, of 3", xlim=(0, 3), xticks=range(4)
    )

"""4c: what is the price of tokens that nobody looks up?"""

import json
import math
import time
from typing import NamedTuple

from lab.analysis import figures
from lab.analysis.verdict import Judgement, Measure, decide
from lab.experiments import forged_tokens
from lab.experiments.protocol import Proof, Seconds
from lab.stack import desired, environment
from lab.workload import load

ID, CLAIM = "4c", 4
TITLE = "What nobody looks up, nobody takes back"
QUESTION = "How long is a token of a withdrawn user accepted, and who else can make one?"
HYPOTHESIS = (
    "Until the token's own end, and no longer than 10 s beyond, as clocks may differ. With HS256 analytics_api can make"
    " tokens, since whoever verifies holds the key that signs; with EdDSA it cannot."
)
METHOD = (
    "A customer is deactivated in the database while three tokens of theirs, made with the shop's key to live for 4, 8"
    " and 12 s, are sent 10 times a second each. And three tokens that name a member of staff are forged with nothing"
    " but what the environment of analytics_api holds, and sent to the shop's staff pages, with each JWT_ALGORITHM."
)
LIMITS = (
    "The shop's own tokens live longer: what holds for 4, 8 and 12 s is taken to hold for them."
)
PROOF = Proof("the key is shared on both sides", levers={"JWT_ALGORITHM": "HS256"})
SECONDS = Seconds(quick=35, full=35)
LIVES = (4, 8, 12)  # seconds
LEEWAY, SLACK = (
    10,
    1,
)  # seconds: what chassis/token_settings.py allows for clocks that differ; between two tries
ALGORITHMS = ("HS256", "EdDSA")


def measure(lab):
    lab.set()
    withdraw(lab)
    for algorithm in ALGORITHMS:
        lab.set(JWT_ALGORITHM=algorithm)
        for way, token in forged_tokens.forgeries(variables(lab, "analytics")).items():
            status, _, _ = lab.answer(
                "GET", "/api/reports/", headers={"Authorization": f"Bearer {token}"}
            )
            lab.fact("forged", algorithm=algorithm, way=way, status=status)
    lab.audit()


def variables(lab, project):
    """The environment of `core` or `analytics` in this system."""
    return environment.of_project(lab.system.home, desired.load(lab.system.home), project)


def withdraw(lab):
    """Sends the customer's tokens while the customer is deactivated, until all must have ended."""
    pair, key = (
        lab.ask("POST", "/api/token/", lab.login()),
        variables(lab, "core")["JWT_SIGNING_KEY"],
    )
    ((user_id,),) = lab.sql("core", "SELECT id FROM auth_user WHERE username = 'customer'")
    own = json.loads(forged_tokens.decoded(pair["access"].split(".")[1]))
    lab.fact("own token", life=own["exp"] - own["iat"])
    begun, choosers = int(time.time()), []
    for life in LIVES:
        claims = {
            "user_id": str(user_id),
            "username": "customer",
            "role": "customer",
            "exp": begun + life,
        }
        made = forged_tokens.shared_key_token(claims, key)
        choosers.append(
            load.get("/api/whoami/", f"{life} s", headers={"Authorization": f"Bearer {made}"})
        )

    def deactivate():
        lab.sql("core", "UPDATE auth_user SET is_active = false WHERE id = %s", user_id)
        lab.note("withdrawn")
        left = {f"{life} s": begun + life - time.time() for life in LIVES}
        status, _, _ = lab.answer("POST", "/api/token/refresh/", {"refresh": pair["refresh"]})
        lab.fact("withdrawn", left=left, refresh=status)

    try:
        lab.load(
            load.mixture(*((1, chooser) for chooser in choosers)),
            rate=10 * len(LIVES),
            seconds=max(LIVES) + LEEWAY + 3,
            during=[(1, deactivate)],
        )
    finally:
        lab.sql("core", "UPDATE auth_user SET is_active = true WHERE id = %s", user_id)


class Token(NamedTuple):
    """Seconds since its user was withdrawn: until its end, its first refusal, its last
    acceptance."""

    end: float
    refused: float
    accepted: float


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


def accepted(records, algorithm):
    return sum(
        fact["status"] == 200 for fact in records.facts("forged") if fact["algorithm"] == algorithm
    )


def judge(records):
    found, (fact,) = tokens(records), records.facts("withdrawn")
    shared, pair = (accepted(records, algorithm) for algorithm in ALGORITHMS)
    in_time = [
        token.refused >= token.end - SLACK and token.accepted <= token.end + LEEWAY + SLACK
        for token in found.values()
    ]
    measures = {
        f"accepted after the withdrawal, {kind}": Measure.exact(
            round(token.accepted, 1), f"s, {token.end:.1f} s were left"
        )
        for kind, token in found.items()
    }
    for algorithm, count in zip(ALGORITHMS, (shared, pair), strict=True):
        measures[f"forgeries accepted, {algorithm}"] = Measure.exact(count, "of 3")
    (own,), longest = records.facts("own token"), max(found.values())
    measures["life of the shop's own tokens"] = Measure.exact(own["life"], "s")
    return Judgement(
        decide(*in_time, fact["refresh"] == 401, shared > 0, pair == 0),
        f"a withdrawn token is accepted until its end and {longest.accepted - longest.end:.0f} s more;"
        f" of 3 forgeries by analytics {shared} get in with HS256, {pair} with EdDSA",
        measures,
        costs=(f"a withdrawal takes as long as a token lives: in the shop {own['life']} s",),
    )


def figure(records, axes):
    axes, bars = figures.split(axes, [3, 1])
    found = sorted((token.end, token.accepted) for token in tokens(records).values())
    lives = [0, found[-1][0] * 1.15]
    axes.plot(lives, lives, "--", color="0.4")
    axes.annotate("the token's end", (lives[1], lives[1] - 3), ha="right", va="top", color="0.3")
    axes.plot(lives, [life + LEEWAY for life in lives], ":", color="0.4")
    axes.annotate("+ 10 s, as clocks differ", (0, LEEWAY + 3.5), va="bottom", color="0.3")
    axes.plot(*zip(*found, strict=True), "o", color="#0072B2")
    for life, lag in found:
        axes.annotate(f"{lag:.1f} s", (life, lag - 1.5), ha="left", va="top", color="#0072B2")
    axes.set(xlabel="life left when its user was withdrawn (s)", ylabel="accepted since (s)")
    axes.set_ylim(0, lives[1] + LEEWAY + 2)
    counts = [accepted(records, algorithm) for algorithm in ALGORITHMS]
    bars.bar_label(bars.barh(ALGORITHMS, counts, color="#D55E00"), padding=3)
    bars.set(xlabel="forgeries by analytics_api accepted, of 3", xlim=(0, 3), xticks=range(4))

"""Claim 4: how 4a, 4b and 4c judge made-up records."""

import hmac
import json

import pytest

from lab.experiments import e4a_any_instance, e4b_issuer_dies, e4c_revocation
from lab.experiments.shared import forged_tokens
from lab.laboratory import results
from tests.support.made import Made


def logins(
    *,
    everywhere,
    queries=0,
    failed=0,
    named="customer",
    rate=60,
    issuers=e4a_any_instance.CORES,
    tampered=401,
    answer=401,
):
    """Every instance accepts every token, or only its own; `failed` requests get this answer."""
    made = Made(e4a_any_instance)
    for issuer in issuers:
        for name in e4a_any_instance.ALL:
            status = 200 if everywhere or issuer == name else 401
            made.fact(
                "token sent", issuer=issuer, to=name, status=status, queries=queries, named=named
            )
    for name in e4a_any_instance.ALL:
        made.fact("tampered token sent", to=name, status=tampered)
    found = made.phase(rate, 5, failed=failed, labels={}, queries=0).read()
    for request in found.phases[0].failed:
        request["status"] = answer
    return found


def deactivation(*, beyond=10, refresh=401, hs256=1, eddsa=0):
    """Tokens accepted until so many seconds after their end, and so many forgeries accepted."""
    made = Made(e4c_revocation)
    left = {f"{life} s": life - 1 for life in e4c_revocation.LIVES}
    made.fact("own token", life=300)
    made.fact("withdrawn", left=left, refresh=refresh)
    made.phase(30, 5, seconds=25, labels={})
    for algorithm, count in (("HS256", hs256), ("EdDSA", eddsa)):
        for number in range(3):
            made.fact(
                "forged",
                algorithm=algorithm,
                way=str(number),
                status=200 if number < count else 401,
            )
    found = made.read()
    found.phases[0].events = [{"what": "withdrawn", "at": 1.0}]
    for number, request in enumerate(found.phases[0].requests):
        life = e4c_revocation.LIVES[number % 3]
        request["kind"] = f"{life} s"
        request["status"] = 200 if request["at"] < life + beyond else 401
    return found


def deaths(*, tokens=0, memory=20, early=0, unanswered=0):
    """So many of 60 sessions end with an instance, on each side; `early` of them before it died."""
    made = Made(e4b_issuer_dies)
    for _ in range(2):
        for side in e4b_issuer_dies.SIDES:
            made.phase(60, 5, seconds=6, labels={"side": side})
    found = made.read()
    for phase in found.phases:
        phase.events = [{"what": "kill core-2", "at": 2.5}]
        lost = tokens if phase.labels["side"] == "tokens" else memory
        for number, request in enumerate(phase.requests):
            request["note"] = number % 60
            if request["note"] < (lost if request["end"] >= 2.5 else early):
                request["status"] = 401
    for phase in found.where(side="tokens"):
        for request in phase.requests[len(phase.requests) - unanswered :]:
            request["status"] = 503 if request["end"] >= 2.5 else 200
    return found


GOOD = {
    e4a_any_instance: lambda: logins(everywhere=True),
    e4b_issuer_dies: deaths,
    e4c_revocation: lambda: deactivation(),
}
BAD = {
    e4a_any_instance: lambda: logins(everywhere=False, failed=120),
    e4b_issuer_dies: lambda: deaths(tokens=20),
    e4c_revocation: lambda: deactivation(eddsa=1),
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"everywhere": True, "queries": 1},
        {"everywhere": True, "failed": 1},
        {"everywhere": False},
        {"everywhere": True, "named": "somebody else"},
        {"everywhere": True, "rate": 0},
        {"everywhere": True, "tampered": 200},
        {"everywhere": True, "issuers": ("core-1", "core-2")},
    ],
    ids=str,
)
def test_4a_is_false_if_a_token_costs_sql_or_is_refused_or_misread_or_not_sent(
    wrong,
):
    assert results.judge(e4a_any_instance, logins(**wrong)).verdict == "false"


@pytest.mark.parametrize("answer", [503, 0])
def test_4a_is_unknown_when_requests_get_no_answer_about_their_token(answer):
    judgement = results.judge(e4a_any_instance, logins(everywhere=True, failed=1, answer=answer))

    assert judgement.verdict == "unknown"
    assert judgement.because[0].startswith("requests that got no answer about their")


@pytest.mark.parametrize("refresh", [503, 504])
def test_4c_is_unknown_when_the_refresh_token_gets_no_answer(refresh):
    judgement = results.judge(e4c_revocation, deactivation(refresh=refresh))

    assert judgement.verdict == "unknown"
    assert f"the refresh token was answered {refresh}" in judgement.because[0]


@pytest.mark.parametrize(
    "wrong", [{"beyond": 13}, {"beyond": -4}, {"refresh": 200}, {"hs256": 0}], ids=str
)
def test_4c_is_false_when_a_deactivation_takes_effect_too_late_too_soon_or_never(wrong):
    assert results.judge(e4c_revocation, deactivation(**wrong)).verdict == "false"


@pytest.mark.parametrize(("since", "status"), [(60, 401), (500, 200)])
def test_4c_is_false_when_some_instances_refuse_too_soon_or_too_late(since, status):
    found = deactivation()
    for request in found.phases[0].requests[since::6]:
        request["status"] = status

    assert results.judge(e4c_revocation, found).verdict == "false"


@pytest.mark.parametrize("wrong", [{"tokens": 1}, {"memory": 3}], ids=str)
def test_4b_is_false_when_a_session_ends_with_tokens_or_hardly_one_in_memory(wrong):
    assert results.judge(e4b_issuer_dies, deaths(**wrong)).verdict == "false"


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        ({"early": 1}, "2 sessions in memory ended before the death"),
        ({"unanswered": 300}, "only 0 sessions with tokens were answered after the death"),
    ],
)
def test_4b_is_unknown_when_sessions_end_before_the_death_or_get_no_answer(measured, reason):
    judgement = results.judge(e4b_issuer_dies, deaths(**measured))

    assert judgement.verdict == "unknown"
    assert judgement.because[0] == f"{reason}: something else disturbed the system"


def test_a_tampered_token_differs_only_in_its_signature():
    headers = {"Authorization": "Bearer head.claims.Asignature", "Cookie": "kept=1"}

    assert e4a_any_instance.tampered(headers) == headers | {
        "Authorization": "Bearer head.claims.Bsignature"
    }
    assert e4a_any_instance.tampered(e4a_any_instance.tampered(headers)) == headers


def test_a_forgery_has_a_valid_signature_only_if_the_held_key_is_the_signing_key():
    made = forged_tokens.forgeries({"JWT_SIGNING_KEY": "a key"})

    assert len(made) == 3
    text, _, signature = made["with the key it holds"].rpartition(".")
    expected = hmac.digest(b"a key", text.encode(), "sha256")
    assert forged_tokens.encoded(expected).decode() == signature
    assert made["without a signature"].endswith(".")
    assert (
        json.loads(forged_tokens.decoded(made["with a key of its own"].split(".")[0]))["alg"]
        == "EdDSA"
    )
    assert (
        forged_tokens.forgeries({"JWT_VERIFYING_KEY": "a key"})["with the key it holds"].count(".")
        == 2
    )

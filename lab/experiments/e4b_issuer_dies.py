"""4b: who has to log in again when an instance dies?"""

from lab.analysis import estimates
from lab.analysis.conditions import at_least, at_most
from lab.analysis.verdict import Judgement, Measure, disturbed
from lab.experiments.shared.protocol import Proof, Seconds
from lab.experiments.shared.turns import there_and_back
from lab.workload import load
from lab.workload.http_client import LOGIN, bearer

ID, CLAIM = "4b", 4
TITLE = "An instance dies and all stay logged in"
QUESTION = "How many sessions end when the instance dies that began them?"
HYPOTHESIS = (
    "With tokens none of the sessions ends. When each instance keeps its logins in its own memory,"
    " at least 15 % of them end with one of three instances."
)
METHOD = (
    "Through HAProxy 60 sessions are begun at three instances. Their requests (GET whoami) arrive"
    " 40 times a second, and at a random time one instance is killed and stays dead. The two sides,"
    " tokens and logins in memory (a patch, with which HAProxy leads each session to its instance),"
    " are interleaved. A session has ended when a request of it is answered 401. One login is"
    " refreshed for all sessions, because a login costs 0.3 s of processor time."
)
LIMITS = "A token can be renewed only while the database is there, which all instances share."
PROOF = Proof("each instance keeps its logins in its own memory", patches=("logins-in-memory",))
SECONDS = Seconds(quick=45, full=150)
SIDES = {"tokens": (), "logins in memory": ("logins-in-memory",)}
NONE_MAY_FAIL = ({"side": "tokens"},)
INSTANCES, SESSIONS = 3, 60
RATE, LENGTH = 40, 6
LEAST_LOST = 0.15  # of the sessions; about a third is expected


def measure(lab):
    for turn in range(2 if lab.quick else 4):
        for side, patches in there_and_back(SIDES.items(), turn):
            lab.configure(replicas=INSTANCES, patches=patches)
            requests = [
                load.get("/api/whoami/", headers=headers, note=f"{turn}/{number}")
                for number, headers in enumerate(begun_sessions(lab))
            ]
            kill_at = load.fault_time(turn, lab.seed, earliest=2)
            lab.load(
                load.mixture(*((1, request) for request in requests)),
                rate=RATE,
                seconds=LENGTH,
                during=[(kill_at, lambda: lab.kill("core-2"))],
                draw=turn,
                side=side,
            )
    lab.audit()


def begun_sessions(lab):
    """The headers of so many sessions: their tokens, and cookies if HAProxy has set any."""
    found, pair = [], lab.request_ok("POST", LOGIN, lab.credentials())
    for _ in range(2 * SESSIONS):
        answer = lab.request("POST", "/api/token/refresh/", {"refresh": pair["refresh"]})
        if answer.status >= 300:  # the token may be used up although nobody has the answer
            pair = lab.request_ok("POST", LOGIN, lab.credentials())
            continue
        pair = answer.document
        cookies = [text.partition(";")[0] for text in answer.headers.get_all("Set-Cookie", [])]
        cookie = {"Cookie": "; ".join(cookies)} if cookies else {}
        found.append(bearer(pair["access"]) | cookie)
        if len(found) == SESSIONS:
            break
    return found


def split(phase):
    """The counted requests of a phase, as (answered before the death, answered after it)."""
    death = phase.events[0]["at"]
    before = [request for request in phase.counted if request["end"] < death]
    return before, [request for request in phase.counted if request["end"] >= death]


def sessions(requests, *statuses):
    """The sessions of those of these requests that were answered with one of these statuses."""
    return {request["note"] for request in requests if request["status"] in statuses}


def judge(records):
    lost, seen, early = {}, {}, {}
    for side in SIDES:
        before, after = zip(*map(split, records.where(side=side)), strict=True)
        lost[side] = sum(len(sessions(requests, 401)) for requests in after)
        seen[side] = sum(len(sessions(requests, 200, 401)) for requests in after)
        early[side] = sum(len(sessions(requests, 401)) for requests in before)
    tokens, memory = SIDES
    failed = records.failures(side=tokens)
    share = estimates.share(lost[memory], seen[memory])
    return Judgement(
        (
            at_most(
                "sessions that ended with tokens",
                lost[tokens] + early[tokens],
                0,
                f"of {seen[tokens]}",
            ),
            at_least(
                "sessions that ended with logins in memory",
                share.times(100),
                100 * LEAST_LOST,
                f"% of {seen[memory]}",
            ),
        ),
        f"the death of one of {INSTANCES} instances ends {lost[tokens]} of {seen[tokens]} sessions"
        f" with tokens, {lost[memory]} of {seen[memory]} with logins in memory",
        {
            "sessions that ended, tokens": Measure.exact(lost[tokens], f"of {seen[tokens]}"),
            "sessions that ended, logins in memory": Measure.exact(
                lost[memory], f"of {seen[memory]}"
            ),
            "failed, tokens": Measure.exact(failed[0], f"of {failed[1]} requests"),
        },
        costs=("a token cannot be revoked before it expires (4c)",),
        doubts=tuple(disturbances(early[memory], seen, len(records.phases))),
    )


def disturbances(early, seen, phases):
    """Why the death does not explain the counts; `early` sessions in memory ended before it."""
    if early:
        yield disturbed(f"{early} sessions in memory ended before the death")
    for side, count in seen.items():
        if count < SESSIONS * phases / len(SIDES) / 2:
            yield disturbed(f"only {count} sessions with {side} were answered after the death")


def figure(records, axes):
    for side, color in zip(SIDES, ("#0072B2", "#D55E00"), strict=True):
        found = {}
        for phase in records.where(side=side):
            for request in phase.counted:
                place = (request["end"] - phase.events[0]["at"]) // 0.5 / 2
                if request["status"] in (200, 401):
                    found.setdefault(place, []).append(request["status"] == 401)
        places = sorted(found)
        shares = [100 * sum(found[place]) / len(found[place]) for place in places]
        axes.step(places, shares, where="post", color=color, label=side, linewidth=2)
    axes.axvline(0, color="0.3", linestyle=":")
    axes.axhline(100 / INSTANCES, color="0.5", linestyle="--", linewidth=1)
    axes.text(-1, 100 / INSTANCES + 1, f"1 of {INSTANCES} instances", color="0.4", ha="center")
    axes.set(xlabel="seconds since the instance died", ylabel="answers that demand a login (%)")
    axes.set_ylim(-1, 60)
    axes.legend(frameon=False, loc="upper left")

"""Who can sign tokens on the real system: core, and analytics too if they share a key."""

import subprocess
import sys

import pytest

from lab.stack import process_tree
from lab.stack.home import ROOT
from tests.support.shop import Client

# What an attacker inside analytics would try; docs/4-tokens.md does the same by hand.
MINT = """
from chassis.tokens import AccessToken
token = AccessToken()
token["user_id"], token["username"], token["role"] = "1", "forger", "staff"
print(token)
"""


def environments(laptop, *names):
    """The environment variables of every process of these names."""
    states = laptop.processes()
    return [
        process.environ() for name in names for process in process_tree.tree_of(states[name]["pid"])
    ]


def mint_in(environment):
    command = [sys.executable, "manage.py", "analytics_api", "shell", "-v", "0", "-c", MINT]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture
def customer_of_before(laptop):
    return Client(laptop).login("customer")


@pytest.fixture
def asymmetric(laptop, customer_of_before):
    laptop.run("up", "--set", "JWT_ALGORITHM=EdDSA")
    yield laptop
    laptop.run("up", "--set", "JWT_ALGORITHM=HS256")


def test_while_postgres_is_dead_every_instance_identifies_the_user(laptop):
    customer = Client(laptop).login("customer")
    laptop.run("kill", "postgres")

    answers = [customer.get(path) for path in ["/api/whoami/"] * 6 + ["/analytics/whoami/"]]

    laptop.run("start", "postgres")
    laptop.wait_healthy()
    assert {answer.status for answer in answers} == {200}
    assert {answer.json()["instance"] for answer in answers} == {"core-1", "core-2", "analytics-1"}


def test_an_instance_that_starts_after_a_login_accepts_its_token(laptop):
    customer = Client(laptop).login("customer")
    laptop.run("scale", "3")

    answers = [customer.get("/api/whoami/") for _ in range(12)]

    laptop.run("scale", "2")
    assert {answer.status for answer in answers} == {200}
    assert {answer.json()["instance"] for answer in answers} == {"core-1", "core-2", "core-3"}


def test_with_the_shared_key_a_service_that_verifies_can_forge_staff_tokens(laptop):
    forger = Client(laptop)

    forger.token = mint_in(environments(laptop, "analytics-1")[0]).stdout.strip()

    assert forger.get("/api/whoami/").json()["role"] == "staff"
    assert forger.get("/analytics/sales/summary/").status == 200


def test_with_a_key_pair_a_token_is_valid_everywhere_and_analytics_cannot_sign(
    asymmetric, customer_of_before
):
    assert (
        customer_of_before.get("/api/whoami/").status == 401
    )  # a token is valid only as long as the key that signed it
    customer = Client(asymmetric).login("customer")

    core = [customer.get("/api/whoami/").json() for _ in range(8)]
    analytics = customer.get("/analytics/whoami/").json()
    assert {row["instance"] for row in core} == {"core-1", "core-2"}
    assert {row["username"] for row in [*core, analytics]} == {"customer"}

    of_analytics = environments(asymmetric, "analytics-1", "recorder-1")
    assert len(of_analytics) >= 4  # a master and its workers, twice
    assert not [1 for variables in of_analytics if "PRIVATE KEY" in " ".join(variables.values())]
    assert all(
        "PRIVATE KEY" in one["JWT_SIGNING_KEY"] for one in environments(asymmetric, "core-1")
    )
    attempt = mint_in(of_analytics[0])
    assert attempt.returncode != 0
    assert "InvalidKeyError" in attempt.stderr

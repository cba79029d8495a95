"""Schemathesis asks every address of both OpenAPI documents, through HAProxy, whatever they allow
and whatever not.

`./escala test --fuzz [--seed S]` does it for 45 seconds with each document, as staff and as nobody.
What it finds it shows with a curl command that does it again.
"""

import json
import subprocess
import sys
from urllib.parse import quote

import pytest

from tests.support.shop import Client

SCHEMAS = ["/api/schema/", "/analytics/schema/"]
# All checks there are: no 5xx, no status, content type or body of which the document says nothing,
# no way around the login, ... But two ask more of a document than it can say (which categories
# there are, for example), and two want what was made to be there and what was deleted to be gone: a
# product may be made off sale, and staff can bring it back.
BEYOND = (
    "positive_data_acceptance,negative_data_rejection,ensure_resource_availability,use_after_free"
)
OPTIONS = [
    "--checks=all",
    f"--exclude-checks={BEYOND}",
    "--max-response-time=6",  # seconds: DESIGN's limit of every answer
    "--exclude-path-regex=^/api/lab/",  # they take the time that they are asked to take, up to two seconds
    "--suppress-health-check=all",  # these judge how quickly questions are made, not how they are answered
    "--workers=1",  # one request at a time: nothing waits in a queue of HAProxy
]
SHORT, LONG = (
    "--max-examples=20",
    "--max-time=45",
)  # questions to each operation and kind; seconds in all


@pytest.fixture
def headers(laptop):
    """What to send to be somebody. Afterwards nobody is locked out, and what was taken off sale is
    back."""
    admin = Client(laptop).login("admin")
    yield {"staff": ["--header", f"Authorization: Bearer {admin.token}"], "nobody": []}
    laptop.sql("core", "DELETE FROM accounts_failedlogin")
    admin.login("admin")
    body, json_body = json.dumps({"active": True}), {"Content-Type": "application/json"}
    for (sku,) in laptop.sql("core", "SELECT sku FROM catalog_product WHERE NOT active"):
        assert admin.ask("PATCH", f"/api/products/{quote(sku)}/", body, **json_body).status == 200


@pytest.mark.parametrize("who", ["staff", "nobody"])
@pytest.mark.parametrize("schema", SCHEMAS)
def test_no_input_gets_an_answer_of_which_the_openapi_document_says_nothing(
    laptop, headers, pytestconfig, tmp_path, schema, who
):
    length = LONG if pytestconfig.getoption("fuzz") else SHORT
    seed = f"--seed={pytestconfig.getoption('seed')}"
    command = [sys.executable, "-m", "schemathesis.cli", "run", laptop.front + schema]
    command += [*headers[who], *OPTIONS, length, seed]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600)

    assert done.returncode == 0, done.stdout + done.stderr
    assert ("Authentication failed" in done.stdout) == (who == "nobody"), done.stdout
    assert laptop.audit() == {"ok": True, "violations": []}

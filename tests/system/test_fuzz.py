"""Schemathesis sends valid and invalid requests to every address of both OpenAPI documents.

`./escala test --fuzz [--seed S]` does it for 45 seconds with each document, as staff and without a
login. It shows each failure with a curl command that repeats it.
"""

import json
import subprocess
import sys
from urllib.parse import quote

import pytest

from tests.support.shop import Client

SCHEMAS = ["/api/schema/", "/analytics/schema/"]
# All checks run except four: no 5xx, no undocumented status, content type or body, no way around
# the login, and more. Two of the four check more than a document can express, for example which
# categories exist. The other two expect that a created resource exists and a deleted one does not,
# but a product may be created off sale, and staff can read and restore a deleted one.
BEYOND = (
    "positive_data_acceptance,negative_data_rejection,ensure_resource_availability,use_after_free"
)
OPTIONS = [
    "--checks=all",
    f"--exclude-checks={BEYOND}",
    "--max-response-time=6",  # seconds: the limit for every answer
    "--exclude-path-regex=^/api/lab/",  # these are slow on purpose
    "--suppress-health-check=all",  # these judge how fast requests are generated
    "--workers=1",  # one request at a time: nothing waits in a queue of HAProxy
]
SHORT, LONG = (
    "--max-examples=20",
    "--max-time=45",
)  # requests for each operation; seconds in all


@pytest.fixture
def headers(laptop):
    """{user: headers to send}. Afterwards login limits are reset, and all products are on sale."""
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

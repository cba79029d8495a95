"""The rows of long tasks: what a row of an import costs, and a line of a report."""

import secrets
from typing import Any

from lab.bench import import_file
from lab.bench.rows import Row
from lab.bench.servers import Server
from lab.bench.targets import PEER_IMPORT
from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import credentials, postgres
from lab.stack.home import Home
from lab.stack.supervisor import Supervisor
from lab.workload.http_client import file_upload, request_ok

IMPORTED = 2_000  # rows of each file; the peer has to answer within 10 s
TIMEOUT = 120  # seconds for one task
ENDED = "SELECT state = 'done', result FROM jobs_job WHERE id = %s AND state IN ('done', 'failed')"


def rows_of(home: Home, staff: dict[str, str], importer: Server | None = None) -> list[Row]:
    """One row for imports and one for reports; with `importer` also the peer's import.

    What is measured lasts from the request, through HAProxy, until the task has ended; the process
    is the worker's. The peer imports within the request. `staff` are the headers of an admin.
    """
    _, worker = Supervisor(home).states()["worker-1"]
    found = [
        Row("import", pid=worker, work=lambda: import_products(home, staff)),
        Row("report", pid=worker, work=lambda: report_lines(home, staff)),
    ]
    if importer:
        found.append(
            Row(PEER_IMPORT, pid=importer.pid, work=lambda: _peer_imports(importer, staff))
        )
    return found


def import_products(home: Home, staff: dict[str, str]) -> int:
    """Imports IMPORTED new products; returns how many rows that were."""
    body, headers = _file()
    return _all_taken(_run(home, "/api/imports/", body, staff | headers))


def _peer_imports(importer: Server, staff: dict[str, str]) -> int:
    body, headers = _file()
    response = request_ok(importer.port, "POST", "/api/imports/", body, staff | headers)
    return _all_taken(response.document)


def _file() -> tuple[bytes, dict[str, str]]:
    prefix = f"BENCH{secrets.token_hex(4).upper()}"
    return file_upload("products.csv", import_file.text(prefix, IMPORTED))


def _all_taken(result: dict[str, Any]) -> int:
    if result["imported"] != IMPORTED:
        raise Failure(f"an import was not complete: {result}", "./escala bench again")
    return IMPORTED


def report_lines(home: Home, staff: dict[str, str]) -> int:
    """Makes a report of every order; returns its lines."""
    days = {"from": "2000-01-01", "to": "2100-01-01"}
    return _run(home, "/api/reports/", days, staff)["rows"]


def _run(home: Home, path: str, body: Any, headers: dict[str, str]) -> dict[str, Any]:
    """The result of a task, when it has ended."""
    job = request_ok(home.port("haproxy"), "POST", path, body, headers).document["id"]
    password = credentials.load(home)["CORE_DATABASE_PASSWORD"]
    # Asking over HTTP for the state would cost about as much as the task.
    with postgres.connect(home.port("postgres"), "core", password) as connection:
        ended = wait_until(
            lambda: connection.execute(ENDED, [job]).fetchone(), seconds=TIMEOUT, every=0.02
        )
    if not ended or not ended[0]:
        raise Failure(f"{path}: the task did not succeed", "./escala logs worker-1")
    return ended[1]

"""What an experiment reads from its system: rows, responses, sessions, memory, HAProxy's log."""

from functools import partial
from typing import Any

import psycopg

from lab.analysis.records import Phase
from lab.errors import Failure
from lab.laboratory.disposable_system import System
from lab.polling import repeated
from lab.stack import credentials, haproxy, postgres, process_tree, status
from lab.workload import http_client
from lab.workload.http_client import Response


class Access:
    """The part of a Laboratory that changes nothing in the system itself and records nothing."""

    system: System

    def memory_mb(self) -> int:
        """Megabytes that all processes of the system use; shared pages count once."""
        return round(process_tree.memory(process_tree.processes_of(self.system.home)) / 1e6)

    def second_attempts(self, phase: Phase) -> int:
        """How often HAProxy sent requests of this phase again, according to its log."""
        sent = {request.get("id") for request in phase.requests}
        log = self.system.home.log("haproxy")
        return sum(times for request, times in haproxy.second_attempts(log) if request in sent)

    def sql(self, service: str, statement: str, *arguments: Any) -> list[tuple]:
        """The rows that a statement returns in the database of `core` or `analytics`."""
        password = credentials.load(self.system.home)[f"{service.upper()}_DATABASE_PASSWORD"]
        port = self.system.home.port("postgres")
        connect = partial(postgres.connect, port, service, password)
        with repeated(connect, on=psycopg.OperationalError) as connection:
            found = connection.execute(statement, arguments)
            return found.fetchall() if found.description else []

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        at: str = "haproxy",
    ) -> Response:
        """Sends one request outside any load; `at` can name an instance to bypass HAProxy."""
        port = self.system.home.port(at)
        return http_client.request(port, method, path, body, headers)

    def request_ok(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Any:
        """Sends one request outside any load, which must succeed; the response's document."""
        return self.response_ok(method, path, body, headers).document

    def response_ok(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Response:
        """Like request_ok, with the headers of the response too."""
        port = self.system.home.port("haproxy")
        return http_client.request_ok(port, method, path, body, headers)

    def credentials(self, who: str = "customer") -> dict[str, str]:
        """The username and password of `customer` or `admin`."""
        user = status.logins(self.system.home)[who]
        return {name: user[name] for name in ("username", "password")}

    def bearer(self, who: str = "customer", at: str = "haproxy") -> dict[str, str]:
        """Logs in and returns the request headers of that session: the token and cookies."""
        login, port = self.credentials(who), self.system.home.port(at)
        try:
            response = http_client.request_ok(port, "POST", http_client.LOGIN, login)
        except Failure as failure:
            raise Failure(f"{who} cannot log in: {failure.what}", "./escala run again") from None
        cookies = [
            cookie.partition(";")[0] for cookie in response.headers.get_all("Set-Cookie", [])
        ]
        headers = http_client.bearer(response.document["access"])
        return headers | ({"Cookie": "; ".join(cookies)} if cookies else {})

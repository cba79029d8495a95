"""Sends requests through a service's whole WSGI application, and checks the answers."""

import io
import json
import logging
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

from django.conf import settings
from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.test import Client, RequestFactory

SECRET = (
    "a" * 32
)  # the same in cookie and header: that is all Django's protection of forms asks for
UNPREFIXED = {"Content-Type", "Content-Length"}  # WSGI does not call these HTTP_
PROBLEM = {"type", "title", "status", "detail", "request_id"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    body: bytes
    errors: list  # exceptions that became a 500


@contextmanager
def observed():
    """The exceptions that become a 500. Logs are off: they would take as long as the requests."""
    errors = []

    def note(**_):
        errors.append(sys.exc_info()[1])

    got_request_exception.connect(note)
    logging.disable()
    try:
        yield errors
    finally:
        logging.disable(logging.NOTSET)
        got_request_exception.disconnect(note)


class Sender:
    """Sends as a user who logged in (cookies), or with given headers, such as a token."""

    def __init__(self, application, user=None, **headers):
        self.application, self.headers = application, headers
        if user:
            client = Client()
            client.force_login(user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            cookies = {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: SECRET}
            pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
            self.headers = {"Cookie": pairs, "X-CSRFToken": SECRET} | headers

    def send(self, method, address, body=b"", content_type="", **headers):
        """The answer; what the request wrote is rolled back, also its session."""
        plain = {name: value for name, value in headers.items() if name not in UNPREFIXED}
        factory = RequestFactory(headers=self.headers | plain)
        environ = factory.generic(method, address, body).environ
        environ["CONTENT_TYPE"] = content_type
        for name in UNPREFIXED & headers.keys():
            environ[name.upper().replace("-", "_")] = headers[name]
        environ["wsgi.errors"] = io.StringIO()
        # The end of a request would close the connection, because it is in the test's transaction.
        kept = mock.patch.object(connection, "close_if_unusable_or_obsolete")
        # A query that failed must not disturb the next request.
        with kept, observed() as errors, transaction.atomic():
            answer = self._answer(environ, errors)
            transaction.set_rollback(True)
        return answer

    def _answer(self, environ, errors):
        started = []
        response = self.application(
            environ, lambda status, head, *_: started.append((status, head))
        )
        try:
            body = b"".join(response)
        finally:
            getattr(response, "close", lambda: None)()
        [(status, head)] = started
        return Answer(int(status.split()[0]), dict(head), body, errors)

    def check_all(self, requests):
        """Send each (method, address, body, content type), and check its answer."""
        for request in requests:
            self.check(*request)

    def check(self, method, address, *request, **headers):
        """Send, and check: no 5xx, and every refusal is a problem document (or its page)."""
        answer = self.send(method, address, *request, **headers)
        what = f"{method} {address[:300]} {str(request)[:300]} {str(headers)[:300]}: "
        what += f"{answer.status} {answer.errors}"
        assert answer.status < 500, what
        if answer.status >= 400 and answer.headers["Content-Type"] != self._page(headers):
            assert answer.headers["Content-Type"] == "application/problem+json", what
            assert json.loads(answer.body).keys() >= PROBLEM, what
            assert json.loads(answer.body)["status"] == answer.status, what
        return answer

    def _page(self, headers):
        """The type of the browsable API's refusals, for those who ask for it."""
        return "text/html; charset=utf-8" if "text/" in headers.get("Accept", "") else None

"""What is refused before a view sees it, and what no Content-Type can break."""

import io
import json

import pytest
from django.test import RequestFactory

from chassis.middleware import guarded
from core_api.wsgi import application
from tests.support.hostile.queries import CHARSETS, PARAMETERS

pytestmark = pytest.mark.django_db
MEGABYTE = 1024 * 1024


def declare(client, address, length, content_type="application/json"):
    return client.generic("POST", address, b"{}", content_type, CONTENT_LENGTH=length)


@pytest.mark.parametrize(
    ("address", "length"),
    [
        *(
            (address, MEGABYTE + 1)
            for address in ("/api/token/", "/api/orders/", "/admin/login/", "/api/login/")
        ),
        ("/api/imports/", 11 * MEGABYTE),
        ("/api/orders/", 2**31),
        ("/api/orders/", 10**30),
    ],
)
def test_a_content_length_over_the_limit_is_413(client, address, length):
    answer = declare(client, address, str(length))

    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


@pytest.mark.parametrize("address", ["/api/imports/", "/api/orders/", "/admin/login/"])
@pytest.mark.parametrize("length", ["abc", "1e3", "\xb2", "9" * 5000])
def test_a_content_length_that_is_not_a_number_is_400(client, address, length):
    answer = declare(client, address, length)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def status_of(environ, content_type):
    statuses = []
    environ |= {"CONTENT_TYPE": content_type, "wsgi.errors": io.StringIO()}
    application(environ, lambda status, headers, *_: statuses.append(status)).close()
    return statuses


@pytest.mark.parametrize(
    "separator",
    ["; charset=", ";CHARSET =", ";charset*=utf-8''", ";a=b ;\tcharset=", ";\xa0charset="],
)
@pytest.mark.parametrize("charset", CHARSETS)
def test_an_unusable_charset_is_ignored(charset, separator):
    read = RequestFactory().get("/health/live", {"search": "a b"}).environ
    write = RequestFactory().post("/api/token/?a=%ff", b"{}", "application/json").environ

    assert status_of(read, f"application/json{separator}{charset}") == ["200 OK"]
    assert status_of(write, f"application/json{separator}{charset}") == ["400 Bad Request"]


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_parameter_of_the_content_type_breaks_nothing(parameter):
    read = RequestFactory().get("/health/live").environ
    write = RequestFactory().post("/api/token/", b"{}", "application/json").environ
    form = RequestFactory().post("/api/imports/", b"--x", "multipart/form-data").environ

    assert status_of(read, f"application/json; {parameter}") == ["200 OK"]
    assert status_of(write, f"application/json; {parameter}") == ["400 Bad Request"]
    assert status_of(form, f"multipart/form-data; {parameter}") == ["401 Unauthorized"]


@pytest.mark.parametrize("error", [ValueError("no header"), UnicodeError(), RecursionError()])
def test_an_exception_before_the_first_middleware_is_a_problem_document(error, caplog):
    def broken(environ, start_response):
        raise error

    started = []
    body = b"".join(guarded(broken)({}, lambda *answer: started.append(answer)))

    [(status, headers)] = started
    document, headers = json.loads(body), dict(headers)
    assert status == "500 Internal Server Error"
    assert headers["Content-Type"] == "application/problem+json"
    assert (document["status"], document["request_id"]) == (500, headers["X-Request-ID"])
    assert headers["X-Served-By"]
    assert caplog.records[-1].exc_info[1] is error

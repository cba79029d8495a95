"""Requests that Gunicorn would refuse with an HTML page get a problem document from HAProxy."""

import json

import pytest

HEAD = b"Host: localhost\r\nConnection: close\r\n"
METHODS = "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"


def request(target=b"/api/?refused", method=b"GET", headers=b""):
    return method + b" " + target + b" HTTP/1.1\r\n" + HEAD + headers + b"\r\n"


def fields(count):
    return b"".join(b"X-%d: a\r\n" % number for number in range(count - HEAD.count(b"\n")))


REFUSED = {
    "an address of 4001 characters": (request(b"/api/?refused" + b"x" * 3988), 414),
    "an address of 5 KB": (request(b"/api/?refused" + b"x" * 5000), 414),
    "one header of 9 KB": (request(headers=b"X-Large: " + b"x" * 9000 + b"\r\n"), 431),
    "two headers of 5 KB": (request(headers=(b"X-Large: " + b"x" * 5000 + b"\r\n") * 2), 431),
    "a token of 9 KB": (request(headers=b"Authorization: Bearer " + b"x" * 9000 + b"\r\n"), 431),
    "95 header fields": (request(headers=fields(95)), 431),
    "101 header fields": (request(headers=fields(101)), 431),
    "a NUL in a header": (request(headers=b"X-Odd: a\0b\r\n"), 400),
    "a control character in a header": (request(headers=b"Idempotency-Key: a\x1bb\r\n"), 400),
    "a deleted character in a header": (request(headers=b"X-Odd: a\x7fb\r\n"), 400),
    "two content types": (request(headers=b"Content-Type: text/csv\r\nContent-type: a/b\r\n"), 400),
    "a content type twice": (request(headers=b"Content-Type: a/b\r\n" * 2), 400),
    "two keys": (request(headers=b"Idempotency-Key: d1\r\nidempotency-key: d2\r\n"), 400),
    "an asterisk for an address": (request(b"*", b"OPTIONS"), 400),
    "a host for an address": (request(b"localhost:80", b"CONNECT"), 400),
    "no host": (b"GET /api/?refused HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
    "version 0.9": (b"GET /api/?refused HTTP/0.9\r\n" + HEAD + b"\r\n", 400),
    "version 2.0": (b"GET /api/?refused HTTP/2.0\r\n" + HEAD + b"\r\n", 400),
    "version 1.2": (b"GET /api/?refused HTTP/1.2\r\n" + HEAD + b"\r\n", 400),
    "a method of one letter": (request(method=b"G"), 405),
    "a method in small letters": (request(method=b"get"), 405),
    "a method of 30 letters": (request(method=b"A" * 30), 405),
    "a method with a number sign": (request(method=b"GET#1"), 405),
    "a method for coffee pots": (request(method=b"BREW"), 405),
    "a method that echoes": (request(method=b"TRACE"), 405),
}

TAKEN = {
    "an address of 4000 characters": request(b"/api/?taken" + b"x" * 3989),
    "a header of 7 KB": request(headers=b"X-Large: " + b"x" * 7000 + b"\r\n"),
    "90 header fields": request(headers=fields(90)),
    "letters beyond ASCII in a header": request(headers="X-Odd: é\r\n".encode("latin-1")),
    "one content type with a comma": request(headers=b"Content-Type: a/b; c=d,e\r\n"),
    "two lists of ETags": request(headers=b'If-Match: "a", "b"\r\nIf-Match: "c"\r\n'),
    "a tab in a header": request(headers=b"X-Odd: a\tb\r\n"),
    "a whole address": request(b"http://localhost/api/"),
}

# HAProxy refuses these itself, before any rule of haproxy.cfg, with a 400 page of its own.
NOT_HTTP = {
    "HTTP/0.9": b"GET /api/?refused\r\n\r\n",
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a method with a bracket": request(method=b"GE(T"),
    "an address of 20 KB": request(b"/api/?refused" + b"x" * 20_000),
    "an address with a space": request(b"/api/?refused a"),
    "an address with a control character": request(b"/api/?refused\x01"),
    "an address with a fragment": request(b"/api/?refused#a"),
    "an address in raw UTF-8": request("/api/?refused=é".encode()),
    "a header of 20 KB": request(headers=b"X-Large: " + b"x" * 20_000 + b"\r\n"),
    "120 header fields": request(headers=fields(120)),
    "a space before the colon": request(headers=b"X-Odd : b\r\n"),
    "no colon": request(headers=b"X-Odd\r\n"),
    "a header without a name": request(headers=b": b\r\n"),
    "another host in the address": request(b"http://evil.example/api/?refused"),
    "two hosts": request(headers=b"Host: evil.example\r\n"),
    "two lengths": request(method=b"POST", headers=b"Content-Length: 2\r\nContent-Length: 3\r\n"),
    "a negative length": request(method=b"POST", headers=b"Content-Length: -2\r\n"),
    "a length with a sign": request(method=b"POST", headers=b"Content-Length: +2\r\n"),
    "a length in words": request(method=b"POST", headers=b"Content-Length: two\r\n"),
    "a length of 26 digits": request(
        method=b"POST", headers=b"Content-Length: " + b"9" * 26 + b"\r\n"
    ),
    "an unknown transfer coding": request(
        method=b"POST", headers=b"Transfer-Encoding: identity\r\n"
    ),
}


def answer_to(edge, raw):
    head, _, body = edge.talk(raw).partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    return int(status.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


@pytest.mark.parametrize(("raw", "status"), REFUSED.values(), ids=REFUSED)
def test_what_no_instance_should_see_is_refused_as_a_problem(edge, raw, status):
    before = len(edge.attempts("refused"))

    found, headers, body = answer_to(edge, raw)

    assert (found, headers["content-type"]) == (status, "application/problem+json")
    problem = json.loads(body)
    assert set(problem) == {"type", "title", "status", "detail", "request_id"}
    assert (problem["status"], problem["request_id"]) == (status, headers["x-request-id"])
    assert headers.get("allow") == (METHODS.lower() if status == 405 else None)
    assert len(edge.attempts("refused")) == before


@pytest.mark.parametrize("raw", TAKEN.values(), ids=TAKEN)
def test_what_is_just_within_the_limits_reaches_an_instance(edge, raw):
    status, headers, _ = answer_to(edge, raw)

    assert (status, headers["x-served-by"].partition("-")[0]) == (200, "core")


@pytest.mark.parametrize("raw", NOT_HTTP.values(), ids=NOT_HTTP)
def test_what_is_not_http_is_refused_without_an_instance(edge, raw):
    before = len(edge.attempts("refused"))

    status, headers, _ = answer_to(edge, raw)

    assert status == 400
    assert "x-served-by" not in headers
    assert len(edge.attempts("refused")) == before


def test_an_unknown_expectation_is_ignored(edge):
    headers = edge.ask("GET", "/api/", headers={"Expect": "200-ok"}).json()["headers"]

    assert "expect" not in headers

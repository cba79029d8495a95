"""The HTTP client sends what it was given and turns unexpected statuses into failures."""

import email
import email.message
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from lab import polling
from lab.errors import Failure
from lab.workload import http_client
from lab.workload.http_client import Response


class Echo(BaseHTTPRequestHandler):
    """Answers with the request's Content-Type and body; the path is the status."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(int(self.path.strip("/")))
        self.send_header("X-Content-Type", self.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def port():
    server = HTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_a_document_is_sent_as_json_and_read_as_json(port):
    response = http_client.request(port, "POST", "/200", {"sku": "TEA"})

    assert (response.status, response.document) == (200, {"sku": "TEA"})
    assert response.headers["X-Content-Type"] == "application/json"


@pytest.mark.parametrize("body", ["plain text", b"plain text"])
def test_text_and_bytes_are_sent_unchanged(port, body):
    assert http_client.request(port, "POST", "/200", body).body == b"plain text"


def test_an_empty_body_has_no_document(port):
    assert http_client.request(port, "POST", "/200", "").document is None


def test_request_returns_any_status_and_request_ok_fails_with_it(port):
    assert http_client.request(port, "POST", "/409", "sold out").status == 409
    assert http_client.request_ok(port, "POST", "/202", "accepted").status == 202
    with pytest.raises(Failure, match="POST /409 was answered 409: sold out"):
        http_client.request_ok(port, "POST", "/409", "sold out")


@pytest.fixture
def answers(monkeypatch):
    """answers(503, None, 200): the next requests get these answers; None is a timeout."""
    monkeypatch.setattr(polling, "PATIENCE", 0.7)
    sent = []

    def plan(*statuses):
        remaining = iter(statuses)

        def request(port, method, *others):
            sent.append(method)
            if (status := next(remaining)) is None:
                raise TimeoutError("timed out")
            return Response(status, email.message.Message(), b'"done"')

        monkeypatch.setattr(http_client, "request", request)
        return sent

    return plan


KEY = {"Idempotency-Key": "1"}


@pytest.mark.parametrize("first", [500, 503, 504, None])
@pytest.mark.parametrize(
    ("method", "path", "headers", "times"),
    [
        ("GET", "/api/products/", None, 2),
        ("PATCH", "/api/products/TEA/", None, 2),
        ("POST", "/api/token/", None, 2),
        ("POST", "/api/orders/", KEY, 2),
        ("POST", "/api/orders/", {}, 1),
        ("POST", "/api/reports/", None, 1),
        ("POST", "/api/imports/", None, 1),
    ],
)
def test_what_may_be_repeated_is_sent_again(answers, method, path, headers, times, first):
    sent = answers(first, 200)

    if times == 2:
        assert http_client.request_ok(1, method, path, None, headers).document == "done"
    else:
        with pytest.raises(Failure, match=f"{method} {path} was"):
            http_client.request_ok(1, method, path, None, headers)
    assert len(sent) == times


@pytest.mark.parametrize("status", [400, 401, 404, 409, 429])
def test_what_was_refused_is_not_sent_again(answers, status):
    sent = answers(status, 200)

    with pytest.raises(Failure, match=f"was answered {status}"):
        http_client.request_ok(1, "GET", "/api/products/")
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"status": 503, "detail": "No instance answered."}', "No instance answered."),
        (b'{"sku": ["unknown"]}', '{"sku": ["unknown"]}'),
        (b'["one"]', '["one"]'),
        (b"<html>", "<html>"),
        (b"\xff", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_its_detail(body, text):
    assert http_client.reason(body) == text


@pytest.mark.parametrize("status", [503, None])
def test_a_request_that_is_never_answered_fails_when_the_patience_ends(answers, status):
    sent = answers(*[status] * 50)

    with pytest.raises(Failure, match="GET /api/products/ was"):
        http_client.request_ok(1, "GET", "/api/products/")
    assert 2 <= len(sent) < 50


def test_an_upload_is_a_form_with_the_file(port):
    body, headers = http_client.file_upload("products.csv", "sku,name\nTEA,Tea")
    response = http_client.request(port, "POST", "/200", body, headers)

    kind = response.headers["X-Content-Type"].encode()
    form = email.message_from_bytes(b"Content-Type: " + kind + b"\r\n\r\n" + response.body)
    (file,) = form.get_payload()
    assert file.get_param("name", header="Content-Disposition") == "file"
    assert file.get_filename() == "products.csv"
    assert file.get_payload() == "sku,name\nTEA,Tea"

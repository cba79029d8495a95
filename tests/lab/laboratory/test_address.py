"""`./escala capacity` before and during its search: what it looks at, sends, and never sends."""

import contextlib
import json
import socket
import ssl
import subprocess
import threading

import pytest

from lab.analysis.capacity import Objective
from lab.errors import Failure
from lab.laboratory import address
from lab.laboratory.answer import RAW, Answer
from lab.workload import target
from lab.workload.load import Generator
from tests.support.slots import slots

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def generator():
    generator = Generator()
    yield generator
    generator.end()


def attempts(generator, url, writer=None, p95=200, **options):
    return address.Attempts(generator, target.target(url, **options), Objective(p95), writer)


@contextlib.contextmanager
def broken_server(response, tls=None):
    """The address of a server that answers each connection with these bytes; None: never.

    `tls` is the file of its certificate and key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if tls:
        context.load_cert_chain(tls)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # the test has ended
                    return
                with contextlib.suppress(OSError), connection:
                    if tls:
                        connection = context.wrap_socket(connection, server_side=True)
                    connection.recv(1000)
                    connection.sendall(response)
                    connection.close()

        if response is not None:
            threading.Thread(target=serve, daemon=True).start()
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.getsockname()[1]}/"
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("response", "what"),
    [
        (None, "does not answer within 10 s"),
        (b"", "closes the connection and answers nothing"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "was answered 404"),
        (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "was answered 401"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "was answered 503"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "broke off its response"),
    ],
)
def test_an_address_that_does_not_answer_well_is_not_measured(generator, response, what):
    with broken_server(response) as url, pytest.raises(Failure, match=what):
        attempts(generator, url).look()


def test_an_address_where_nothing_listens_or_that_speaks_no_tls_is_not_measured(generator):
    with broken_server(b"HTTP/1.1 200 OK\r\n\r\n") as url, pytest.raises(Failure, match="TLS"):
        attempts(generator, url.replace("http:", "https:")).look()
    with pytest.raises(Failure, match="nothing accepts connections there"):
        attempts(generator, url).look()


def test_a_certificate_must_be_trusted_and_another_authority_can_be(
    generator, tmp_path, monkeypatch
):
    certificate = tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", certificate]
    subprocess.run([*command, "-out", tmp_path / "public"], check=True, capture_output=True)
    with certificate.open("a") as file:
        file.write((tmp_path / "public").read_text())
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    trusting = Generator()

    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with broken_server(answer, tls=certificate) as url:
        with pytest.raises(Failure, match="certificate is not trusted"):
            attempts(generator, url).look()
        assert attempts(trusting, url).one()["status"] == 200
    trusting.end()


def test_a_redirect_is_an_answer_and_is_not_followed(generator):
    with slots(1, 0, status=302) as url:
        assert attempts(generator, url).one()["status"] == 302


def test_the_method_the_headers_and_the_body_arrive(generator, tmp_path):
    file = tmp_path / "body.bin"
    file.write_bytes(b"\x00line\n")
    options = {"method": "PUT", "headers": ["X-Test: yes"], "file": file}

    with slots(1, 0) as url:
        request = {"at": 0.0, **target.target(url, **options).request, "keep": True}
        _, (record,) = generator.send(url, [request])

    assert record["answer"] == "PUT yes \x00line\n"


def test_a_rate_above_the_stated_limit_is_never_sent(generator):
    with pytest.raises(address.Ended, match="at most 2,000"):
        attempts(generator, "http://127.0.0.1:9/").attempt(address.MOST_RATE + 1, 1, "search")
    assert f"{address.MOST_RATE:,} requests/s" in address.limits()


@pytest.mark.parametrize(("share", "doubted"), [(9.9, False), (38.4, True)])
def test_a_capacity_beside_busy_programs_is_doubted(tmp_path, monkeypatch, share, doubted):
    monkeypatch.setattr(address, "BUDGET", 1)
    others = {"share": share, "programs": {"chrome": 21.4}}
    with slots(4, 0.02) as url:
        aim, objective = target.target(url), Objective(200)
        address.measure(aim, objective, guess=20, path=tmp_path / RAW, others=others)

    answer = Answer(tmp_path)
    (fact,) = answer.records.facts("before")
    said = "before the search other programs used 38 % of the machine (chrome 21 %): close them"
    assert fact["share"] == share
    assert any(said in doubt and url in doubt for doubt in answer.doubts) is doubted


def test_no_load_has_more_requests_in_flight_than_stated(generator, monkeypatch, tmp_path):
    monkeypatch.setattr(address, "MOST_IN_FLIGHT", 3)
    monkeypatch.setattr(address, "LONGEST", 1)
    monkeypatch.setattr(address, "BUDGET", 6)
    with slots(100, 0.5) as url:
        address.measure(target.target(url), Objective(900), guess=40, path=tmp_path / RAW)

    answer = Answer(tmp_path)
    for phase in answer.attempts:
        sent = [each for each in phase.requests if each.get("error") != "TooManyInFlight"]
        moments = [each["start"] for each in sent]
        assert max(sum(e["start"] <= at < e["end"] for e in sent) for at in moments) <= 3
    assert "too many were in flight" in json.dumps(answer.as_document())
    assert "the limit of those in flight was reached" in answer.doubts[-1]

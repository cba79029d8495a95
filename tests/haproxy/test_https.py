"""HTTPS=on: the same shop behind TLS; instances learn the protocol from a header."""

import http.client
import json
import ssl
import subprocess

import pytest


@pytest.fixture
def certificate(tmp_path):
    key, chain, both = (tmp_path / name for name in ("key.pem", "chain.pem", "both.pem"))
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"]
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-out",
        chain,
        *subject,
    ]
    subprocess.run(command, check=True, capture_output=True)
    both.write_text(chain.read_text() + key.read_text())
    return both


def test_requests_arrive_over_tls_and_instances_learn_it(start_edge, certificate):
    edge = start_edge(core=1, analytics=0, HTTPS="on", TLS_CERT=str(certificate))
    trust = ssl.create_default_context(cafile=certificate)
    connection = http.client.HTTPSConnection("127.0.0.1", edge.front, timeout=5, context=trust)
    connection.request("GET", "/api/products/", headers={"X-Forwarded-Proto": "http"})
    assert json.loads(connection.getresponse().read())["headers"]["x-forwarded-proto"] == "https"
    assert connection.sock.version() in ("TLSv1.2", "TLSv1.3")
    connection.close()

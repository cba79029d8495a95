"""A target is checked before anything is sent, and only loopback is loaded without a flag."""

import socket

import pytest

from lab.errors import Failure, WrongUsage
from lab.workload import target

NAMES = {
    "here": ["127.0.0.1"],
    "here6": ["::1", "127.0.0.1"],
    "both": ["127.0.0.1", "192.0.2.7"],
    "mapped": ["::ffff:127.0.0.9"],
    "mapped-away": ["::ffff:192.0.2.7"],
    "away": ["192.0.2.7"],
    "anywhere": ["0.0.0.0"],
}


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """The names of NAMES resolve, and numbers; no other name does."""
    known = socket.getaddrinfo

    def resolve(host, port, **more):
        if host in NAMES:
            return [(0, 0, 0, "", (ip, port)) for ip in NAMES[host]]
        if host.endswith("invalid"):
            raise socket.gaierror(-2, "Name or service not known")
        return known(host, port, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("127.0.0.1:8000", "has no scheme"),
        ("localhost/x", "has no scheme"),
        ("", "has no scheme"),
        ("ftp://127.0.0.1/", "neither http:// nor https://"),
        ("file:///etc/passwd", "neither http:// nor https://"),
        ("http://", "not a valid address"),
        ("http:///path", "not a valid address"),
        ("http://127.0.0.1:99999/", "not a valid address"),
        ("http://127.0.0.1:0/", "not a valid address"),
        ("http://127.0.0.1:port/", "not a valid address"),
        ("http://[::1/", "not a valid address"),
        ("http://127.0.0.1/a b", "not a valid address"),
        ("http://127.0.0.1/\r\nX: y", "not a valid address"),
        ("http://ada:secret@127.0.0.1/", "a name and a password"),
        ("http://127.0.0.1@192.0.2.7/", "a name and a password"),
    ],
)
def test_an_address_that_cannot_be_requested_is_refused(url, what):
    with pytest.raises(WrongUsage, match=what):
        target.target(url)


@pytest.mark.parametrize("host", ["invalid", "no.such.invalid", "a" * 70 + ".invalid"])
def test_a_name_that_does_not_resolve_is_a_failure(host):
    with pytest.raises(Failure, match="does not resolve"):
        target.target(f"http://{host}/")


@pytest.mark.parametrize(
    "host", ["away", "both", "mapped-away", "anywhere", "192.0.2.7", "[2001:db8::1]", "10.0.0.1"]
)
def test_an_address_beyond_loopback_needs_the_flag(host):
    with pytest.raises(WrongUsage, match="not on loopback"):
        target.target(f"http://{host}/")

    assert target.target(f"http://{host}/", is_mine=True).ips


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.9.9.9", "[::1]", "localhost", "here", "here6", "mapped", "2130706433"],
)
def test_loopback_needs_no_flag(host):
    assert target.target(f"http://{host}:8000/").ips


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("Accept", "is not `Name: value`"),
        (": value", "is not `Name: value`"),
        ("A name: value", "is not `Name: value`"),
        ("X-A: 1\r\nX-B: 2", "is not `Name: value`"),
        ("X-A: 1\nX-B: 2", "is not `Name: value`"),
        ("X-A\n: 1", "is not `Name: value`"),
        ("X-A: \x00", "is not `Name: value`"),
        ("X-A: caf\u00e9", "is not `Name: value`"),
        ("Content-Length: 3", "sets Content-Length itself"),
        ("transfer-encoding: chunked", "sets transfer-encoding itself"),
    ],
)
def test_a_header_that_could_change_the_request_is_refused(line, what):
    with pytest.raises(WrongUsage, match=what):
        target.target("http://127.0.0.1/", headers=[line])


def test_a_header_given_twice_is_refused():
    with pytest.raises(WrongUsage, match="twice"):
        target.target("http://127.0.0.1/", headers=["Accept: a", "accept: b"])


@pytest.mark.parametrize("method", ["", "GET / HTTP/1.1", "PO\nST"])
def test_a_method_that_is_none_is_refused(method):
    with pytest.raises(WrongUsage, match="no HTTP method"):
        target.target("http://127.0.0.1/", method=method or " ")


def test_a_body_that_is_missing_a_folder_or_too_large_is_refused(tmp_path, monkeypatch):
    (tmp_path / "large").write_bytes(b"12345")
    monkeypatch.setattr(target, "MOST_BYTES", 4)

    for name, what in (("missing", "no file"), ("", "no file"), ("large", "at most")):
        with pytest.raises(WrongUsage, match=what):
            target.target("http://127.0.0.1/", file=tmp_path / name)


def test_a_body_is_posted_with_the_type_of_its_file_unless_a_header_names_one(tmp_path):
    file = tmp_path / "order.json"
    file.write_text("{}")

    made = target.target("http://127.0.0.1/x?y=1#z", file=file)
    assert (made.method, made.headers) == ("POST", {"Content-Type": "application/json"})
    assert made.url == made.request["path"] == "http://127.0.0.1/x?y=1"
    assert made.front == "http://127.0.0.1"

    lines = ["content-type: text/csv", "X-Empty:"]
    made = target.target("http://127.0.0.1", file=file, headers=lines, method="put")
    assert made.headers == {"content-type": "text/csv", "X-Empty": ""}
    assert (made.method, made.url) == ("PUT", "http://127.0.0.1/")

"""The target of `./escala capacity`: a request to one address, checked before anything is sent."""

import ipaddress
import mimetypes
import re
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from lab.errors import Failure, WrongUsage
from lab.workload.load import Request

EXAMPLE = "for example: ./escala capacity http://127.0.0.1:8080/api/products/"
HELP = "./escala capacity --help"
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110: the name of a method or of a header
VALUE = re.compile(r"[\x20-\x7e\t]*")  # no line break: what follows one would be another header
SET_BY_GENERATOR = ("content-length", "transfer-encoding", "connection")
MOST_BYTES = 10_000_000  # of a body


class Target(NamedTuple):
    """A request that can be sent again and again; `ips` are what its host resolves to."""

    url: str
    front: str  # scheme, host and port
    method: str
    headers: dict[str, str]
    file: str | None  # the path of the body
    ips: tuple[str, ...]

    @property
    def request(self) -> Request:
        """The request, for lab/workload/load.py."""
        request = {"kind": "request", "method": self.method, "path": self.url}
        return request | {"headers": self.headers} | ({"file": self.file} if self.file else {})


def target(
    url: str,
    *,
    method: str | None = None,
    headers: Iterable[str] = (),
    file: Path | None = None,
    is_mine: bool = False,
) -> Target:
    """The target that these options describe; WrongUsage says what is wrong with one.

    An address beyond this machine is refused unless it `is_mine`: a load may harm its owner.
    """
    parts = _parts(url)
    method = (method or ("POST" if file else "GET")).upper()
    if not TOKEN.fullmatch(method):
        raise WrongUsage(f"{method!r} is no HTTP method", "for example: --method PUT")
    fields = _headers(headers)
    if file:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        fields = {"Content-Type": kind} | fields if "content-type" not in _lower(fields) else fields
    ips = _resolved(parts)
    if not is_mine:
        _refuse_others(parts.hostname or "", ips)
    return Target(
        parts.geturl(),
        f"{parts.scheme}://{parts.netloc}",
        method,
        fields,
        str(_body(file)) if file else None,
        ips,
    )


def _parts(url: str) -> SplitResult:
    """The parts of an address that can be requested, without its fragment."""
    if not re.match(r"https?://", url, re.IGNORECASE):
        if re.match(r"[a-z][a-z0-9+.-]*://", url, re.IGNORECASE):
            raise WrongUsage(f"{url} is neither http:// nor https://", EXAMPLE)
        raise WrongUsage(f"{url} has no scheme", f"./escala capacity http://{url.lstrip('/')}")
    try:
        parts = urlsplit(url)
        is_valid = bool(parts.hostname) and parts.port != 0
    except ValueError:  # of a port that is no number, or of brackets
        is_valid = False
    if not is_valid or re.search(r"[\s\x00-\x1f\x7f\\]", url):
        raise WrongUsage(f"{url!r} is not a valid address", EXAMPLE)
    if "@" in parts.netloc:
        raise WrongUsage(
            "a name and a password in an address would be shown in the report",
            "send them as --header 'Authorization: Basic ...', whose value is not recorded",
        )
    return parts._replace(fragment="", path=parts.path or "/")


def _headers(lines: Iterable[str]) -> dict[str, str]:
    """{name: value} of lines such as `Accept: text/html`."""
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not TOKEN.fullmatch(name) or not VALUE.fullmatch(value):
            raise WrongUsage(
                f"the header {line!r} is not `Name: value` in plain ASCII on one line",
                "for example: --header 'Accept: text/html'",
            )
        if name.lower() in SET_BY_GENERATOR:
            raise WrongUsage(f"the load generator sets {name} itself", "leave that header out")
        if name.lower() in _lower(found):
            raise WrongUsage(
                f"the header {name} is given twice", "give it once, its values after commas"
            )
        found[name] = value.strip()
    return found


def _lower(names: Iterable[str]) -> set[str]:
    return {name.lower() for name in names}


def _body(file: Path) -> Path:
    """The absolute path of a file that can be read and is small enough."""
    try:
        size = len(file.read_bytes()) if file.is_file() else None
    except OSError as error:
        raise WrongUsage(f"{file} cannot be read: {error.strerror}", "name another FILE") from None
    if size is None:
        raise WrongUsage(f"{file} is no file", "--body takes the path of a file")
    if size > MOST_BYTES:
        raise WrongUsage(
            f"{file} has {size / 1e6:.0f} MB; a body has at most {MOST_BYTES / 1e6:.0f} MB",
            "name a smaller FILE",
        )
    return file.resolve()


def _resolved(parts: SplitResult) -> tuple[str, ...]:
    """The IP addresses of the host, in the order of the resolver."""
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, parts.port or parts.scheme, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Failure(f"the name {host} does not resolve", "check the address") from None
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def _refuse_others(host: str, ips: Iterable[str]) -> None:
    others = [ip for ip in ips if not is_loopback(ip)]
    if others:
        named = host if host in others else f"{host} ({', '.join(others)})"
        raise WrongUsage(
            f"{named} is not on loopback: a load test without its owner's consent is an attack",
            "add --yes-it-is-mine if it is yours, or you were asked to test it",
        )


def is_loopback(ip: str) -> bool:
    """Whether this IP address never leaves the machine."""
    address = ipaddress.ip_address(ip)
    mapped = getattr(address, "ipv4_mapped", None)  # ::ffff:127.0.0.1
    return (mapped or address).is_loopback

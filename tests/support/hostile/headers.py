"""Hostile values of every header that Django, DRF, WhiteNoise or the services parse."""

from tests.support.hostile.documents import KEYS
from tests.support.hostile.queries import CHARSETS, PARAMETERS

ODD = ["", ";", '"', "\xff", "%00", "x" * 7000, ",;=" * 1500, "9" * 5000]  # for each of them
DAYS = ["Mon, 30 Feb 2026 00:00:00 GMT", "Mon, 01 Jan 99999 00:00:00 GMT", "0", "Thu, 01 Jan 0000"]
DAYS += [
    "Mon, 01 Jan 0001 00:00:00 +9999",
    "Sun Nov  6 08:49:37 1994",
    "Sunday, 06-Nov-94 99:99:99",
]
TAGS = ['"', "W/", "*", '"a,b', "W/*", '"\xff"', '""', '"a"' * 1000, "*, *"]
ADDRESSES = ["unknown", "1.2.3.4:x", "[::1", "::ffff:1.2.3.4%eth0", ", ".join(["1.1.1.1"] * 900)]
HOSTS = ["[::1", "[]", "localhost:\xb2", "localhost:99999999999", "127.0.0.1:-1", "a@localhost"]
HOSTS += ["localhost, localhost", "..", ".localhost", "xn--\xff", "localhost/", "localhost\\x"]
RANGES = ["bytes=", "bytes=-", "bytes=9-1", "bytes=0-0", "bytes=99999999-", "bytes=-0", "bytes=a-b"]
RANGES += ["bytes=" + "9" * 5000 + "-", "bytes=0-1,2-3", "lines=1-2", "bytes=1_0-2_0", "bytes=--1"]

HEADERS = {
    "Content-Type": [
        *(f"{kind}; {parameter}" for kind in ("application/json", "multipart/form-data")
          for parameter in PARAMETERS),
        *(f"application/x-www-form-urlencoded; charset={charset}" for charset in CHARSETS),
        *("multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=b"),
        *("application/", "/json", "*/*", "application/json/json", "text/html"),
    ],
    "Content-Length": ["abc", "-1", "+1", "1e3", "0x1", "1_0", "\xb2", "1, 1", "9" * 30],
    "Accept": [
        *(f"application/json; {parameter}" for parameter in PARAMETERS),
        *(f"application/json; indent={count}" for count in ("-1", "a", "9" * 30, "9" * 5000)),
        *("*/*; q=9e9999", "*/*;version=%00", "application/json; version=\xff", "a/b/c", "*"),
        *("text/html; q=", "text/*", ", ".join(f"a/b{number}" for number in range(800))),
    ],
    "Authorization": [
        *(f"{scheme} {rest}" for scheme in ("Bearer", "bearer", "Basic", "Digest", "Token")
          for rest in ("", "\xff", "a b", "a.b.c", "..", "e30.e30.e30", "%00", "=" * 5000)),
        "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer", "Bearer\t", "Bearer " + "[" * 5000,
    ],
    "Cookie": [
        *(f"{service}_{kind}={value}" for service in ("core", "analytics")
          for kind in ("session", "csrf")
          for value in ("", "\xff", '"\\000"', '"\\377', "%00", "a" * 32, "x" * 5000, "{}", "é")),
        *("=; =", "$Version=9; a=b", "a" * 9000, "; ".join(["a=b"] * 2000), 'a="\\', "messages=x"),
    ],
    "If-None-Match": TAGS, "If-Match": TAGS, "If-Range": TAGS + DAYS,
    "If-Modified-Since": DAYS, "If-Unmodified-Since": DAYS,
    "Range": RANGES,
    "Host": HOSTS, "X-Forwarded-Host": HOSTS, "Forwarded": ["for=", 'for="[::1"', "host=\xff"],
    "X-Forwarded-For": ADDRESSES,
    "X-Forwarded-Proto": ["https", "https, http", "HTTPS", "javascript"],
    "X-Forwarded-Port": ["abc", "-1"],
    "Accept-Language": ["a-" * 3000, "en;q=9e999", "*;q=\xff", "en-" * 160, "zh-hant-x-y;q=-1"],
    "Accept-Encoding": ["gzip;q=\xff", "br;q=9e999", "identity;q=0"],
    "Origin": ["null", "http://[", "https://\xff", "http://[::1", "//", "javascript:"],
    "Referer": ["http://[", "\xff", "http://localhost:x/"],
    "X-CSRFToken": ["\xff", "a" * 64, "a" * 31],
    "X-Request-ID": ["a b", "é" * 20, "x" * 65, "--------"],
    "Idempotency-Key": KEYS,
    "X-HTTP-Method-Override": ["DELETE", "BREW"],
    "X-Requested-With": ["XMLHttpRequest"],
    "Transfer-Encoding": ["chunked", "gzip, chunked"],
    "Content-Encoding": ["gzip"],
    "Expect": ["100-continue"],
}  # fmt: skip


def every_header():
    """(name, value) of all of them."""
    for name, values in HEADERS.items():
        for value in [*values, *ODD]:
            yield name, value

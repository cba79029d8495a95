"""Bytes in the cache that this code did not write, such as another version's."""

import pickle

from core_api.catalog.cached_views import Page
from core_api.catalog.caching import Entry

GENERATION = pickle.dumps("0123456789abcdef")  # a generation, where a value is expected
NOTHING = pickle.dumps(None)

# {name: bytes}
UNREADABLE = {
    "no bytes": b"",
    "no pickle": b"\xff\xfe rubbish",
    "half a pickle": pickle.dumps(Entry("a", Page(200, {}, b"")))[:-7],
    "a number": b"12",
    "a class that is gone": b"ccore_api.catalog.caching\nOldAnswer\n(tR.",
    "a module that is gone": b"ccore_api.gone\nEntry\n(tR.",
    "a class of fewer fields": b"ccore_api.catalog.caching\nEntry\n(tR.",
    "an exception when it is made": b"cbuiltins\nint\n(S'x'\ntR.",
    "the end of the process": b"csys\nexit\n(tR.",
    "an interrupt": b"cbuiltins\nKeyboardInterrupt\n(tR.",
    "a dotted name": b"\x80\x04\x8c\x18core_api.catalog.caching\x8c\x0bsecrets.sys\x93.",
    "a tuple": pickle.dumps(("x", 200, {}, b"")),
    "a dict": pickle.dumps({"generation": "x"}),
    "a newer protocol": b"\x80\x63.",
    "nothing": NOTHING,
    "a text": GENERATION,
}

# Values that an entry of the current generation may have, and that are no page.
NO_PAGES = [
    *(None, 7, "x", {}, Page("200", {}, b""), Page(200, [], b"")),
    *(Page(200, {}, None), Page(404, {}, "gone"), Page(True, {"ETag": '"x"'}, b"")),
    *(Page(200, {}, b""), Page(200, {"ETag": 5}, b""), Page(200, {"ETag": "x", 5: "x"}, b"")),
    *(Page(500, {"ETag": '"x"'}, b""), Page(-5, {}, b""), Page(200, {"ETag": "x\ny"}, b"")),
    Page(404, {"\xe9": "x"}, b""),
]

# The same for the number of rows of a list.
NO_COUNTS = [-5, -(10**40), 10**40, 2**63, True, 1.0, 2.5, float("nan"), "1", b"1", [1], None]

"""Bodies, values, questions and addresses that nobody means well with, and the answer that each
must get.

Tables only: tests/core_api and tests/system send them.
"""

JSON = "application/json"
DEEP = 100_000

# name: (body, content type, status). Sent to every address that takes JSON.
NO_DOCUMENT = {
    "nothing": (b"", JSON, 400),
    "spaces": (b"  \r\n ", JSON, 400),
    "half an object": (b'{"lines": [', JSON, 400),
    "a word": (b"hello", JSON, 400),
    "single quotes": (b"{'a': 1}", JSON, 400),
    "two documents": (b"{} {}", JSON, 400),
    "a comma too many": (b'{"a": 1,}', JSON, 400),
    "null": (b"null", JSON, 400),
    "true": (b"true", JSON, 400),
    "a number": (b"7", JSON, 400),
    "a text": (b'"lines"', JSON, 400),
    "a list": (b"[]", JSON, 400),
    "a list of lists": (b"[[[]]]", JSON, 400),
    "100,000 brackets": (b"[" * DEEP, JSON, 400),
    "100,000 brackets, closed": (b"[" * DEEP + b"]" * DEEP, JSON, 400),
    "100,000 objects in each other": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, JSON, 400),
    "NaN": (b'{"a": NaN}', JSON, 400),
    "Infinity": (b'{"a": -Infinity}', JSON, 400),
    "a number of 5,000 digits": (b'{"a": ' + b"9" * 5000 + b"}", JSON, 400),
    "a byte order mark": (b"\xef\xbb\xbf{}", JSON, 400),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), JSON, 400),
    "bad UTF-8": (b'{"a": "\xff\xfe"}', JSON, 400),
    "a raw NUL": (b'{"a": "\0"}', JSON, 400),
    "a raw line end": (b'{"a": "\n"}', JSON, 400),
    "bytes of gzip": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", JSON, 400),
    "XML": (b"<order/>", "application/xml", 415),
    "YAML": (b"a: 1", "application/yaml", 415),
    "plain text": (b"{}", "text/plain", 415),
    "no content type": (b"{}", "", 415),
    "a content type of semicolons": (b"{}", ";;;", 415),
    "a form without a boundary": (b"{}", "multipart/form-data", 400),
    "a form with an odd boundary": (b"--a", "multipart/form-data; boundary=\xe9", 400),
    "an empty form": (b"", "application/x-www-form-urlencoded", 400),
    "a form with 1,001 fields": (b"a=1&" * 1001, "application/x-www-form-urlencoded", 400),
    "more than 1 MB": (b'{"a": "' + b"x" * 1024 * 1024 + b'"}', JSON, 413),
}

NO_TEXT = [None, True, [], {}, ["a"], {"a": "b"}, "a\0b", "\ud800", "a\nb"]
NO_WORDS = [*NO_TEXT, "", "   "]  # where something must stand
NO_NUMBER = [
    None,
    "",
    "abc",
    True,
    [],
    {},
    "NaN",
    "sNaN",
    "Infinity",
    "1\0",
    "1,5",
    "0x10",
    "9" * 1001,
]
NO_COUNT = [*NO_NUMBER, -1, 1.5, "1.5", "1e3", 2**31, 10**30, 1e300]
NO_PRICE = [*NO_NUMBER, -1, "-0.01", 1.001, "1.001", 10**8, 10**30, 1e300, "1e400", "1e-400"]
NO_DAY = [
    None,
    "",
    7,
    True,
    [],
    {},
    "yesterday",
    "2026-02-30",
    "2026-13-01",
    "0000-01-01",
    "99999-01-01",
]
NO_DAY += ["2026-01-01\0", "2026-01-01T00:00:00Z", "9" * 5000]
NO_CHOICE = [None, "", "no-such", 7, True, [], {}, "a\0", "\ud800", "x" * 5000]

# field: the values it must refuse, in a product otherwise right.
PRODUCT = {
    "sku": [*NO_WORDS, "has space", "x" * 41, "a/b", "..\\", "é"],
    "name": [*NO_WORDS, "x" * 201, "tab\there", "\x85", "\u2028"],
    "description": [None, True, [], {}, "a\0b", "\ud800", "x" * 5001],
    "category": NO_CHOICE,
    "price": NO_PRICE,
    "stock": NO_COUNT,
    "active": [None, "", "perhaps", 2, [], {}],
}

# Odd, and all the same a product: what is sent, and what becomes of it.
ODD_PRODUCT = {
    "a price with an exponent": ({"price": "1e5"}, {"price": "100000.00"}),
    "a price in Arabic digits": ({"price": "١٢.٥"}, {"price": "12.50"}),
    "a price with spaces": ({"price": " 12.5 "}, {"price": "12.50"}),
    "a count in a text": ({"stock": "7"}, {"stock": 7}),
    "a name of another script": ({"name": "Чай № 1 茶🍵"}, {"name": "Чай № 1 茶🍵"}),
    "a name of markup": (
        {"name": "<script>alert(1)</script>"},
        {"name": "<script>alert(1)</script>"},
    ),
    "a description of lines": ({"description": "a\nb"}, {"description": "a\nb"}),
    "unknown fields": ({"id": 1, "pk": 1, "updated_at": "2000-01-01", "x": [[]]}, {}),
}

LINE = {"sku": "TEA-1", "quantity": 1}
LINES = [
    *(
        None,
        [],
        {},
        "TEA-1",
        7,
        True,
        [[]],
        [None],
        ["TEA-1"],
        [7],
        {"0": LINE},
        [LINE, LINE],
        [LINE] * 101,
    ),
    *([{"sku": "TEA-1"}], [{"quantity": 1}], [LINE, {}], [{"sku": "NO-SUCH", "quantity": 1}]),
    *([LINE | {"quantity": value}] for value in [*NO_COUNT, 0, 1_000_001]),
    *([LINE | {"sku": value}] for value in [*NO_WORDS, "x" * 41, "tea-1"]),
]
KEYS = ["", " ", "k" * 256, "a\tb", "a\x7fb", "\x85", "\xad"]

# Fields of a login and of a refresh; a long name or a wrong word is no bad input but a wrong login.
LOGIN = [None, True, [], {}, "", "a\0b", "\ud800"]

# What follows the question mark of /api/products/, and the status.
QUESTIONS = {
    **{
        f"page={page}": 404
        for page in ("0", "-1", "abc", "1.0", "9" * 30, "9" * 3900, "%00", "1e3")
    },
    **{
        f"page_size={size}": 200
        for size in ("-1", "0", "abc", "1" + "0" * 14, "9" * 3900, "%00", "")
    },
    **{
        f"search={words}": 200
        for words in ("%ff", "%27%20OR%201=1--", "a" * 3900, "%25%25", "%5C", "%F0%9F")
    },
    "page=": 200,
    "search=" + "%20".join(["a"] * 480): 200,
    "search=%00": 400,
    "search=a%00b": 400,
    "ordering=password": 200,
    "ordering=category__products__sku": 200,
    "ordering=%00": 200,
    "ordering=-sku,-sku,sku": 200,
    "category=%00": 400,
    "category=" + "x" * 101: 400,
    "category=%ff": 200,
    "category=no-such": 200,
    "category[]=tea": 200,
    "limit=-1&offset=" + "9" * 22: 200,
    "cursor=cD1hYmM=": 200,
    "min=abc&name=%00&id=abc": 200,
    "format=xml": 404,
    "format=%00": 404,
    "&".join(["a=1"] * 999): 200,
    "&".join(["a"] * 1001): 400,
    "%00": 200,
    "%": 200,
}

# Headers of a read, and the status.
HEADERS = [
    ({"Accept": "application/xml"}, 406),
    ({"Accept": "image/png"}, 406),
    ({"Accept": ";;;"}, 406),
    ({"Accept": ""}, 406),
    ({"Accept": "x" * 7000}, 406),
    ({"Accept": "application/json;q=x"}, 200),
    ({"Accept-Language": "\x01" * 10}, 200),
    ({"Accept-Language": "a-" * 3000}, 200),
    ({"Cookie": ";;=;core_session=;analytics_session=\xff"}, 200),
    ({"If-None-Match": "\xff"}, 200),
    ({"If-Modified-Since": "Feb 30 of the year 99999"}, 200),
    ({"Range": "bytes=9-1"}, 200),
    ({"X-HTTP-Method-Override": "DELETE"}, 200),
    ({"Host": "elsewhere.example"}, 400),
    ({"Host": 'local"host'}, 400),
    ({"Host": "someone@localhost"}, 400),
]

IDS = [
    "0",
    "-1",
    "abc",
    "1" + "0" * 22,
    str(2**63),
    "%00",
    "1e3",
    "%ff",
    "%0d%0aX:1",
    "..%2f",
    "a%2fb",
    "'--",
    "x" * 3000,
]

# What follows the question mark of any list in the admin: shown, led elsewhere or refused, but
# never a 500.
ADMIN_QUESTIONS = [
    *(
        "q=%00",
        "q=%ff",
        "q=" + "a%20" * 50,
        "o=abc",
        "o=99.99",
        "p=abc",
        "p=-1",
        "p=" + "9" * 22,
        "e=1",
        "all=abc",
    ),
    *(
        "id=%00",
        "id=abc",
        "id__in=%00",
        "id__gte=" + "9" * 30,
        "name__regex=(",
        "_popup=1&_to_field=%00",
    ),
    *(
        f"{field}={value}"
        for field in ("sku", "kind__exact", "state__exact", "reason__exact")
        for value in ("%00",)
    ),
    *(
        f"{field}__year={year}"
        for field in ("created_at", "occurred_at")
        for year in ("0", "99999", "abc", "9" * 30)
    ),
    *(
        f"created_at__year=2026&created_at__month={month}"
        for month in ("0", "13", "2&created_at__day=30")
    ),
    *(
        f"{field}__gte={moment}"
        for field in ("created_at", "updated_at")
        for moment in ("abc", "99999-01-01")
    ),
    *(
        "active__exact=2",
        "user__id__exact=%00",
        "category__id__exact=" + "9" * 30,
        "sent_at__isnull=abc",
    ),
]

# Charsets that Python knows and that encode no text: Django fails on any of them, before any code
# of ours.
CHARSETS = [
    "bz2",
    "hex",
    "rot13",
    "idna",
    "undefined",
    "base64",
    "utf-16",
    "no-such",
    "",
    "\xe9",
    '"bz2"',
    " bz2 ",
]

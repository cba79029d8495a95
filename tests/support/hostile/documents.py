"""Hostile request bodies and field values, and the status that each must get.

Tables only. The tests of core_api and analytics_api send them (test_hostile_input.py).
"""

JSON = "application/json"
DEEP = 100_000

# {name: (body, content type, status)}, sent to every address that accepts JSON.
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
NO_WORDS = [*NO_TEXT, "", "   "]  # for fields that must not be blank
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
# Python reads most of these, or wishes to be asked what they mean.
NO_NUMBER += ["1_0", "1__0", "_1", "1_", "1_000", "1 0", "1\u00a00", "1'000", "--1", "+-1", "- 1"]
NO_NUMBER += [".", "1.", ".5", "1.5.0", "1,000.00", "1.000,00", "٣,٥", "½", "²", "Ⅷ", "0b1", "0o7"]
NO_NUMBER += ["1\u200b", "5 €", "$5", "5%", "1/2", "1e", "e5", "1e1_0", "1e+", "1E5.0", "∞", "(1)"]
NO_COUNT = [*NO_NUMBER, -1, 1.5, "1.5", "1.0", "1.000", "5.", "1e3", "1E3", 2**31, 10**30, 1e300]
NO_PRICE = [*NO_NUMBER, -1, "-0.01", 1.001, "1.001", 10**8, 10**30, 1e300, "1e400", "1e-400"]
NO_PRICE += ["1e999999999999999999", "12_50", "-1e-1", "1" + "0" * 8]
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
NO_DAY += ["2026-W01-1", "2026W011", "2026-001", "20260101", "2026-1-1", "26-01-01", "٢٠٢٦-٠١-٠١"]
NO_DAY += ["2026-01-01\n", " 2026-01-01", "+2026-01-01", "2026/01/01", "01.01.2026", "-2026-01-01"]
NO_DAY += ["2026-01-01\0", "2026-01-01T00:00:00Z", "9" * 5000]
NO_CHOICE = [None, "", "no-such", 7, True, [], {}, "a\0", "\ud800", "x" * 5000]

# {field: values that are refused in an otherwise valid product}
PRODUCT = {
    "sku": [*NO_WORDS, "has space", "x" * 41, "a/b", "..\\", "é", ".", "..", "best-sellers"],
    "name": [*NO_WORDS, "x" * 201, "tab\there", "\x85", "\u2028"],
    "description": [None, True, [], {}, "a\0b", "\ud800", "x" * 5001],
    "category": NO_CHOICE,
    "price": NO_PRICE,
    "stock": NO_COUNT,
    "active": [None, "", "perhaps", 2, [], {}],
}

# {name: (fields, the fields as stored)}: unusual products that are valid.
ODD_PRODUCT = {
    "a price with an exponent": ({"price": "1e5"}, {"price": "100000.00"}),
    "a price in Arabic digits": ({"price": "١٢.٥"}, {"price": "12.50"}),
    "a price with spaces": ({"price": " 12.5 "}, {"price": "12.50"}),
    "a price in full-width digits": ({"price": "１２.５"}, {"price": "12.50"}),
    "a price with a sign": ({"price": "+5"}, {"price": "5.00"}),
    "a price and a line end": ({"price": "5\n"}, {"price": "5.00"}),
    "a price of minus zero": ({"price": "-0.00"}, {"price": "0.00"}),
    "a price of minus zero as a number": ({"price": -0.0}, {"price": "0.00"}),
    "a price with leading zeros": ({"price": "0012.50"}, {"price": "12.50"}),
    "a price as a number": ({"price": 12.5}, {"price": "12.50"}),
    "a count in a text": ({"stock": "7"}, {"stock": 7}),
    "a count with a sign and spaces": ({"stock": " +5\n"}, {"stock": 5}),
    "a count of minus zero": ({"stock": "-0"}, {"stock": 0}),
    "a count in Arabic digits": ({"stock": "٣"}, {"stock": 3}),
    "a count as a number with a point": ({"stock": 5.0}, {"stock": 5}),
    "a name of another script": ({"name": "Чай № 1 茶🍵"}, {"name": "Чай № 1 茶🍵"}),
    "a name of markup": (
        {"name": "<script>alert(1)</script>"},
        {"name": "<script>alert(1)</script>"},
    ),
    "a description of lines": ({"description": "a\nb"}, {"description": "a\nb"}),
    "unknown fields": ({"id": 1, "pk": 1, "updated_at": "2000-01-01", "x": [[]]}, {}),
}

LARGE = ["x" * 900_000, ["x"] * 200_000, {str(number): number for number in range(50_000)}]
LARGE_PRODUCT = dict.fromkeys(
    ["sku", "name", "description", "category", "price", "stock", "active"], LARGE
)

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
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
QUANTITY_FILE = (
    b'--b\r\nContent-Disposition: form-data; name="lines[0]sku"\r\n\r\nTEA-1\r\n'
    b'--b\r\nContent-Disposition: form-data; name="lines[0]quantity"; filename="2"\r\n\r\nx\r\n'
    b"--b--\r\n"
)
# {name: (body, content type)}
ORDER_FORMS = {
    "a form": (b"lines[0]sku=TEA-1&lines[0]quantity=1", URLENCODED),
    "an index of 4,301 digits": (b"lines[" + b"9" * 4301 + b"]sku=TEA-1", URLENCODED),
    "an index with underscores": (b"lines[1_0]sku=TEA-1&lines[1_0]quantity=1", URLENCODED),
    "a file named 2 as the quantity": (QUANTITY_FILE, MULTIPART),
}
# {content type: a body with two prices}
TWICE = {
    URLENCODED: b"price=1&price=2",
    MULTIPART: b'--b\r\nContent-Disposition: form-data; name="price"\r\n\r\n1\r\n' * 2
    + b"--b--\r\n",
}
# Numbers in JSON that a float would round to valid ones, and those that a Decimal cannot hold.
ROUNDED = [
    ("price", "1e-400"),
    ("price", "1.0000000000000000001"),
    ("price", "1e" + "9" * 30),
    ("stock", "4.9999999999999999999"),
    ("stock", "1e" + "9" * 30),
]
NO_UTF8 = {
    URLENCODED: b"name=%ff%fe",
    MULTIPART: b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n\xff\r\n--b--\r\n',
}
KEYS = ["", " ", "k" * 256, "a\tb", "a\x7fb", "\x85", "\xad"]
KEYS += [
    "é",
    "Ж",
    "日本",
    "key–dash",
    "a\u200b",
    "a\u00a0b",
    "１",
    "\ufeffa",
    "d1,d2",
    "d1, d2",
    ",",
]
KEYS_TAKEN = ["k", "k" * 255, "a b", " a ", "!~-_.:;/'\"", "0", "null"]

# Values for each field of a login and of a refresh. (A wrong password is valid input: it gets 401.)
LOGIN = [None, True, [], {}, "", "a\0b", "\ud800"]

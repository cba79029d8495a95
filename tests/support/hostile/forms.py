"""Hostile forms: urlencoded and multipart, with hostile names, values and headers of parts."""

from urllib.parse import quote_plus

URLENCODED, BOUNDARY = "application/x-www-form-urlencoded", "b"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
SURROGATE, BAD = b"\xed\xa0\x80", b"\xff\xfe"

# Values of any field.
VALUES = [
    "",
    " ",
    "abc",
    "\0",
    "-1",
    "1e400",
    "NaN",
    "sNaN",
    "9" * 30,
    "9" * 5000,
    "1_0",
    "é",
    "[]",
]
VALUES += [SURROGATE, BAD, "x" * 6000, "99999-01-01", "0000-00-00", "24:60", "on", "\r\n"]

# Names that a form does not expect, and some that the framework reads.
NAMES = [
    "",
    " ",
    "\0",
    "a\0b",
    "é",
    SURROGATE,
    BAD,
    "[",
    "]",
    "a[",
    "[]",
    "a[b][c]",
    "a.b",
    "__class__",
]
NAMES += [
    "lines",
    "lines[0]",
    "lines[0]sku",
    "lines[-1]sku",
    "lines[" + "9" * 4301 + "]sku",
    "x" * 6000,
]
NAMES += ["id", "pk", "_method", "_content", "_content_type", "_charset_", "csrfmiddlewaretoken"]
NAMES += [
    "next",
    "initial-price",
    "initial-",
    "_save",
    "_saveasnew",
    "_addanother",
    "_popup",
    "_to_field",
]
NAMES += [
    "action",
    "index",
    "select_across",
    "_selected_action",
    "post",
    "_continue",
    "this_is_the_login_form",
]
NAMES += [f"{start}-{end}" for start in ("form", "lines", "sales", "sale_set", "orderline_set")
          for end in ("TOTAL_FORMS", "INITIAL_FORMS", "0-id", "0-DELETE", "9-id")]  # fmt: skip


def data(value):
    return value if isinstance(value, bytes) else value.encode()


def urlencoded(pairs):
    """(body, content type) of a form."""
    parts = (f"{quote_plus(data(name))}={quote_plus(data(value))}" for name, value in pairs)
    return "&".join(parts).encode(), URLENCODED


def multipart(pairs, extra=b""):
    """The same as multipart; `extra` is added to the Content-Disposition of each part."""
    parts = []
    for name, value in pairs:
        name = data(name).replace(b'"', b"%22").replace(b"\r", b"%0D").replace(b"\n", b"%0A")
        parts.append(b'Content-Disposition: form-data; name="%b"%b' % (name, extra) + b"\r\n\r\n"
                     + data(value))  # fmt: skip
    return joined(parts), MULTIPART


def files(pairs):
    """The same, each field a file."""
    return multipart(pairs, b'; filename="1"')


def joined(parts):
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


def disposition(text, rest=b""):
    return b"Content-Disposition: " + text + b"\r\n" + rest + b"\r\nx"


# Headers of a part of a multipart form.
PARTS = [
    *(disposition(b"form-data; " + parameters) for parameters in (
        b"", b"name", b"name=", b'name="', b'name="a', b"name=\xff", b'name="\0"', b"name*=a",
        b"name*=utf-8''%ff", b"name*=no-such''a", b"name*=bz2''a", b"name*=''", b"=" * 3000,
        b"name=a; foo*=no-such''%41", b"name=a; foo*" + b"9" * 5000 + b"*=utf-8''a", b";" * 3000,
        b"name=" + b"x" * 7000)),
    *(disposition(b'form-data; name="file"; ' + parameters) for parameters in (
        b"filename=", b'filename="', b'filename="."', b'filename=".."', b'filename="/"',
        b'filename="../../x.csv"', b'filename="a\0b"', b"filename=\xff", b"filename*=no-such''a",
        b"filename*=utf-8''%00", b"filename*=utf-8''%ff", b"filename*=bz2''a",
        b'filename="' + b"x" * 3000 + b'"', b'filename="&#0;&#x110000;&#' + b"9" * 5000 + b';"')),
    *(disposition(b'form-data; name="file"; filename="a.csv"', rest) for rest in (
        b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: no-such\r\n",
        b"Content-Type: text/csv; charset=bz2\r\n", b"Content-Type: text/csv; charset*=x''%41\r\n",
        b"Content-Type: \xff\r\n", b"Content-Type: multipart/mixed; boundary=c\r\n",
        b"Content-Length: -1\r\n", b"Content-Length: 9" + b"9" * 5000 + b"\r\n",
        b"Content-Length: abc\r\n", b":\r\n", b"no colon\r\n", b"X: " + b"x" * 5000 + b"\r\n")),
    disposition(b'form-data; name="a"', b"Content-Transfer-Encoding: base64\r\n") + b"!",
    disposition(b"attachment; name=a"), disposition(b"\xff"), b"x", b"", b"\r\n\r\n", b"\0",
]  # fmt: skip

# Bodies that are no multipart form, though the Content-Type says so.
BROKEN = [b"", b"--", b"--b", b"--b--", b"--b\r\n", b"--c\r\n\r\n", b"\0" * 100, b"--b" * 3000]
BROKEN += [joined(PARTS[-8:])[:-9], joined([PARTS[0]] * 1100), b"a=1", b"{}"]


def multipart_bodies():
    """(body, content type) of every odd multipart form."""
    for body in [*BROKEN, *(joined([part]) for part in PARTS), joined(PARTS)]:
        yield body, MULTIPART


def hostile_forms(fields):
    """(body, content type) of many forms made from one that is right: [(name, value), ...].

    Each field alone gets each value, is absent, comes twice and as a file; all fields get each
    value; each odd name comes beside the right fields.
    """
    names = list(dict(fields))
    for name in names:
        rest = [field for field in fields if field[0] != name]
        yield from (urlencoded([*rest, (name, value)]) for value in VALUES)
        yield urlencoded(rest)
        yield multipart([*fields, (name, "abc")])
        yield files([(name, "abc")])
    yield from (urlencoded([*fields, (name, "abc")]) for name in NAMES)
    for value in VALUES:
        yield multipart([(name, value) for name in names])
    yield from (encode([(name, value) for name in NAMES]) for encode in (urlencoded, multipart)
                for value in ("", "abc", "\0", "9" * 30))  # fmt: skip
    yield files(fields)

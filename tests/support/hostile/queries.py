"""Hostile query strings, headers, ids and charsets, and the status that each must get."""

# {query string of /api/products/: status}
QUERIES = {
    **{
        f"page={page}": 404
        for page in ("0", "-1", "abc", "1.0", "9" * 30, "9" * 3900, "%00", "1e3", "1_0", "0x1")
    },
    **{
        f"page_size={size}": 200
        for size in ("-1", "0", "abc", "1" + "0" * 14, "9" * 3900, "%00", "", "1_0")
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
    "page=%D9%A1": 200,  # an Arabic 1
    "page=last&search=%C2%A0%E2%80%8B": 200,
    # Two values where one is wanted: equal, empty or of another parameter's kind.
    **{
        f"{name}={first}&{name}={second}": 400
        for name in ("page", "page_size", "category", "search", "ordering", "format")
        for first, second in (("1", "2"), ("1", "1"), ("", "1"), ("sku", "json"))
        if name != "format" or second == "json"
    },
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

# (headers of a GET, status)
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

# Ids in an address, none of which exists.
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

# Query strings of every list in the admin. They may be answered, redirected or refused, but never
# with a 500.
ADMIN_QUERIES = [
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
        "id__range=0",
        "id__range=" + "9" * 30,
        "id__isnull=2",
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

# Parameters of Content-Type that Django's parser cannot decode. Only `boundary` is read.
PARAMETERS = [
    "foo*=no-such''%41",
    "foo*=bz2''%41",
    "foo*=utf-8''%ff%fe",
    "foo*=idna''" + "a" * 5000,
    "foo*=undefined'en'%41",
    "FOO * = hex''zz",
    "foo*" + "9" * 5000 + "*=utf-8''a",
    "boundary*=no-such''%41",
    "foo*=rot13''%41; boundary=x",
    "boundary=x; foo*=punycode''%ff",
    "boundary=\"a;b*=no-such''%41\"",
    'boundary="',
    "boundary==?bz2?q?a?=",
    "boundary=" + "x" * 5000,
    "=" * 3000,
    ";" * 3000,
]

# Values for `charset` in Content-Type that are not a text encoding. Django would fail on each of
# them before our code runs.
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

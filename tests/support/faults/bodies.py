"""What clients read is true: the body of an address, the owner of an order, the last price."""

import re
from collections import defaultdict
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

PRODUCT, LIST, BEST = "/api/products/([^/]+)/", "/api/products/", "/api/products/best-sellers/"


def wrong_bodies(exchanges):
    """A text for each successful answer whose body does not fit its request."""
    for exchange in exchanges:
        if exchange.succeeded and (fault := misfit(exchange)):
            yield f"{exchange}: {fault}"


def misfit(exchange):
    """What is wrong with the body of a successful answer; '' if nothing is."""
    if exchange.headers.get("Content-Length") != str(exchange.length):
        return f"{exchange.length} bytes, not its Content-Length"
    if exchange.document is None:
        return "no JSON"
    path = urlsplit(exchange.request["path"]).path
    for pattern, check in CHECKS.items():
        if exchange.status < 300 and (found := re.fullmatch(pattern, path)):
            try:
                return "" if check(exchange, *found.groups()) else "not the body of this request"
            except (KeyError, TypeError, AttributeError) as error:
                return f"a body of another form: {error!r}"
    return ""


def is_product(exchange, sku):
    price = exchange.request.get("body", {}).get("price", exchange.document["price"])
    return exchange.document["sku"] == sku and exchange.document["price"] == price


def is_page(exchange):
    """The page that was asked for: its number, and only products with the word."""
    asked = parse_qs(urlsplit(exchange.request["path"]).query)
    page, word = int(asked.get("page", "1")[0]), asked.get("search", [""])[0]
    following = exchange.document["next"]
    number = parse_qs(urlsplit(following).query)["page"] if following else [str(page + 1)]
    is_first = exchange.document["previous"] is None
    rows = exchange.document["results"]
    texts = [f"{row['sku']} {row['name']} {row['description']}".lower() for row in rows]
    is_the_page = number == [str(page + 1)] and is_first == (page == 1)
    return is_the_page and all(word in text for text in texts)


def is_order_page(exchange):
    if exchange.request["method"] == "GET":
        return all(row["id"] for row in exchange.document["results"])
    lines = [
        {"sku": line["sku"], "quantity": line["quantity"]} for line in exchange.document["lines"]
    ]
    return by_sku(lines) == by_sku(exchange.request["body"]["lines"]) and adds_up(exchange.document)


def by_sku(lines):
    return sorted(lines, key=lambda line: line["sku"])


def adds_up(order):
    prices = [line["quantity"] * Decimal(line["unit_price"]) for line in order["lines"]]
    return sum(prices) == Decimal(order["total"])


def is_order(exchange, order):
    return exchange.document["id"] == order and adds_up(exchange.document)


def is_job(exchange, job):
    return exchange.document["id"] == job and exchange.document["kind"] == "report"


def is_me(exchange):
    return exchange.document["username"] == exchange.request["user"]


def are_categories(exchange):
    return all(row.keys() == {"slug", "name"} for row in exchange.document["results"])


def are_best_sellers(exchange):
    return exchange.document["as_of"] and all(row["units"] for row in exchange.document["results"])


CHECKS = {  # the first that matches the path; each takes the exchange and the groups of the path
    BEST: are_best_sellers,
    "/api/categories/": are_categories,
    LIST: is_page,
    PRODUCT: is_product,
    "/api/orders/": is_order_page,
    "/api/orders/([^/]+)/": is_order,
    "/api/jobs/([^/]+)/": is_job,
    "/api/whoami/": is_me,
}


def orders_seen(exchanges):
    """{order id: the names of those who could read it}"""
    seen = defaultdict(set)
    for exchange in exchanges:
        is_about_orders = exchange.request["path"].startswith("/api/orders/")
        if is_about_orders and exchange.succeeded and exchange.status < 300 and exchange.document:
            for row in exchange.document.get("results", [exchange.document]):
                seen[row["id"]].add(exchange.request["user"])
    return seen


def stale_prices(reads, writes, *, lag=0.0):
    """A text for each read whose price is neither the last one acknowledged before nor a later one.

    `writes` come from one client. A write that failed may still happen at any later time. `lag` is
    how many seconds a price may take to be seen.
    """
    history = defaultdict(list)
    for write in writes:
        history[write.request["path"].split("/")[3]].append(write)
    for read in reads:
        for sku, price in prices_in(read):
            before = [write for write in history[sku] if is_over(write, read.start - lag)]
            if before and price not in possible_prices(history[sku], before[-1], read):
                yield f"{read}: {sku} costs {price}, not {before[-1].request['body']['price']}"


def is_over(write, moment):
    return write.succeeded and write.end < moment


def possible_prices(writes, last, read):
    later = [write for write in writes if last.start <= write.start <= read.end]
    doubtful = [write for write in writes if not write.succeeded]
    return {write.request["body"]["price"] for write in later + doubtful}


def prices_in(read):
    """(sku, price) of each product that a read of the catalogue shows."""
    path = urlsplit(read.request["path"]).path
    if not (read.succeeded and path.startswith("/api/products/")) or path == BEST:
        return []
    document = read.document if isinstance(read.document, dict) else {}
    return [
        (row["sku"], row["price"])
        for row in document.get("results", [document])
        if isinstance(row, dict) and {"sku", "price"} <= row.keys()
    ]

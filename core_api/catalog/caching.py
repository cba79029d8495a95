"""CACHE: an answer is rendered once and served by every instance, and a committed write is seen by
the next read.

Each cached answer hangs on a generation, a random word under a name of its own: the lists share
one, each product has its own. A reader takes the generation before it asks the database and stores
its answer together with that word; a writer replaces the word on commit. So an answer computed from
old rows bears a word that is no longer the current one, and nobody takes it. (A counter would not
do: evicted and begun anew, it repeats old words. Deleting answers would not do either: a reader may
store one just after.) Word and answer come in one question to the cache. Should Redis fail at the
very moment of a write, an answer is wrong for TTL at most.
See it: ask twice for /api/products/ and look at X-Cache; change a price with PATCH and ask again.
"""

import hashlib
import json
import logging
import re
import secrets
import time
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from redis.exceptions import RedisError
from rest_framework.exceptions import APIException

from chassis.errors import problem
from chassis.tokens import TokenAuthentication

TTL = 60  # seconds that an answer is kept, and the longest it can be wrong
UNKNOWN_TTL = 5  # seconds that "there is no such product" is kept
REBUILD = 2  # seconds that one instance may take to rebuild an answer before another one tries
PAUSE = 5  # seconds that readers leave a cache alone that did not answer
LISTS = "generation:lists"
GENERATIONS = {
    "/api/categories/": LISTS,
    "/api/products/": LISTS,
    "/api/products/best-sellers/": "generation:best-sellers",  # never replaced: they are as old as they say
}
ONE_PRODUCT = re.compile(r"/api/products/([A-Za-z0-9._-]{1,40})/")
# What a reader of JSON needs; the other headers are about pages in a browser, and each costs every
# answer its time.
KEPT = ("Content-Type", "Content-Length", "X-Content-Type-Options")
USUAL_ACCEPTS = ("*/*", "application/json", "application/json, text/plain, */*")

logger = logging.getLogger(__name__)


class Answer(NamedTuple):
    """What the cache keeps: a 200 in JSON, or the reason of a 404."""

    generation: str
    status: int
    headers: dict
    body: bytes


class Count(NamedTuple):
    """Counting a large table costs more than reading a page of it, so it is kept on its own."""

    generation: str
    number: int


def of_product(sku):
    """The name of the generation that one product's page hangs on."""
    return f"generation:product:{sku}"


def forget_on_commit(*skus, lists=False):
    """Once this transaction is committed, no instance serves what it cached of these products (and
    of the lists)."""
    names = [of_product(sku) for sku in skus] + [LISTS] * lists
    words = {name: secrets.token_hex(8) for name in names}
    transaction.on_commit(lambda: ask(cache.set_many, words, None, always=True), robust=True)


class CachedAnswers:
    """Middleware: catalogue reads are answered from the cache, before anything else of Django has
    run.

    X-Cache says where from: the tier (`local`, `redis`, `near`), `miss`, or `off`. An answer is
    shared by all who may read it: a token is verified first, and a browser's HTML, which names its
    reader, goes past the cache.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        name = generation_name(request)
        if name is None:
            return self.get_response(request)
        if not is_shared(request):
            found, source = self.get_response(request), "off"
        elif settings.CACHE == "off":
            response, source = self.get_response(request), "off"
            found = as_answer(response, None) or response
        else:
            found, source = fetch(
                name, f"answer:{fingerprint(request)}", lambda: self.get_response(request)
            )
        response = respond(request, found) if isinstance(found, Answer) else found
        response["X-Cache"] = source
        return response


def generation_name(request):
    """The name of the generation that the answer to this request hangs on; None when it is no
    catalogue read."""
    if request.method not in ("GET", "HEAD"):
        return None
    one = ONE_PRODUCT.fullmatch(request.path)
    return GENERATIONS.get(request.path) or (of_product(one[1]) if one else None)


def is_shared(request):
    """Whether the answer is the same for everybody who asks like this, and this reader may have
    it."""
    if "html" in request.META.get("HTTP_ACCEPT", ""):
        return False
    if "HTTP_AUTHORIZATION" not in request.META:
        return True
    try:
        TokenAuthentication().authenticate(request)
    except APIException:
        return False  # the view itself says what is wrong with the token
    return True


def fingerprint(request):
    """What an answer depends on besides the rows: the address as the client typed it, and the form
    asked for."""
    said = request.META  # as it came: what Django refuses, such as a foreign Host, is never kept
    accept = said.get("HTTP_ACCEPT", "*/*")
    form = "json" if accept in USUAL_ACCEPTS else accept
    address = (
        f"{request.scheme}://{said.get('HTTP_HOST')}{said['PATH_INFO']}?{said['QUERY_STRING']}"
    )
    return hashlib.sha256(f"{address} {form}".encode()).hexdigest()


def respond(request, answer):
    """The answer for this client: whole, or 304 when the client has it already."""
    if answer.status == 404:
        return problem(404, answer.body.decode(), **answer.headers)
    response = HttpResponse(answer.body, headers=answer.headers)
    if "HTTP_IF_NONE_MATCH" in request.META:
        response = get_conditional_response(request, answer.headers["ETag"], response=response)
    return response


def count(rows):
    """How many rows a list has in all, as exact as the list itself: it hangs on the same
    generation."""
    if settings.CACHE == "off":
        return rows.count()
    key = f"count:{hashlib.sha256(str(rows.query).encode()).hexdigest()}"
    generation, known = look_up(LISTS, key)
    if known:
        return known.number
    number = rows.count()
    if generation:
        ask(cache.set, key, Count(generation, number), TTL)
    return number


def fetch(name, key, render):
    """(answer, where it came from): cached under the current generation, or rendered by one caller
    for all.

    `render()` gives a response; one that is not to be shared comes back as it is.
    """
    generation, answer = look_up(name, key)
    if answer:
        return answer, settings.CACHE
    lock = f"rebuilding:{generation}:{key}"
    if generation and ask(cache.add, lock, 1, REBUILD) is False:  # someone is at it
        wait_for_end_of(lock)
    try:
        if generation:  # since the first look, another reader may have come, rendered and gone
            generation, answer = look_up(name, key)
        if answer:
            return answer, settings.CACHE
        response = render()
        answer = as_answer(response, generation)
        if answer and generation:
            ask(cache.set, key, answer, TTL if answer.status == 200 else UNKNOWN_TTL)
    finally:
        if generation:
            ask(cache.delete, lock)
    return answer or response, "miss"


def look_up(name, key):
    """(current generation, what is kept and bears it, or None); (None, None) while the cache does
    not answer."""
    found = ask(cache.get_many, [name, key])
    if found is not None and name not in found:  # evicted, flushed or never there
        ask(
            cache.add, name, secrets.token_hex(8), None
        )  # of several instances at once, one is first
        found = ask(cache.get_many, [name, key])
    if found is None:
        return None, None
    generation, kept = found.get(name), found.get(key)
    return generation, kept if kept and kept.generation == generation else None


def as_answer(response, generation):
    """The response in the form that is kept, or None when it is not to be shared."""
    # Whoever keeps a copy, browser or proxy, asks each time whether it is still the one; a 304
    # costs little.
    headers = {"Cache-Control": "no-cache", "Vary": "Accept, Authorization, Cookie"}
    kept = {name: response[name] for name in KEPT if name in response}
    match response.status_code, response["Content-Type"]:
        case 200, "application/json":
            etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
            return Answer(generation, 200, kept | headers | {"ETag": etag}, response.content)
        case 404, "application/problem+json":
            return Answer(generation, 404, headers, json.loads(response.content)["detail"].encode())
    return None


def wait_for_end_of(lock):
    """Returns when whoever rebuilds the answer is done, or after REBUILD seconds."""
    deadline = time.monotonic() + REBUILD
    while time.monotonic() < deadline and ask(cache.get, lock):
        time.sleep(0.01)


class Silence:
    """Until when (monotonic seconds) the readers of this process leave the cache alone."""

    until = 0


def ask(call, *arguments, always=False):
    """What the cache says; None when it does not answer, and then readers do not ask it for PAUSE
    seconds.

    So a hung Redis costs a reader its socket timeout once. A writer tries `always`: its word must
    not get lost.
    """
    if time.monotonic() < Silence.until and not always:
        return None
    try:
        return call(*arguments)
    except RedisError as error:
        Silence.until = time.monotonic() + PAUSE
        logger.warning("The cache does not answer, readers go without for %s s: %s", PAUSE, error)
        return None

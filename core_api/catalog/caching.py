"""CACHE: an answer is rendered once and served by every instance, and a committed write is seen by the next read.

Each cached answer hangs on a generation, a random word under a name of its own: the lists share one, each product
has its own. A reader takes the generation before it asks the database and stores its answer under it; a writer
replaces the generation on commit. So an answer computed from old rows lands under a word that nobody asks for again.
(A counter would not do: evicted and begun anew, it repeats old words. Deleting answers would not do either: a reader
may store one just after.) Should Redis fail at the very moment of a write, an answer is wrong for TTL at most.
See it: ask twice for /api/products/ and look at X-Cache; change a price with PATCH and ask again.
"""

import functools
import hashlib
import secrets
import time

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse

TTL = 60  # seconds that an answer is kept, and the longest it can be wrong
REBUILD = 2  # seconds that one instance may take to rebuild an answer before another one tries
LISTS = "generation:lists"


def of_lists(**_):
    """The name of the generation that all lists hang on."""
    return LISTS


def of_product(sku, **_):
    """The name of the generation that one product's page hangs on."""
    return f"generation:product:{sku}"


def of_best_sellers(**_):
    """The name of a generation that nothing replaces: best sellers are as old as they say, TTL at most."""
    return "generation:best-sellers"


def forget_on_commit(*skus, lists=False):
    """Once this transaction is committed, no instance serves what it cached of these products (and of the lists)."""
    names = [of_product(sku) for sku in skus] + [LISTS] * lists
    transaction.on_commit(
        lambda: cache.set_many({name: secrets.token_hex(8) for name in names}, None), robust=True
    )


def cached_answer(generation_name):
    """Decorates a view's `get`: JSON answers come from the cache while their generation lasts.

    `generation_name(**url_arguments)` names the generation. The answer says in X-Cache where it came from: the tier
    (`local`, `redis`, `near`), `miss`, or `off`. Browsers' HTML is never cached: it names the reader.
    """

    def decorate(get):
        @functools.wraps(get)
        def answer(view, request, **arguments):
            if settings.CACHE == "off" or request.accepted_renderer.format != "json":
                response = get(view, request, **arguments)
                response["X-Cache"] = "off"
                return response
            generation = current_generation(generation_name(**arguments))
            key = f"answer:{generation}:{fingerprint(request)}"

            def render():
                data = get(view, request, **arguments).data
                return request.accepted_renderer.render(
                    data, request.accepted_media_type, view.get_renderer_context()
                )

            body, source = fetch(key, render) if generation else (render(), "miss")
            return HttpResponse(body, content_type="application/json", headers={"X-Cache": source})

        return answer

    return decorate


def current_generation(name):
    """The word that answers under `name` hang on now; None while the cache does not answer."""
    found = cache.get(name)
    if found is None:
        cache.add(name, secrets.token_hex(8), None)  # of several instances at once, one is first
        found = cache.get(name)
    return found


def fetch(key, render):
    """The bytes under `key` and where they came from; rendered by one caller while the others wait for it."""
    body = cache.get(key)
    if body is not None:
        return body, settings.CACHE
    mine = cache.add(f"rebuilding:{key}", 1, REBUILD)
    if mine is False:  # someone is at it; None would mean that the cache does not answer
        body = wait_for(key)
        if body is not None:
            return body, settings.CACHE
    body = render()
    cache.set(key, body, TTL)
    return body, "miss"


def wait_for(key):
    """What another instance is rendering, or None when it took longer than REBUILD seconds."""
    deadline = time.monotonic() + REBUILD
    while time.monotonic() < deadline:
        time.sleep(0.01)
        body = cache.get(key)
        if body is not None:
            return body
    return None


def fingerprint(request):
    """What an answer depends on besides the rows: the address as the client typed it, and the form asked for."""
    address = f"{request.build_absolute_uri()} {request.accepted_media_type}"
    return hashlib.sha256(address.encode()).hexdigest()

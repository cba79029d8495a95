"""Middleware that answers catalogue reads from the cache, before the rest of Django runs.

Which addresses are cached, what a cached page depends on, and its ETag. How pages stay correct is
the topic of caching.py.
"""

import hashlib
import json
import re
from typing import NamedTuple

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from rest_framework.exceptions import APIException

from chassis.errors import problem
from chassis.tokens import TokenAuthentication
from core_api.catalog.caching import LISTS_KEY, TTL, fetch, product_generation_key
from core_api.catalog.preconditions import etag_of

UNKNOWN_TTL = 5  # seconds that "there is no such product" is kept
GENERATIONS = {
    "/api/categories/": LISTS_KEY,
    "/api/products/": LISTS_KEY,
    # Never replaced: its figures may be as old as `as_of` says, so only TTL ends it.
    "/api/products/best-sellers/": "generation:best-sellers",
}
ONE_PRODUCT = re.compile(r"/api/products/([A-Za-z0-9._-]{1,40})/")
# The headers that a reader of JSON needs. The others concern HTML pages.
KEPT = ("Content-Type", "Content-Length", "X-Content-Type-Options")
USUAL_ACCEPTS = ("*/*", "application/json", "application/json, text/plain, */*")


class Page(NamedTuple):
    """The part of a response that is cached: a 200 in JSON, or the reason for a 404."""

    status: int
    headers: dict
    body: bytes


class NotShareable(Exception):
    """The view returned something that must not be cached, such as HTML or an error."""

    def __init__(self, response):
        self.response = response


class CachedViews:
    """Sets X-Cache to the source of a page: the tier (`local`, `redis`, `near`), `miss` or `off`.

    A cached page is shared by all who may read it, so the token of a request is verified first. A
    browser's HTML page shows the name of its reader and bypasses the cache.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        generation_key = generation_key_of(request)
        if generation_key is None:
            return self.get_response(request)
        if is_shared(request):
            response, source = self.cached_response(request, generation_key)
        else:
            response, source = self.get_response(request), "off"
        response["X-Cache"] = source
        return response

    def process_template_response(self, request, response):
        """Set X-Cache before a browser's page is rendered, because the page shows it."""
        if is_page(response) and generation_key_of(request):
            response["X-Cache"] = "off"
        return response

    def cached_response(self, request, generation_key):
        def build():
            page = page_of(self.get_response(request))
            return page, TTL if page.status == 200 else UNKNOWN_TTL

        try:
            page, source = fetch(generation_key, f"page:{fingerprint(request)}", is_usable, build)
        except NotShareable as error:
            return error.response, "off" if settings.CACHE == "off" else "miss"
        return respond(request, page), source


def generation_key_of(request):
    """The cache key of the generation that the answer depends on; None if it is not cached."""
    if request.method not in ("GET", "HEAD"):
        return None
    product = ONE_PRODUCT.fullmatch(request.path)
    if request.path in GENERATIONS or not product:
        return GENERATIONS.get(request.path)
    return product_generation_key(product[1])


def is_page(response):
    """Whether the response is a page of the browsable API."""
    return getattr(getattr(response, "accepted_renderer", None), "format", "") == "api"


def is_shared(request):
    """Whether every reader gets the same answer to this request, and this one may have it."""
    if "html" in request.META.get("HTTP_ACCEPT", ""):
        return False
    if "HTTP_AUTHORIZATION" not in request.META:
        return True
    try:
        TokenAuthentication().authenticate(request)
    except APIException:
        return False  # the view itself explains what is wrong with the token
    return True


def fingerprint(request):
    """A hash of all that the answer depends on besides the rows: the address and the format."""
    meta = request.META  # unchecked: what Django refuses, such as an unknown Host, is never cached
    accept = meta.get("HTTP_ACCEPT", "*/*")
    form = "json" if accept in USUAL_ACCEPTS else accept
    host = f"{request.scheme}://{meta.get('HTTP_HOST')}"
    address = f"{host}{meta['PATH_INFO']}?{meta['QUERY_STRING']} {form}"
    return hashlib.sha256(address.encode()).hexdigest()


def page_of(response):
    """The Page of a response. Raises NotShareable if it must not be cached."""
    # Browsers and proxies may keep a copy, but ask each time whether it is current. A 304 is cheap.
    headers = {"Cache-Control": "no-cache", "Vary": "Accept, Authorization, Cookie"}
    kept = {name: response[name] for name in KEPT if name in response}
    match response.status_code, response["Content-Type"]:
        case 200, "application/json":
            etag = etag_of(response.content)
            return Page(200, kept | headers | {"ETag": etag}, response.content)
        case 404, "application/problem+json":
            return Page(404, headers, json.loads(response.content)["detail"].encode())
    raise NotShareable(response)


def is_usable(page):
    """Whether respond() can make a response of what was found in the cache."""
    if not isinstance(page, Page) or not all(map(isinstance, page, Page.__annotations__.values())):
        return False
    texts = [text for header in page.headers.items() for text in header]
    if not all(isinstance(text, str) and text.isascii() and text.isprintable() for text in texts):
        return False
    return page.status == 404 or (page.status == 200 and "ETag" in page.headers)


def respond(request, page):
    """The response for this client: the whole page, or 304 if the client has it already."""
    if page.status == 404:
        return problem(404, page.body.decode(), **page.headers)
    response = HttpResponse(page.body, headers=page.headers)
    if "HTTP_IF_NONE_MATCH" in request.META:
        response = get_conditional_response(request, page.headers["ETag"], response=response)
    return response

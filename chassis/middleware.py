"""Checks of a request before a view sees it: the charset, the slash, the size of the body."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from django.utils.deprecation import MiddlewareMixin

LARGEST_BODY = 1024 * 1024  # bytes; a view that accepts more sets `largest_body`
CHARSET = re.compile(r";\s*charset\*?\s*=[^;]*", re.IGNORECASE)


def without_charset(application: Callable) -> Callable:
    """Drop the charset of Content-Type: Django decodes even paths with it, and fails at `bz2`."""

    def without(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        if "CONTENT_TYPE" in environ:
            environ["CONTENT_TYPE"] = CHARSET.sub("", environ["CONTENT_TYPE"])
        return application(environ, start_response)

    return without


class RedirectToSlash(CommonMiddleware):
    """Redirects GET and HEAD to the URL with a trailing slash; never POST, which has a body."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method in ("GET", "HEAD") and super().should_redirect_with_slash(request)


class BodyLimit(MiddlewareMixin):
    """Refuses a body with too large a Content-Length (413), before it is read, as HAProxy does."""

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponse | None:
        from chassis.errors import problem  # only works once Django's apps are loaded

        largest = getattr(getattr(view, "cls", None), "largest_body", LARGEST_BODY)
        try:
            length = int(request.headers.get("Content-Length") or 0)
        except ValueError:
            return problem(400, "The Content-Length is not a number.")
        if length > largest:
            return problem(413, f"The body is too large. The limit is {largest} bytes.")
        return None

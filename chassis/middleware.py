"""Checks of a request before a view sees it: Content-Type, slash, size of the body, admin forms."""

import logging
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from django.utils.deprecation import MiddlewareMixin
from whitenoise.middleware import WhiteNoiseMiddleware

LARGEST_BODY = 1024 * 1024  # bytes; a view that accepts more sets `largest_body`
# A key of the admin. int() would read 1_0 as 10, and digits of any script.
KEY = re.compile(r"[0-9A-Za-z-]*")
NEEDED = re.compile(r"^[^;]*|;\s*boundary\s*=[^;]{0,210}", re.IGNORECASE)


def guarded(application: Callable) -> Callable:
    """Wrap a WSGI application: no Content-Type breaks it, and an exception is a problem document.

    Django parses its parameters before the first middleware, and `charset=bz2` makes it fail. So
    only `boundary` is kept: all text is UTF-8 here.
    """

    def guard(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        environ["CONTENT_TYPE"] = "".join(NEEDED.findall(environ.get("CONTENT_TYPE", "")))
        try:
            return application(environ, start_response)
        except Exception:
            from chassis import errors, headers  # only work once Django's apps are loaded

            response = headers.InstanceHeaders(errors.server_error)(HttpRequest())
            logging.getLogger(__name__).exception("A request failed outside the middleware.")
            start_response("500 Internal Server Error", list(response.items()))
            return [response.content]

    return guard


class RedirectToSlash(CommonMiddleware):
    """Redirects GET and HEAD to the URL with a trailing slash; never POST, which has a body."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method in ("GET", "HEAD") and super().should_redirect_with_slash(request)


class BodyLimit(MiddlewareMixin):
    """Refuses a body with too large a Content-Length (413), before it is read, as HAProxy does."""

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponse | None:
        from chassis.errors import problem  # only works once Django's apps are loaded

        largest = getattr(getattr(view, "cls", None), "largest_body", LARGEST_BODY)
        # To Django a body without a Content-Length is empty.
        length = request.headers.get("Content-Length") or "0"
        if not re.fullmatch("[0-9]{1,99}", length):
            return problem(400, "The Content-Length is not a number.")
        if int(length) > largest:
            return problem(413, f"The body is too large. The limit is {largest} bytes.")
        return None


class AdminForms(MiddlewareMixin):
    """Refuses a form of the admin with a field twice (Django takes the last one), and odd keys."""

    def process_view(
        self, request: HttpRequest, view: Any, _: Any, kwargs: dict[str, str]
    ) -> HttpResponse | None:
        from django.contrib import admin

        from chassis.errors import not_found, problem

        if request.resolver_match.app_name != "admin":
            return None
        keys = (kwargs.get(name, "") for name in ("object_id", "id", "content_type_id"))
        if not all(KEY.fullmatch(admin.utils.unquote(key)) for key in keys):
            return not_found(request)
        linked = [model._meta.many_to_many for model in admin.site._registry]
        chosen = {field.name for fields in linked for field in fields}
        # Fields for several rows. The list of those not chosen is `groups_old`.
        lists = {"_selected_action"} | chosen | {f"{name}_old" for name in chosen}
        for name in request.POST:
            values = request.POST.getlist(name)
            if name in lists and not all(map(KEY.fullmatch, values)):
                return problem(400, f"{name} has a value that is no key of a row.")
            if name not in lists and len(values) > 1:
                return problem(400, f"Sent more than once: {name[:100]}. Send one value.")
        return None


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise, which refuses a range of one byte: such a request gets the whole file."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        response = WhiteNoiseMiddleware.serve(static_file, request)
        if response.status_code == 416:
            size = int(response["Content-Range"].rpartition("/")[2])
            first, last = static_file.get_byte_range(request.META["HTTP_RANGE"], size)
            if first == last:
                del request.META["HTTP_RANGE"]
                return WhiteNoiseMiddleware.serve(static_file, request)
        return response

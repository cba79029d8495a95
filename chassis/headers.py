"""Response headers: instance, request id, time, query count. Log lines have the first two, too."""

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

request_id = ContextVar("request_id", default="-")


class QueryMeter:
    """Counts and times the SQL statements of one request, without BEGIN and COMMIT."""

    count, seconds = 0, 0.0

    def __call__(
        self, execute: Callable, sql: str, parameters: Any, many: bool, context: dict
    ) -> Any:
        started = perf_counter()
        try:
            return execute(sql, parameters, many, context)
        finally:
            self.count += 1
            self.seconds += perf_counter() - started


class InstanceHeaders:
    """Middleware: sets these headers, and `request.queries` for views."""

    def __init__(self, get_response: Callable):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.started = perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request.id = given if re.fullmatch("[A-Za-z0-9-]{8,64}", given) else str(uuid.uuid4())
        request_id.set(request.id)
        request.queries = QueryMeter()
        with connection.execute_wrapper(request.queries):
            response = self.get_response(request)
        return self.process_template_response(request, response)

    def process_template_response(
        self, request: HttpRequest, response: HttpResponse
    ) -> HttpResponse:
        """Set the headers, also before a page is rendered: the browsable API shows them.

        The times in such a page are without its rendering; those of its header include it.
        """
        response.headers.setdefault("Cache-Control", "no-store")  # a view may allow more
        response["X-Request-ID"] = request.id
        response["X-Served-By"] = settings.INSTANCE
        app = f"app;dur={(perf_counter() - request.started) * 1000:.1f}"  # milliseconds
        sql = f'db;dur={request.queries.seconds * 1000:.1f};desc="{request.queries.count} queries"'
        response["Server-Timing"] = f"{app}, {sql}"
        if cache := response.get("X-Cache"):
            result = cache if cache in ("miss", "off") else "hit"
            response["Server-Timing"] += f', cache;desc="{result}"'
        return response


class RequestId(logging.Filter):
    """Add the id of the current request to every record (`-` outside a request)."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def log_config(instance: str) -> dict:
    """Django's LOGGING for the process called `instance`."""
    line = f"%(asctime)s %(levelname)s {instance} %(request_id)s %(name)s: %(message)s"
    stderr = {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": RequestId}},
        "formatters": {"line": {"format": line}},
        "handlers": {"stderr": stderr},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django.server": {"handlers": ["stderr"], "propagate": False, "level": "INFO"},
            # It warns at each HEAD: Django leaves it to the server to drop the body.
            "gunicorn.http.wsgi": {"level": "ERROR"},
        },
    }

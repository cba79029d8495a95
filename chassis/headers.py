"""Response headers: instance, request id, time, query count."""

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

    def __call__(self, execute: Callable, sql: str, parameters: Any, many: bool, context: dict):
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
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request.id = given if re.fullmatch("[A-Za-z0-9-]{8,64}", given) else str(uuid.uuid4())
        request_id.set(request.id)
        request.queries = QueryMeter()
        started = perf_counter()
        with connection.execute_wrapper(request.queries):
            response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")  # a view may allow more
        response["X-Request-ID"] = request.id
        response["X-Served-By"] = settings.INSTANCE
        seconds = perf_counter() - started
        response["Server-Timing"] = server_timing(seconds, request.queries, response.get("X-Cache"))
        return response


def server_timing(seconds: float, queries: QueryMeter, cache: str | None) -> str:
    """The Server-Timing header: milliseconds in total and in SQL, and what the cache did."""
    sql = f'db;dur={queries.seconds * 1000:.1f};desc="{queries.count} queries"'
    result = cache if cache in ("miss", "off") else "hit"
    return f"app;dur={seconds * 1000:.1f}, {sql}" + (f', cache;desc="{result}"' if cache else "")

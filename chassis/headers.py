"""What each answer says of its making: which instance, under which request id, in what time, with
how many queries."""

import re
import uuid
from contextvars import ContextVar
from time import perf_counter

from django.conf import settings
from django.db import connection

request_id = ContextVar("request_id", default="-")


class QueryMeter:
    """Counts and times the SQL statements of one request (BEGIN and COMMIT are not among them)."""

    def __init__(self):
        self.count, self.seconds = 0, 0.0

    def __call__(self, execute, sql, parameters, many, context):
        started = perf_counter()
        try:
            return execute(sql, parameters, many, context)
        finally:
            self.count += 1
            self.seconds += perf_counter() - started


class InstanceHeaders:
    """Middleware: X-Request-ID, X-Served-By and Server-Timing on every response; `request.queries`
    for views."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request.id = given if re.fullmatch("[A-Za-z0-9-]{8,64}", given) else str(uuid.uuid4())
        request_id.set(request.id)
        request.queries = QueryMeter()
        started = perf_counter()
        with connection.execute_wrapper(request.queries):
            response = self.get_response(request)
        if "Cache-Control" not in response:  # whoever may be shared says so itself
            response["Cache-Control"] = "no-store"
        response["X-Request-ID"] = request.id
        response["X-Served-By"] = settings.INSTANCE
        response["Server-Timing"] = server_timing(
            perf_counter() - started, request.queries, response.get("X-Cache")
        )
        return response


def server_timing(seconds, queries, cache):
    """The Server-Timing header: milliseconds of the whole and of SQL, and whether the cache had the
    answer."""
    parts = [
        f"app;dur={seconds * 1000:.1f}",
        f'db;dur={queries.seconds * 1000:.1f};desc="{queries.count} queries"',
    ]
    if cache:
        parts.append(f'cache;desc="{cache if cache in ("miss", "off") else "hit"}"')
    return ", ".join(parts)

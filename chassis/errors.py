"""Every error is a problem document (RFC 9457) with the right status; no input causes a 5xx.

handle() does this for the API; ProblemDocuments and the last four functions for all the rest.
"""

import logging
from http import HTTPStatus
from typing import Any

from django import db
from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.deprecation import MiddlewareMixin
from rest_framework import exceptions
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from chassis.headers import request_id

# InternalError: Postgres ended the connection because it was idle inside a transaction.
UNAVAILABLE = (db.OperationalError, db.InterfaceError, db.InternalError)
# The admin does not check all input, such as the key in a selection or the year 99999 in a filter.
UNCHECKED = (
    *(ValueError, TypeError, ArithmeticError, LookupError),
    *(FieldDoesNotExist, FieldError, ValidationError, db.ProgrammingError),
)
MEDIA_TYPE = "application/problem+json"
logger = logging.getLogger(__name__)


class Problem(exceptions.APIException):
    """An error of ours: subclasses set `status_code`, `default_code` (its type) and a detail."""

    status_code = 400


class Unavailable(Problem):
    """A part that the response needs does not answer now; the client may try again."""

    status_code = 503
    default_code = "unavailable"
    default_detail = "The database does not answer. Try again."
    wait = 1  # Retry-After, in seconds


class Conflict(Problem):
    """The request contradicts what is stored."""

    status_code = 409
    default_code = "conflict"
    default_detail = "The request contradicts the stored data. Read it again, then decide."


def refusal_of(error: Exception) -> exceptions.APIException | None:
    """The response to an error of the database or of the interpreter; None for any other error."""
    if isinstance(error, UNAVAILABLE):
        return Unavailable()
    if isinstance(error, db.IntegrityError):
        return Conflict()
    if isinstance(error, db.DataError):
        return exceptions.ParseError("A value is too large or contains a NUL character.")
    if isinstance(error, RecursionError):
        return exceptions.ParseError("The document is nested too deeply.")
    return None


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's EXCEPTION_HANDLER; None means a bug in this code, which stays a 500."""
    set_rollback()
    error = refusal_of(error) or error
    response = exception_handler(error, context)
    if response is None:
        return None
    body = document(response.status_code, **_explained(error, response))
    headers = {name: value for name, value in response.items() if name != "Content-Type"}
    if isinstance(getattr(context["request"], "accepted_renderer", None), BrowsableAPIRenderer):
        return Response(body, response.status_code, headers=headers)
    # No other renderer is used: those of the OpenAPI schema would write YAML or HTML.
    return JsonResponse(body, status=response.status_code, headers=headers, content_type=MEDIA_TYPE)


def _explained(error: Exception, response: Response) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        found = error.detail
        fields = found if isinstance(found, dict) else {"non_field_errors": found}
        detail = "The input is not valid: see errors."
        return {"code": "invalid", "detail": detail, "errors": fields}
    code = error.default_code if isinstance(error, Problem) else ""
    return {"code": code, "detail": str(response.data["detail"])}


def document(status: int, *, detail: str, code: str = "", errors: Any = None) -> dict[str, Any]:
    """The fields of a problem document; `code` names the problem where the status is not enough."""
    body = {
        "type": f"urn:escala:{code.replace('_', '-')}" if code else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": request_id.get(),
    }
    return body | ({"errors": errors} if errors else {})


def problem(status: int, detail: str, *, code: str = "", **headers: str) -> JsonResponse:
    """A problem document as a plain Django response."""
    body = document(status, detail=detail, code=code)
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, headers=headers)


class ProblemDocuments(MiddlewareMixin):
    """Makes errors outside the API, such as in the admin, problem documents too."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        return not_found(request) if "\0" in request.path else None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if response.status_code < 400 or (not response.streaming and response.content):
            return response
        kept = {k: v for k, v in response.items() if not k.startswith("Content-") or "Range" in k}
        return problem(response.status_code, "This URL does not accept such a request.", **kept)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = error if isinstance(error, Problem) else refusal_of(error)
        if isinstance(error, UNCHECKED) and request.resolver_match.app_name == "admin":
            refusal = refused_by_admin(request, error)
        if refusal is None:
            return None
        code = refusal.default_code if isinstance(refusal, Problem) else ""
        retry = {"Retry-After": str(refusal.wait)} if hasattr(refusal, "wait") else {}
        return problem(refusal.status_code, str(refusal.detail), code=code, **retry)


def refused_by_admin(request: HttpRequest, error: Exception) -> exceptions.APIException | None:
    """400, or 404 when only the path can be wrong. Without any input it is a bug: None."""
    # It may be a bug with input, too.
    logger.error("The admin failed at %r.", request.path, exc_info=error)
    if request.GET or request.POST or request.FILES:
        return exceptions.ParseError("A value in this request cannot be used.")
    return exceptions.NotFound() if request.resolver_match.kwargs else None


def bad_request(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    return problem(400, "The request is malformed.")


def forbidden(request: HttpRequest, exception: Any = None, reason: str = "") -> JsonResponse:
    return problem(403, reason or "You are not allowed to do this.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    return problem(404, f"Nothing is at {request.path}. URLs end with a slash; / lists them.")


def server_error(request: HttpRequest) -> JsonResponse:
    return problem(500, "This is a bug in Escala. The log has it under this request id.")

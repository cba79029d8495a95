"""Every error is a problem document (RFC 9457) with a true status; nothing a client sends makes a
5xx.

The DRF handler serves the API; the plain Django handlers serve what fails before a view is reached.
"""

from http import HTTPStatus

from django.db import DataError, IntegrityError, InterfaceError, InternalError, OperationalError
from django.http import JsonResponse
from rest_framework import exceptions, status
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from chassis.headers import request_id

# InternalError is what a connection says that Postgres ended because it idled inside a transaction.
UNANSWERED = (OperationalError, InterfaceError, InternalError)
MEDIA_TYPE = "application/problem+json"


class Problem(exceptions.APIException):
    """A refusal with a name: subclasses give `status_code`, `default_code` (the type) and say the
    detail."""

    status_code = status.HTTP_400_BAD_REQUEST


class Unavailable(Problem):
    """A part that the answer needs does not answer now: the client may try again."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"
    default_detail = "The database does not answer now. Try again in a second; an order with the same Idempotency-Key."
    wait = 1


class Conflict(Problem):
    """What the client wants contradicts what is stored."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = "This contradicts what is stored: read it again, then decide."


def refusal_of(error):
    """What an error of the database or of the interpreter means to a client; None for any other
    error."""
    if isinstance(error, UNANSWERED):
        return Unavailable()
    if isinstance(error, IntegrityError):
        return Conflict()
    if isinstance(error, DataError):
        return exceptions.ParseError(
            "A value is none that can be stored or looked for: too large, or with a NUL in it."
        )
    if isinstance(error, RecursionError):
        return exceptions.ParseError("The document is nested too deeply.")
    return None


def handle(error, context):
    """DRF's EXCEPTION_HANDLER: the answer to `error`, or None for a bug of ours, which stays a
    500."""
    set_rollback()
    error = refusal_of(error) or error
    response = exception_handler(error, context)
    if response is None:
        return None
    body = document(response.status_code, **_explained(error, response))
    headers = {name: value for name, value in response.items() if name != "Content-Type"}
    if isinstance(getattr(context["request"], "accepted_renderer", None), BrowsableAPIRenderer):
        return Response(body, response.status_code, headers=headers)
    # Not with the renderer that was accepted: the schema's would make YAML of it, and that of its
    # page another page.
    return JsonResponse(body, status=response.status_code, headers=headers, content_type=MEDIA_TYPE)


def _explained(error, response):
    if isinstance(error, exceptions.ValidationError):
        fields = (
            error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        )
        return {
            "code": "invalid",
            "detail": "The input is not valid: see errors.",
            "errors": fields,
        }
    if not isinstance(error, exceptions.APIException):  # Django's Http404 and PermissionDenied
        return {"code": "", "detail": response.data["detail"]}
    detail = error.detail
    if isinstance(detail, dict):  # simplejwt gives a dict with the reasons of each token class
        detail = detail.get("detail", detail)
    code = error.default_code if isinstance(error, Problem) else ""
    return {"code": code, "detail": str(detail)}


def document(status_code, *, detail, code="", errors=None):
    """The fields of a problem document; `code` names the kind of problem where the status alone
    does not."""
    body = {
        "type": f"urn:escala:{code.replace('_', '-')}" if code else "about:blank",
        "title": HTTPStatus(status_code).phrase,
        "status": status_code,
        "detail": detail,
        "request_id": request_id.get(),
    }
    return body | ({"errors": errors} if errors else {})


def problem(status_code, detail, *, code="", **headers):
    """A problem document as a plain Django response."""
    body = document(status_code, detail=detail, code=code)
    return JsonResponse(body, status=status_code, content_type=MEDIA_TYPE, headers=headers)


class ProblemDocuments:
    """Middleware: outside the API too, as in the admin, what a client caused is a problem document
    and no 500."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "\0" in request.path:
            return not_found(request)
        response = self.get_response(request)
        if response.status_code < 400 or response.streaming or response.content:
            return response
        kept = {name: value for name, value in response.items() if not name.startswith("Content-")}
        return problem(response.status_code, "This address does not take such a request.", **kept)

    def process_exception(self, request, error):
        refusal = error if isinstance(error, Problem) else refusal_of(error)
        asked = request.GET and request.resolver_match.app_name == "admin"
        if asked and isinstance(error, (ValueError, OverflowError)):
            # The admin takes the filters of a list from its address as they are: the year 99999,
            # say.
            refusal = exceptions.ParseError("The list cannot be filtered so.")
        if refusal is None:
            return None
        code = refusal.default_code if isinstance(refusal, Problem) else ""
        retry = {"Retry-After": str(refusal.wait)} if hasattr(refusal, "wait") else {}
        return problem(refusal.status_code, str(refusal.detail), code=code, **retry)


def bad_request(request, exception=None):
    return problem(400, "The request could not be understood.")


def forbidden(request, exception=None, reason=""):
    return problem(403, reason or "You are not allowed to do this.")


def not_found(request, exception=None):
    return problem(
        404,
        f"There is nothing at {request.path}. Addresses end with a slash; see / for all of them.",
    )


def server_error(request):
    return problem(500, "A bug of ours: the log has it under this request id.")

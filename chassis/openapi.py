"""Both OpenAPI documents: where a token comes from and is needed, and how errors look."""

from chassis.errors import MEDIA_TYPE

PADLOCK = ' An operation with a padlock needs a token: "Authorize" says where to get one.'
# Swagger UI shows this at "Authorize". Browsers send the cookie of a login by themselves.
TOKEN_HELP = (
    "Send username and password (`./escala status` prints them) to `POST /api/token/` of the shop. "
    "Paste the value of `access` from the response here. It works for 5 minutes, in both services."
)
TEXT = {"type": "string"}
PROBLEM = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457).",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": TEXT | {"description": "The kind of problem, where the status is not enough."},
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT | {"description": "What happened and what to do next."},
        "request_id": TEXT | {"description": "The log has the request under this id."},
        "errors": {"type": "object", "description": "What is wrong with each field of the input."},
    },
    "additionalProperties": False,
}
REFUSED = {
    "description": "Refused: the problem document says why, and what to do next.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
SHARED = {"$ref": "#/components/responses/Problem"}


def complete(result: dict, generator: object, request: object, public: bool) -> dict:
    """A hook of drf-spectacular: adds the summary, the security and the errors of each operation.

    A view declares its own errors with `responses={409: None}`.
    """
    result["info"]["description"] += PADLOCK
    result["components"]["schemas"]["Problem"] = PROBLEM
    result["components"]["securitySchemes"]["jwtAuth"]["description"] = TOKEN_HELP
    result["components"]["responses"] = {"Problem": REFUSED}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            summary, _, rest = operation.pop("description", "").partition("\n")
            operation["summary"] = summary.removesuffix(".")
            if rest.strip():
                operation["description"] = rest.strip()
            if {} in operation.get("security", []):  # a token is not needed, so no padlock is shown
                del operation["security"]
            responses = operation["responses"]
            errors = {status for status in map(int, responses) if status >= 400}
            for status in sorted(errors | usual_errors(path, method, operation)):
                responses[str(status)] = SHARED
            responses["5XX"] = SHARED
    return result


def usual_errors(path: str, method: str, operation: dict) -> set[int]:
    """The statuses that follow from the kind of an operation."""
    found = {400, 401, 403, 406, 414, 429, 431}
    in_pages = any(parameter["name"] == "page" for parameter in operation.get("parameters", []))
    found |= {404} if "{" in path or in_pages else set()
    found |= {412} if method in ("patch", "delete") else set()  # If-Match
    found |= {409} if method != "get" else set()
    found |= {411, 413, 415} if "requestBody" in operation else set()
    return found

"""The errors in both OpenAPI documents: the statuses of each operation, each a problem document."""

from http import HTTPStatus

from chassis.errors import MEDIA_TYPE

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


def add_problems(result: dict, generator: object, request: object, public: bool) -> dict:
    """A hook of drf-spectacular. A view declares its own errors with `responses={409: None}`."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            responses = operation["responses"]
            errors = {status for status in map(int, responses) if status >= 400}
            for status in sorted(errors | usual_errors(path, method, operation)):
                responses[str(status)] = response(HTTPStatus(status).phrase)
            responses["5XX"] = response("A server that is needed does not answer. Try again.")
    return result


def usual_errors(path: str, method: str, operation: dict) -> set[int]:
    """The statuses that follow from the kind of an operation."""
    found = {400, 401, 403, 406, 414, 429, 431}
    in_pages = any(parameter["name"] == "page" for parameter in operation.get("parameters", []))
    found |= {404} if "{" in path or in_pages else set()
    found |= {409} if method != "get" else set()
    found |= {411, 413, 415} if "requestBody" in operation else set()
    return found


def response(description: str) -> dict:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}

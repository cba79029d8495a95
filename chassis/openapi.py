"""What both OpenAPI documents say of errors: with which statuses an operation refuses, each with a
problem document."""

from http import HTTPStatus

from chassis.errors import MEDIA_TYPE

PROBLEM = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457).",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "description": "The kind of problem, where the status alone does not tell.",
        },
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened and what to do next."},
        "request_id": {"type": "string", "description": "Under which the logs have it."},
        "errors": {
            "type": "object",
            "description": "Of invalid input: what is wrong with each field.",
        },
    },
    "additionalProperties": False,
}


def add_problems(result, generator, request, public):
    """A hook of drf-spectacular. A view with a refusal of its own names the status alone:
    `responses={409: None}`."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            own = {status for status in map(int, answers) if status >= 400}
            for status in sorted(own | usual_refusals(path, method, operation)):
                answers[str(status)] = answer(HTTPStatus(status).phrase)
            answers["5XX"] = answer("A part that the answer needs does not answer: try again.")
    return result


def usual_refusals(path, method, operation):
    """The statuses that follow from what an operation is."""
    found = {400, 401, 403, 406, 414, 429, 431}
    if "{" in path or any(
        parameter["name"] == "page" for parameter in operation.get("parameters", [])
    ):
        found.add(404)
    if method != "get":
        found.add(409)
    if "requestBody" in operation:
        found |= {411, 413, 415}
    return found


def answer(description):
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}

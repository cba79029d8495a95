"""Conditions of a write: it happens only if the product is still as the client read it."""

import hashlib
from collections.abc import Callable

from django.db.models import Max
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from chassis.errors import Problem
from core_api.catalog.models import Product
from core_api.catalog.serializers import ProductDetailSerializer


class PreconditionFailed(Problem):
    status_code = 412
    default_code = "precondition_failed"
    default_detail = "The product has changed since you read it. Read it again, then decide."


def etag_of(body: bytes) -> str:
    """The ETag of a response with this body."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def check_of(request: Request) -> Callable[[Product], None] | None:
    """What raises PreconditionFailed if a locked product is not as the request wants it, or None.

    It evaluates If-Match, If-None-Match and If-Unmodified-Since; an If-Match without ETag is false.
    """
    given = request.headers

    def check(product: Product) -> None:
        document = ProductDetailSerializer(product).data
        etag = etag_of(JSONRenderer().render(document, request.accepted_media_type))
        sold = product.movements.aggregate(last=Max("created_at"))["last"] or product.updated_at
        modified = int(max(product.updated_at, sold).timestamp())
        no_etag = "If-Match" in given and not parse_etags(given["If-Match"])
        if no_etag or get_conditional_response(request, etag, modified):
            raise PreconditionFailed()

    conditions = ("If-Match", "If-None-Match", "If-Unmodified-Since")
    return check if any(name in given for name in conditions) else None

"""What both APIs accept as a number or a day, and the refusal of what is sent twice.

Python reads more than a shop writes: `12_50` is 1250, `1.000` is 1, `2026-W01-1` is a day, and DRF
reads an uploaded file by its name.
"""

import re
from collections.abc import Iterable
from decimal import Decimal, DecimalException
from typing import Any

from django.utils.datastructures import MultiValueDict
from rest_framework import exceptions, parsers, serializers
from rest_framework.utils import json

COUNT = re.compile(r"\s*[+-]?\d+\s*")
AMOUNT = re.compile(r"\s*[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\s*")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NOT_UTF8 = "\ufffd"  # what Django makes of bytes in a form that are no UTF-8


class Spelled:
    """A mixin for fields of DRF: refuses text that does not match `spelling`, and files."""

    spelling: re.Pattern

    def to_internal_value(self: Any, value: Any) -> Any:
        odd = isinstance(value, str) and not self.spelling.fullmatch(value)
        if odd or hasattr(value, "read"):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)  # type: ignore[misc]


class CountField(Spelled, serializers.IntegerField):
    spelling = COUNT


class AmountField(Spelled, serializers.DecimalField):
    spelling = AMOUNT

    def __init__(self, **options: Any):
        super().__init__(**{"max_digits": 10, "decimal_places": 2, "min_value": 0} | options)

    def to_internal_value(self, value: Any) -> Decimal:
        return abs(amount) if (amount := super().to_internal_value(value)) == 0 else amount  # -0


class DayField(Spelled, serializers.DateField):
    spelling = DAY


def require_once(given: MultiValueDict, names: Iterable[str]) -> None:
    """Raise a 400 for each of `names` that a form or a query string has more than once."""
    if twice := [name[:100] for name in names if len(given.getlist(name)) > 1]:
        error = "It was sent more than once. Send one."
        raise serializers.ValidationError({name: [error] for name in twice[:10]})


class StrictForm:
    """A mixin for parsers of forms: UTF-8, each field stands once, and at most one file."""

    def parse(self, *arguments: Any, **options: Any) -> Any:
        form = super().parse(*arguments, **options)  # type: ignore[misc]
        fields, files = getattr(form, "data", form), getattr(form, "files", {})
        parts = MultiValueDict(fields.lists())
        parts.update(files)
        require_once(parts, parts)
        if len(files) > 1:
            raise serializers.ValidationError("Send one file.")
        if any(NOT_UTF8 in text for text in (*parts, *fields.values())):
            raise exceptions.ParseError("The form is not UTF-8.")
        return form


class FormParser(StrictForm, parsers.FormParser):
    pass


class MultiPartParser(StrictForm, parsers.MultiPartParser):
    pass


class JSONParser(parsers.JSONParser):
    """Reads numbers with a fraction as they are written: a float would round them."""

    def parse(self, stream: Any, *_: Any) -> Any:
        try:
            return json.loads(stream.read().decode(), parse_float=Decimal)
        except (ValueError, DecimalException) as error:
            raise exceptions.ParseError(f"JSON parse error - {error}") from error

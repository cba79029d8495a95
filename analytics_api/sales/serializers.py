"""Checks of what comes in (events, query parameters), and the figures that go out."""

from datetime import UTC, date, timedelta

from django.utils import timezone
from rest_framework import serializers

from chassis.inputs import AmountField, CountField, DayField

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
LARGEST_INTEGER = 2**31 - 1  # of a column


class LineSerializer(serializers.Serializer):
    sku = serializers.CharField(max_length=40)
    category = serializers.CharField(max_length=100)
    quantity = CountField(min_value=1, max_value=LARGEST_INTEGER)
    unit_price = AmountField()


class OrderPlacedSerializer(serializers.Serializer):
    """The payload of fixtures/contracts/order_placed.json; other fields are ignored."""

    event_id = serializers.UUIDField()
    kind = serializers.ChoiceField(["order_placed"])
    order_id = serializers.UUIDField()
    occurred_at = serializers.DateTimeField(default_timezone=UTC)
    lines = LineSerializer(many=True, allow_empty=False, max_length=1000)
    total = AmountField(max_digits=14)


class PeriodSerializer(serializers.Serializer):
    """`from` to `to`, both included; by default the 30 days that end today (UTC)."""

    def get_fields(self):  # `from` is a keyword of Python and cannot be an attribute
        names = ("from", "to")
        return {name: DayField(required=False) for name in names}

    def validate(self, period):
        last = period.get("to", timezone.now().date())
        if not EARLIEST <= last <= LATEST:
            detail = f"Give a day between {EARLIEST} and {LATEST}."
            raise serializers.ValidationError({"to": detail})
        first = period.get("from", last - timedelta(days=29))
        if first > last:
            raise serializers.ValidationError({"from": f"{first} is after the last day, {last}."})
        return {"first": first, "last": last}


class LimitSerializer(serializers.Serializer):
    limit = CountField(min_value=1, max_value=100, default=10)


class MoneyField(serializers.DecimalField):
    """A sum as text with two decimals, however large."""

    def __init__(self, **options):
        super().__init__(max_digits=30, decimal_places=2, **options)


class DailySerializer(serializers.Serializer):
    date = serializers.DateField()
    orders = serializers.IntegerField()
    units = serializers.IntegerField()
    revenue = MoneyField()


class TopProductSerializer(serializers.Serializer):
    sku = serializers.CharField()
    category = serializers.CharField()
    units = serializers.IntegerField()
    revenue = MoneyField()


class SummarySerializer(serializers.Serializer):
    orders = serializers.IntegerField()
    units = serializers.IntegerField()
    revenue = MoneyField()
    events = serializers.IntegerField(help_text="Events recorded, each once.")

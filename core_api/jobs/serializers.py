"""Jobs as the API shows them, and the forms that request one."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chassis.inputs import DayField
from core_api.jobs.models import Job


@extend_schema_field({"type": ["object", "null"]})
class ResultField(serializers.JSONField):
    """The result of a job, or null until it is done."""


class JobSerializer(serializers.ModelSerializer):
    result = ResultField(read_only=True)

    class Meta:
        model = Job
        fields = ["id", "kind", "state", "progress", "attempts", "error", "result"]
        read_only_fields = fields


class JobSummarySerializer(serializers.ModelSerializer):
    """A job in a list, without its result, which may list a thousand rows."""

    class Meta:
        model = Job
        fields = ["id", "kind", "state", "progress", "attempts", "error", "created_at"]
        read_only_fields = fields


class ReportForm(serializers.Serializer):
    """The days of a report, UTC, both included."""

    def get_fields(self):
        # Not class attributes, because `from` is a Python keyword.
        return {"from": DayField(), "to": DayField()}

    def validate(self, days):
        if days["from"] > days["to"]:
            raise serializers.ValidationError({"to": "The last day is before the first one."})
        return days


class ImportForm(serializers.Serializer):
    """A CSV file with the columns sku,name,category,price,stock,description."""

    file = serializers.FileField(allow_empty_file=True)


class RejectedRowSerializer(serializers.Serializer):
    line = serializers.IntegerField(help_text="Where the row starts; the first line is 1.")
    column = serializers.CharField()
    reason = serializers.CharField()


class ImportResultSerializer(serializers.Serializer):
    imported = serializers.IntegerField()
    rejected = serializers.IntegerField()
    rows = RejectedRowSerializer(many=True, help_text="The first 1000 rejected rows.")

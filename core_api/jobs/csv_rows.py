"""The rules of one row: those of the API, except that the category is a name and that the sku may
exist."""

from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from core_api.catalog.models import Category, one_line
from core_api.catalog.serializers import ProductDetailSerializer


class RowSerializer(ProductDetailSerializer):
    """A product in a CSV file."""

    category = serializers.CharField(
        max_length=Category._meta.get_field("name").max_length, validators=[one_line]
    )

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        sku = self.fields["sku"]
        sku.validators = [rule for rule in sku.validators if not isinstance(rule, UniqueValidator)]


class RowRejected(Exception):
    """The row breaks a rule: in which column, and which one."""

    def __init__(self, column, reason):
        self.column, self.reason = column, reason


class RowChecker:
    """Checks rows of one file; its serializer is built once, since building it costs more than a
    row's check."""

    def __init__(self, columns):
        self.columns = columns
        self.serializer = RowSerializer()

    def product(self, cells):
        """What the row says of a product: {sku, name, category: its name, price, stock ...}; else
        RowRejected."""
        if len(cells) != len(self.columns):
            column = self.columns[len(cells)] if len(cells) < len(self.columns) else "row"
            raise RowRejected(
                column, f"The row has {len(cells)} cells, the header {len(self.columns)}."
            )
        try:
            return self.serializer.run_validation(dict(zip(self.columns, cells, strict=True)))
        except serializers.ValidationError as error:
            faulty = [name for name in self.columns if name in error.detail]
            reasons = [" ".join(map(str, error.detail[name])) for name in faulty]
            others = [
                f"{name}: {reason}" for name, reason in zip(faulty[1:], reasons[1:], strict=True)
            ]
            raise RowRejected(faulty[0], " ".join([reasons[0], *others])) from error

"""Categories and products as the API shows and accepts them. The CSV import uses the same rules."""

import re

from django.db import models
from rest_framework import serializers

from chassis.inputs import AmountField, CountField
from core_api.catalog.models import Category, Product
from core_api.text import TextField


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ["slug", "name"]


class CategoryField(serializers.SlugRelatedField):
    """A category by its slug. What cannot be a slug is not looked up and not repeated."""

    def to_internal_value(self, slug):
        if not isinstance(slug, str) or not re.fullmatch(r"[\w-]{1,100}", slug):
            self.fail("invalid")
        return super().to_internal_value(slug)


class ProductFields(serializers.ModelSerializer):
    """The fields that lists and pages have in common."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.CharField: TextField,
        models.TextField: TextField,
    }
    category = CategoryField("slug", queryset=Category.objects.all())
    price = AmountField()
    in_stock = serializers.BooleanField(read_only=True)

    class Meta:
        model = Product
        fields = ["sku", "name", "description", "category", "price", "in_stock", "updated_at"]


class ProductSerializer(ProductFields):
    """A product in a list."""

    def to_representation(self, row):
        """Show a row of as_rows() as the fields above would, but faster."""
        return {
            "sku": row["sku"],
            "name": row["name"],
            "description": row["description"],
            "category": row["category_slug"],
            "price": f"{row['price']:.2f}",
            "in_stock": row["stock"] > 0,
            "updated_at": row["updated_at"].isoformat().replace("+00:00", "Z"),
        }


class OnSaleField(serializers.BooleanField):
    """A boolean that a form may omit. DRF would take that for an unticked checkbox: for False."""

    default_empty_html = serializers.empty


class ProductDetailSerializer(ProductFields):
    """One product, and the fields that staff may write. `stock` is an absolute count."""

    stock = CountField(min_value=0, max_value=2_000_000_000, default=0)
    active = OnSaleField(
        required=False, help_text="On sale. A product taken off sale stays in past orders."
    )

    class Meta(ProductFields.Meta):
        fields = [*ProductFields.Meta.fields, "stock", "active"]

    def validate_sku(self, sku):
        if self.instance and sku != self.instance.sku:
            raise serializers.ValidationError("A sku never changes: orders and events contain it.")
        return sku

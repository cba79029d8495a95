"""Orders and best sellers, as the API accepts and shows them."""

from rest_framework import serializers

from chassis.inputs import CountField
from core_api.orders.models import Order, OrderLine


class LineSerializer(serializers.Serializer):
    sku = serializers.CharField(max_length=40)
    quantity = CountField(min_value=1, max_value=1_000_000)


class NewOrderSerializer(serializers.Serializer):
    """What a customer sends."""

    # DRF checks the number of lines before it looks at the first one.
    lines = LineSerializer(many=True, allow_empty=False, max_length=100)

    def validate_lines(self, lines):
        skus = [line["sku"] for line in lines]
        if twice := sorted({sku for sku in skus if skus.count(sku) > 1}):
            raise serializers.ValidationError(
                f"Each product may appear only once: {', '.join(twice)} is repeated."
            )
        return lines


class OrderLineSerializer(serializers.ModelSerializer):
    sku = serializers.CharField(source="product.sku")

    class Meta:
        model = OrderLine
        fields = ["sku", "quantity", "unit_price"]


class OrderSerializer(serializers.ModelSerializer):
    """What a customer sees."""

    lines = OrderLineSerializer(many=True)

    class Meta:
        model = Order
        fields = ["id", "lines", "total", "created_at", "served_by"]

    def to_representation(self, order):
        """Show an order of with_lines() as the fields above would, but faster."""
        return {
            "id": str(order.id),
            "lines": [
                {
                    "sku": line.product.sku,
                    "quantity": line.quantity,
                    "unit_price": f"{line.unit_price:.2f}",
                }
                for line in order.line_list
            ],
            "total": f"{order.total:.2f}",
            "created_at": order.created_at.isoformat().replace("+00:00", "Z"),
            "served_by": order.served_by,
        }


class BestSellerSerializer(serializers.Serializer):
    sku = serializers.CharField(source="product.sku")
    name = serializers.CharField(source="product.name")
    category = serializers.CharField(source="product.category.slug")
    price = serializers.DecimalField(10, 2, source="product.price")
    units = serializers.IntegerField()


class BestSellersSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField(help_text="When they were computed: at most 60 s ago.")
    results = BestSellerSerializer(many=True)

"""Place an order, with a nested serializer as in the documentation of Django REST framework.

Products are locked one after the other, sorted, so that nothing is oversold and nothing deadlocks.
The answer is read with prefetch_related. A repeated request is another order, no movement and no
event is written, and no cache is invalidated.
"""

from django.db import transaction
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework_simplejwt.authentication import JWTAuthentication

from lab.bench.peers.catalog.models import Product
from lab.bench.peers.orders.models import Order, OrderLine


class LineSerializer(serializers.ModelSerializer):
    sku = serializers.SlugRelatedField(
        "sku", source="product", queryset=Product.objects.filter(active=True)
    )
    quantity = serializers.IntegerField(min_value=1)

    class Meta:
        model = OrderLine
        fields = ["sku", "quantity", "unit_price"]
        read_only_fields = ["unit_price"]


class OrderSerializer(serializers.ModelSerializer):
    lines = LineSerializer(many=True, allow_empty=False)

    class Meta:
        model = Order
        fields = ["id", "lines", "total", "created_at"]
        read_only_fields = ["total"]

    @transaction.atomic
    def create(self, validated_data):
        lines = validated_data.pop("lines")
        order = Order.objects.create(**validated_data)
        for line in sorted(lines, key=lambda line: line["product"].pk):
            product = Product.objects.select_for_update().get(pk=line["product"].pk)
            if product.stock < line["quantity"]:
                raise serializers.ValidationError(f"Only {product.stock} of {product.sku} left.")
            product.stock -= line["quantity"]
            product.save(update_fields=["stock"])
            OrderLine.objects.create(
                order=order, product=product, quantity=line["quantity"], unit_price=product.price
            )
            order.total += line["quantity"] * product.price
        order.save(update_fields=["total"])
        return Order.objects.prefetch_related("lines__product").get(pk=order.pk)


class Orders(generics.CreateAPIView):
    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticated]
    serializer_class = OrderSerializer

    def perform_create(self, serializer):
        serializer.save(user=self.request.user)

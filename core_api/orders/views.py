"""Orders: placed once per Idempotency-Key, seen by their owner alone."""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.response import Response

from chassis.errors import Problem
from core_api.orders import services
from core_api.orders.models import Order
from core_api.orders.serializers import NewOrderSerializer, OrderSerializer

KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255},
    OpenApiParameter.HEADER,
    required=True,
)
EXAMPLE = OpenApiExample("Tea", {"lines": [{"sku": "TEA-0001", "quantity": 2}]}, request_only=True)


class KeyMissing(Problem):
    default_code = "key_missing"
    default_detail = (
        "Send an Idempotency-Key header (up to 255 characters), the same one when you try again."
    )


class OrderList(generics.ListAPIView):
    """Your orders, newest first; POST places one."""

    serializer_class = OrderSerializer

    def get_queryset(self):
        return Order.objects.of(self.request.user).with_lines()

    @extend_schema(
        request=NewOrderSerializer,
        responses={201: OrderSerializer, 422: None},
        parameters=[KEY],
        examples=[EXAMPLE],
    )
    def post(self, request):
        key = request.headers.get("Idempotency-Key", "").strip()
        if not 0 < len(key) <= 255 or not key.isprintable():
            raise KeyMissing()
        form = NewOrderSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        order, replayed = services.place_order(
            user_id=request.user.id, key=key, lines=form.validated_data["lines"]
        )
        placed = Order.objects.with_lines().get(pk=order.pk)
        headers = {"Location": f"/api/orders/{order.id}/"} | (
            {"Idempotency-Replayed": "true"} if replayed else {}
        )
        return Response(OrderSerializer(placed).data, status=201, headers=headers)


class OrderDetail(generics.RetrieveAPIView):
    """One of your orders."""

    serializer_class = OrderSerializer

    def get_queryset(self):
        return Order.objects.of(self.request.user).with_lines()

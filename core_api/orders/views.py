"""Place an order once per key; list one's own; best sellers."""

import re

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from chassis.errors import Problem
from chassis.inputs import JSONParser
from core_api.catalog.models import Product
from core_api.catalog.views import PUBLIC
from core_api.orders import services
from core_api.orders.models import Order, OrderLine
from core_api.orders.renderers import OrdersPage
from core_api.orders.serializers import (
    BestSellerSerializer,
    BestSellersSerializer,
    NewOrderSerializer,
    OrderSerializer,
)

# No comma: with one, Gunicorn joins two headers of the same name.
KEY_CHARACTERS = re.compile(r"[!-+\--~]([ -+\--~]{0,253}[!-+\--~])?")
TEXT = {"type": "string", "pattern": f"^{KEY_CHARACTERS.pattern}$"}
KEY = OpenApiParameter("Idempotency-Key", TEXT, OpenApiParameter.HEADER, required=True)
EXAMPLE = OpenApiExample("Tea", {"lines": [{"sku": "TEA-0001", "quantity": 2}]}, request_only=True)


class InvalidKey(Problem):
    default_code = "key_missing"
    default_detail = "Send one Idempotency-Key: 1 to 255 visible ASCII characters, no comma."


class OrderList(generics.ListAPIView):
    """Your orders, newest first."""

    serializer_class = OrderSerializer
    renderer_classes = [JSONRenderer, OrdersPage]
    parser_classes = [JSONParser]  # a form has no lists, and DRF reads any number as an index

    def get_queryset(self):
        return Order.objects.of(self.request.user).with_lines()

    @extend_schema(
        request=NewOrderSerializer,
        responses={201: OrderSerializer, 422: None},
        parameters=[KEY],
        examples=[EXAMPLE],
    )
    def post(self, request):
        """Place an order.

        Sent again with its Idempotency-Key, it is placed once. After a refusal, use a new key.
        """
        key = request.headers.get("Idempotency-Key", "").strip()
        if not KEY_CHARACTERS.fullmatch(key):
            raise InvalidKey()
        form = NewOrderSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        order, replayed = services.place_order(
            user_id=request.user.id, key=key, lines=form.validated_data["lines"]
        )
        headers = {"Location": f"/api/orders/{order.id}/"}
        if replayed:
            headers["Idempotency-Replayed"] = "true"
        return Response(OrderSerializer(order).data, status=201, headers=headers)


class OrderDetail(generics.RetrieveAPIView):
    """One of your orders."""

    serializer_class = OrderSerializer

    def get_queryset(self):
        return Order.objects.of(self.request.user).with_lines()


class BestSellers(APIView):
    """The products with most units sold in the last 30 days, as computed at as_of."""

    permission_classes = PUBLIC

    @extend_schema(responses=BestSellersSerializer, auth=[])
    def get(self, request):
        sold = list(OrderLine.objects.placed_within(days=30).best_sellers(20))
        products = Product.objects.with_category().in_bulk([row["product_id"] for row in sold])
        best = [row | {"product": products[row["product_id"]]} for row in sold]
        shown = BestSellerSerializer([row for row in best if row["product"].active], many=True)
        return Response({"as_of": timezone.now(), "results": shown.data})

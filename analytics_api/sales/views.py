"""The API's root, and the sales figures for staff. The token alone shows who is staff."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from analytics_api.sales.models import RecordedEvent, Sale
from analytics_api.sales.serializers import (
    DailySerializer,
    LimitSerializer,
    PeriodSerializer,
    SummarySerializer,
    TopProductSerializer,
)
from chassis.inputs import require_once

LINKS = ("sales-daily", "sales-top-products", "sales-summary", "whoami", "schema", "docs")


class ApiRoot(APIView):
    """All URLs. The figures are for staff.

    Send an access token of core_api, or log in at /analytics/login/ in a browser.
    """

    permission_classes = [AllowAny]

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        links = {name: reverse(name, request=request) for name in LINKS}
        return Response(links | {"admin": reverse("admin:index", request=request)})


def checked(serializer_class: type, request: Request) -> dict[str, Any]:
    """The query parameters of a request, checked; a wrong one is a 400 that names it."""
    parameters = serializer_class(data=request.query_params)
    require_once(request.query_params, parameters.fields)
    parameters.is_valid(raise_exception=True)
    return parameters.validated_data


class DailySales(APIView):
    """Orders, units and revenue of each day with sales, in UTC; by default of the last 30 days."""

    permission_classes = [IsAdminUser]

    @extend_schema(parameters=[PeriodSerializer], responses=DailySerializer(many=True))
    def get(self, request: Request) -> Response:
        days = Sale.objects.daily(**checked(PeriodSerializer, request))
        return Response(DailySerializer(days, many=True).data)


class TopProducts(APIView):
    """The products that sold most units, of all time."""

    permission_classes = [IsAdminUser]

    @extend_schema(parameters=[LimitSerializer], responses=TopProductSerializer(many=True))
    def get(self, request: Request) -> Response:
        products = Sale.objects.top_products(**checked(LimitSerializer, request))
        return Response(TopProductSerializer(products, many=True).data)


class SalesSummary(APIView):
    """All sales in four figures."""

    permission_classes = [IsAdminUser]

    @extend_schema(responses=SummarySerializer)
    def get(self, request: Request) -> Response:
        figures = Sale.objects.summary() | {"events": RecordedEvent.objects.count()}
        return Response(SummarySerializer(figures).data)

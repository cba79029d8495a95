"""Figures of what was sold, for staff: what a token says is enough, no user is looked up."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAdminUser
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics_api.sales.models import RecordedEvent, Sale
from analytics_api.sales.serializers import (
    DailySerializer,
    LimitSerializer,
    PeriodSerializer,
    SummarySerializer,
    TopProductSerializer,
)


def asked(serializer_class, request):
    """The checked query parameters of a request; anything else is a 400 that names the field."""
    question = serializer_class(data=request.query_params)
    question.is_valid(raise_exception=True)
    return question.validated_data


class DailySales(APIView):
    """Orders, units and revenue of each day with sales, in UTC: of the last 30 days unless said
    otherwise."""

    permission_classes = [IsAdminUser]

    @extend_schema(parameters=[PeriodSerializer], responses=DailySerializer(many=True))
    def get(self, request):
        return Response(
            DailySerializer(Sale.objects.daily(**asked(PeriodSerializer, request)), many=True).data
        )


class TopProducts(APIView):
    """The products that sold most units, ever."""

    permission_classes = [IsAdminUser]

    @extend_schema(parameters=[LimitSerializer], responses=TopProductSerializer(many=True))
    def get(self, request):
        products = Sale.objects.top_products(**asked(LimitSerializer, request))
        return Response(TopProductSerializer(products, many=True).data)


class SalesSummary(APIView):
    """All that was sold, in four figures."""

    permission_classes = [IsAdminUser]

    @extend_schema(responses=SummarySerializer)
    def get(self, request):
        figures = Sale.objects.summary() | {"events": RecordedEvent.objects.count()}
        return Response(SummarySerializer(figures).data)

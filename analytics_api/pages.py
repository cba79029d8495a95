"""The door of analytics: the API's root."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView


class ApiRoot(APIView):
    """Where everything is. The figures are for staff: send an access token of core_api, or log in
    above."""

    permission_classes = [AllowAny]

    @extend_schema(responses={200: dict})
    def get(self, request):
        names = [
            "sales-daily",
            "sales-top-products",
            "sales-summary",
            "whoami",
            "schema",
            "docs",
            "admin:index",
        ]
        return Response({name.partition(":")[0]: reverse(name, request=request) for name in names})

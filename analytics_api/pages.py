"""The API's root, and who the token says you are."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from chassis.tokens import role_of

LINKS = ("sales-daily", "sales-top-products", "sales-summary", "whoami", "schema", "docs")


class ApiRoot(APIView):
    """All URLs. The figures are for staff: send an access token of core_api, or log in above."""

    permission_classes = [AllowAny]

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        links = {name: reverse(name, request=request) for name in LINKS}
        return Response(links | {"admin": reverse("admin:index", request=request)})


class WhoAmISerializer(serializers.Serializer):
    instance = serializers.CharField()
    user_id = serializers.CharField()
    username = serializers.CharField()
    role = serializers.ChoiceField(["customer", "staff"])
    queries = serializers.IntegerField(help_text="SQL statements that this request ran.")


class WhoAmI(APIView):
    """Who the token says you are, which instance answered, and how many queries it ran."""

    @extend_schema(responses=WhoAmISerializer)
    def get(self, request: Request) -> Response:
        user = request.user
        return Response(
            {
                "instance": settings.INSTANCE,
                "user_id": str(user.id),
                "username": user.get_username(),
                "role": role_of(user),
                "queries": request.queries.count,
            }
        )

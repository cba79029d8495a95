"""WHO AM I, in both services: what an instance reads from the token alone."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chassis.tokens import role_of


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
        instance, queries = settings.INSTANCE, request.queries.count
        claims = {"user_id": str(user.id), "username": user.get_username(), "role": role_of(user)}
        return Response({"instance": instance, **claims, "queries": queries})

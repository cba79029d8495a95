"""Who am I: what any instance reads from the token alone."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from chassis.authentication import role_of


class WhoAmISerializer(serializers.Serializer):
    instance = serializers.CharField()
    user_id = serializers.CharField()
    username = serializers.CharField()
    role = serializers.ChoiceField(["customer", "staff"])
    queries = serializers.IntegerField(help_text="SQL statements that this request ran.")


class WhoAmI(APIView):
    """The user that the token names, the instance that answered, and how many SQL statements it
    took."""

    @extend_schema(responses=WhoAmISerializer)
    def get(self, request):
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

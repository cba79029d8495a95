"""Two models of a slow request, for experiments with LAB=on: one waits, the other computes."""

import time

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

LONGEST = 2000  # milliseconds that a request may ask for


class LabForm(serializers.Serializer):
    ms = serializers.IntegerField(min_value=0, max_value=LONGEST)


class LabRequest(APIView):
    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(parameters=[LabForm], responses={200: dict})
    def get(self, request):
        form = LabForm(data=request.query_params)
        form.is_valid(raise_exception=True)
        milliseconds = form.validated_data["ms"]
        self.spend(milliseconds / 1000)
        return Response({"instance": settings.INSTANCE, "ms": milliseconds})


class Wait(LabRequest):
    """Waits, as a request that calls another service. The processor stays free."""

    def spend(self, seconds):
        time.sleep(seconds)


class Compute(LabRequest):
    """Computes until its thread has used this much processor time."""

    def spend(self, seconds):
        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass

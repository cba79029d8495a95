"""The doors of the shop: the index page, the API's root, and two declared models of a slow request
for the lab."""

import time

from django.conf import settings
from django.shortcuts import redirect, render
from django.templatetags.static import static
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

LEVERS = ["CACHE", "TASKS", "ANALYTICS", "HTTPS", "LAB"]
LONGEST = 2000  # milliseconds that a lab request may be asked to take


def index(request):
    """What there is to see, and where."""
    levers = {name: getattr(settings, name) for name in LEVERS}
    page = {
        "instance": settings.INSTANCE,
        "levers": {
            name: {True: "on", False: "off"}.get(value, value) for name, value in levers.items()
        },
        "debug": settings.DEBUG,
        "stats_url": settings.STATS_URL,
        "front": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "index.html", page)


def icon(request):
    """Browsers ask for /favicon.ico wherever a page names no icon, JSON for instance."""
    return redirect(static("core_api/icon.svg"))


class ApiRoot(APIView):
    """Where everything is."""

    permission_classes = [AllowAny]

    @extend_schema(responses={200: dict})
    def get(self, request):
        names = [
            "category-list",
            "product-list",
            "best-sellers",
            "order-list",
            "report-list",
            "import-list",
        ]
        names += ["token", "token-refresh", "whoami", "schema", "docs"]
        return Response({name: reverse(name, request=request) for name in names})


class LabForm(serializers.Serializer):
    ms = serializers.IntegerField(min_value=0, max_value=LONGEST)


class LabRequest(APIView):
    """Takes the milliseconds that it is asked to."""

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
    """A request that waits, as for another service: it leaves the processor to others."""

    def spend(self, seconds):
        time.sleep(seconds)


class Compute(LabRequest):
    """A request that computes: it spends processor time of its own thread, however long that
    takes."""

    def spend(self, seconds):
        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass

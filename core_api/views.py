"""Views of no app: the index page, the API's root, and two slow requests for experiments."""

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

from chassis.inputs import CountField, require_once

LONGEST = 2000  # milliseconds that a slow request may ask for
LEVERS = ["CACHE", "TASKS", "ANALYTICS", "HTTPS", "LAB"]
ADDRESSES = [
    *("category-list", "product-list", "best-sellers", "order-list", "report-list", "import-list"),
    *("token", "token-refresh", "whoami", "schema", "docs"),
]


def index(request):
    """The index page: what the shop offers, and where."""
    words = {True: "on", False: "off"}
    levers = {name: getattr(settings, name) for name in LEVERS}
    page = {
        "instance": settings.INSTANCE,
        "levers": {name: words.get(value, value) for name, value in levers.items()},
        "debug": settings.DEBUG,
        "stats_url": settings.STATS_URL,
        "front": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "index.html", page)


def icon(request):
    """Browsers request /favicon.ico if a page names no icon, for example with JSON."""
    return redirect(static("core_api/icon.svg"))


class ApiRoot(APIView):
    """The addresses of the API."""

    permission_classes = [AllowAny]

    @extend_schema(responses={200: dict})
    def get(self, request):
        return Response({name: reverse(name, request=request) for name in ADDRESSES})


class LabForm(serializers.Serializer):
    ms = CountField(min_value=0, max_value=LONGEST)


class LabRequest(APIView):
    """A slow request, for experiments with LAB=on."""

    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(parameters=[LabForm], responses={200: dict})
    def get(self, request):
        require_once(request.query_params, ["ms"])
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

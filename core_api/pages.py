"""The index page and the root of the API."""

from django.conf import settings
from django.shortcuts import redirect, render
from django.templatetags.static import static
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

LEVERS = ["CACHE", "TASKS", "ANALYTICS", "HTTPS", "LAB"]
ADDRESSES = [
    *("category-list", "product-list", "best-sellers", "order-list", "report-list", "import-list"),
    *("token", "token-refresh", "whoami", "schema", "docs"),
]


def index(request):
    """The index page: what the shop offers, and where."""
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
    """Browsers request /favicon.ico if a page names no icon, for example with JSON."""
    return redirect(static("core_api/icon.svg"))


class ApiRoot(APIView):
    """The addresses of the API."""

    permission_classes = [AllowAny]

    @extend_schema(responses={200: dict})
    def get(self, request):
        return Response({name: reverse(name, request=request) for name in ADDRESSES})

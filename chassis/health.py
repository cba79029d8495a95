"""Two health checks for a load balancer: is the process alive, and can it take requests?"""

from pathlib import Path

from django.http import HttpRequest, JsonResponse
from django.urls import path

from chassis.env import env

LEAVING_FILE = env.str("LEAVING_FILE", default="")  # exists while the instance is about to stop


def live(request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all."""
    return JsonResponse({"live": True})


def ready(request: HttpRequest) -> JsonResponse:
    """200 while the instance accepts requests, 503 when it is about to stop.

    It asks neither Postgres nor Redis: all instances share them, so an outage would make HAProxy
    remove every instance. If Postgres hangs, a thread is still free to answer (chassis/postgres).
    """
    leaving = bool(LEAVING_FILE) and Path(LEAVING_FILE).exists()
    return JsonResponse({"ready": not leaving}, status=503 if leaving else 200)


urlpatterns = [path("health/live", live), path("health/ready", ready)]

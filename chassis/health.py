"""Two questions of a load balancer to one process; neither asks a database: a dead shared part
empties no backend.

A hanging one can: requests that wait for it keep their threads, also those that HAProxy gave up.
"""

from pathlib import Path

from django.http import JsonResponse
from django.urls import path

from chassis import env

# While this file exists, the instance is about to be stopped.
LEAVING_FILE = env.env.str("LEAVING_FILE", default="")


def live(request):
    """200 while the process answers at all."""
    return JsonResponse({"live": True})


def ready(request):
    """200 while the process can take requests, 503 once it is leaving. Nothing of Postgres or
    Redis, on purpose."""
    leaving = bool(LEAVING_FILE) and Path(LEAVING_FILE).exists()
    return JsonResponse({"ready": not leaving}, status=503 if leaving else 200)


urlpatterns = [path("health/live", live), path("health/ready", ready)]

"""Two questions of a load balancer to one process; neither asks a database, so a shared part can't empty a backend."""

from django.http import JsonResponse
from django.urls import path


def live(request):
    """200 while the process answers at all."""
    return JsonResponse({"live": True})


def ready(request):
    """200 while the process can take requests. It says nothing of Postgres or Redis, on purpose."""
    return JsonResponse({"ready": True})


urlpatterns = [path("health/live", live), path("health/ready", ready)]

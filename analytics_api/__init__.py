"""Django project 2, analytics: what was sold, recorded from events of the shop."""

from analytics_api.celery import app as celery_app

__all__ = ["celery_app"]

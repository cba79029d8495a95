"""Django project 2, analytics: what was sold, told by events of the shop."""

from analytics_api.celery import app as celery_app

__all__ = ["celery_app"]

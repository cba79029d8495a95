"""Django project 1, the shop: accounts, catalog, orders and jobs."""

from core_api.celery import app as celery_app

__all__ = ["celery_app"]

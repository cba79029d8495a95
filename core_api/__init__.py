"""Django project 1, the shop: accounts, catalogue, orders, long tasks and their operation."""

from core_api.celery import app as celery_app

__all__ = ["celery_app"]

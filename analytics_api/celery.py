"""Analytics' Celery application: `celery -A analytics_api worker -Q analytics` is the recorder of
events."""

import os

from celery import Celery
from django.conf import settings

os.environ["DJANGO_SETTINGS_MODULE"] = "analytics_api.settings"

app = Celery("analytics_api")
app.add_defaults(lambda: settings.CELERY)  # read when first needed: settings are not loaded yet
app.autodiscover_tasks()

"""Analytics' Celery application: `celery -A analytics_api worker -Q analytics` is the recorder of events."""

import os

from celery import Celery

os.environ["DJANGO_SETTINGS_MODULE"] = "analytics_api.settings"

app = Celery("analytics_api")
app.config_from_object("django.conf:settings.CELERY")
app.autodiscover_tasks()

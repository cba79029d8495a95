"""The Celery application of analytics: `celery -A analytics_api worker -Q analytics`."""

import os

from celery import Celery
from django.conf import settings

os.environ["DJANGO_SETTINGS_MODULE"] = "analytics_api.settings"

app = Celery("analytics_api")
app.add_defaults(lambda: settings.CELERY)  # a function: settings are not loaded yet
app.autodiscover_tasks()

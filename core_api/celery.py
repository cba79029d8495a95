"""The Celery application of the shop: `celery -A core_api worker -Q long` runs its long tasks."""

import os

from celery import Celery
from django.conf import settings

os.environ["DJANGO_SETTINGS_MODULE"] = "core_api.settings"

app = Celery("core_api")
app.add_defaults(lambda: settings.CELERY)  # a function: settings are not loaded yet
app.autodiscover_tasks()

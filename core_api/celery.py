"""The shop's Celery application: `celery -A core_api worker -Q long` runs its long tasks."""

import os

from celery import Celery

os.environ["DJANGO_SETTINGS_MODULE"] = "core_api.settings"

app = Celery("core_api")
app.config_from_object("django.conf:settings.CELERY")
app.autodiscover_tasks()

"""The WSGI application of analytics: `gunicorn analytics_api.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from chassis.middleware import guarded

os.environ["DJANGO_SETTINGS_MODULE"] = "analytics_api.settings"

application = guarded(get_wsgi_application())

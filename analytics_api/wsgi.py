"""Where Gunicorn enters analytics: `gunicorn -c analytics_api/gunicorn.conf.py
analytics_api.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from chassis.wsgi import in_utf8

os.environ["DJANGO_SETTINGS_MODULE"] = "analytics_api.settings"

application = in_utf8(get_wsgi_application())

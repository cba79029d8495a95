"""Where Gunicorn enters the shop: `gunicorn -c core_api/gunicorn.conf.py core_api.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from chassis.wsgi import in_utf8

os.environ["DJANGO_SETTINGS_MODULE"] = "core_api.settings"

application = in_utf8(get_wsgi_application())

"""The WSGI application of the shop: `gunicorn core_api.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from chassis.middleware import without_charset

os.environ["DJANGO_SETTINGS_MODULE"] = "core_api.settings"

application = without_charset(get_wsgi_application())

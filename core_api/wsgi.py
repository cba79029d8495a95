"""Where Gunicorn enters the shop: `gunicorn -c core_api/gunicorn.conf.py core_api.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "core_api.settings"

application = get_wsgi_application()

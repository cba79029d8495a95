"""The WSGI application of the shop: `gunicorn core_api.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from chassis.middleware import guarded

os.environ["DJANGO_SETTINGS_MODULE"] = "core_api.settings"

application = guarded(get_wsgi_application())


def beside_requests():
    """What each worker process of Gunicorn does beside its requests: see gunicorn.conf.py."""
    from core_api.catalog import lease

    lease.keep()

"""The WSGI application of a peer, for Gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "lab.bench.peers.settings"

application = get_wsgi_application()

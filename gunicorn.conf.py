"""REPLICAS: a service scales out by starting more equal instances of it.

An instance is one Gunicorn, started in this folder with `gunicorn core_api.wsgi` or
`gunicorn analytics_api.wsgi`: Gunicorn reads this file by itself. An instance keeps no state. Users
send their tokens, data is in Postgres, cached responses are in Redis, uploads are rows. So
instances differ only in name and address, and any of them can serve any request. analytics_api was
added in the same way, without a change to core_api.
See it: ./escala scale 4, then compare X-Served-By of a few responses, or open the stats page.
./escala scale analytics 2 does the same for analytics_api.
"""

import os

from chassis import one_write

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "1"))
worker_class = "gthread"
# HAProxy uses all threads but one, which is left for health checks.
threads = int(os.environ.get("THREADS", "8"))

# Seconds. Longer than HAProxy keeps an idle connection, so that HAProxy is the side that closes it.
keepalive = 15
graceful_timeout = 15  # seconds for open requests after SIGTERM
timeout = 30  # seconds without a heartbeat of a worker; HAProxy limits the time of a request
preload_app = True  # workers share the master's memory, and a killed one is replaced by a fork

worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
control_socket_disable = True  # its path is the same for all instances of a host

one_write.install()

"""REPLICAS: a service scales out by starting more equal instances of it.

An instance is one Gunicorn, started in this folder with `gunicorn core_api.wsgi` or
`gunicorn analytics_api.wsgi`: Gunicorn reads this file by itself. An instance keeps no state that
another instance lacks. Users send their tokens, data is in Postgres, cached responses are in Redis,
uploads are rows. So instances differ only in name and address, and any of them can serve any
request. The two services scale independently: core_api only writes events, and its orders call no
other service.
See it: ./escala scale 4, then repeat `curl -si http://127.0.0.1:8080/api/ | grep -i x-served-by`.
./escala scale analytics 2 does the same for analytics_api.
"""

import os
import stat
from importlib import import_module
from threading import Thread

from chassis import one_write, postgres

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "1"))
worker_class = "gthread"
# At most eight of them wait for the database, which may hang: see chassis/postgres.
threads = int(os.environ.get("THREADS", "16"))

keepalive = 15  # seconds for clients without HAProxy: HAProxy opens a connection for each request
graceful_timeout = 15  # seconds for open requests after SIGTERM
timeout = 30  # seconds without a heartbeat of a worker; HAProxy limits the time of a request
preload_app = True  # workers share the master's memory, and a killed one is replaced by a fork

# By default the header SCRIPT_NAME of a client on this host, such as HAProxy, moves the application
# to another path; one that does not fit is a 500.
forwarder_headers = ""

worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
# In a container the log is a pipe. A line is dropped when whoever reads the pipe hangs: it must not
# keep a request waiting.
if stat.S_ISFIFO(os.fstat(2).st_mode):
    os.set_blocking(2, False)

control_socket_disable = True  # its path is the same for all instances of a host


def post_worker_init(worker):
    """Start what the service does beside its requests, in each process: threads end at a fork."""
    service = import_module(worker.app.app_uri.partition(":")[0])
    if hasattr(service, "beside_requests"):
        Thread(target=service.beside_requests, daemon=True).start()


one_write.install()
postgres.limit_threads(threads)

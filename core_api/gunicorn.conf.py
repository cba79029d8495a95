"""REPLICAS: core_api scales out by starting more equal instances; each is one Gunicorn with this
file.

An instance keeps nothing of its own: users come with their tokens, data lies in Postgres, cached
answers in Redis, uploads in rows. So instances differ only in name and address, and any of them may
serve any request.
See it: ./escala scale 4, then look at X-Served-By of a few answers, or at the stats page.
"""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "1"))
worker_class = "gthread"
threads = int(
    os.environ.get("THREADS", "8")
)  # HAProxy fills all but one: that one answers health checks

keepalive = 15  # seconds; longer than HAProxy keeps an idle connection, so HAProxy is the one that closes it
graceful_timeout = 15  # seconds for requests under way when the instance is told to stop
timeout = (
    30  # seconds without a sign of life from a worker; a request is bounded by HAProxy instead
)
preload_app = True  # a killed worker is back as fast as a fork, and shares the master's memory

worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
control_socket_disable = True  # its path is one per host: a second instance could not start


def on_starting(server):
    from chassis import (
        one_write,
    )  # only here can it be imported: by now Gunicorn has found the folder

    one_write.install()

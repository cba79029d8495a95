"""A second service beside the shop: the same kind of instances, and core_api was not touched to add
them.

Settings as in core_api/gunicorn.conf.py, so that both scale alike.
See it: ./escala scale analytics 2
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

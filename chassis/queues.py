"""How every Celery worker and sender behaves: nothing is lost when a worker dies, nothing waits for
a hung broker.

The figures are seconds. Redis hands a message out again when its visibility timeout passes, so that
must be longer than the longest task; and kombu reads it in one place, Celery's result code in
another, hence no results at all.
"""

from chassis import broker, env

# A task that takes longer is told to stop, and ends failed; one that does not listen is killed
# after the hard limit.
TASK_SECONDS = env.env.int("TASK_SECONDS", default=240)
HARD_LIMIT = 1.25 * TASK_SECONDS


def celery_settings(name, *, routes):
    """The Celery configuration of the service `name`; `routes` says which queue each task name goes
    to."""
    broker.install()
    return {
        "broker_url": env.env.str("BROKER_URL", default="memory://"),
        "broker_transport_options": {
            "visibility_timeout": 3 * HARD_LIMIT,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
        },
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_ignore_result": True,
        "task_routes": routes,
        "task_default_queue": name,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_acks_late": True,
        "worker_prefetch_multiplier": 1,
        "task_soft_time_limit": TASK_SECONDS,
        "task_time_limit": HARD_LIMIT,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_hijack_root_logger": False,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "timezone": "UTC",
    }

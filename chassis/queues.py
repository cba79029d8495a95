"""Celery for both services: no message is lost, and nothing waits for a broker that hangs.

Times are seconds. The broker delivers a message again after the visibility timeout, so that must be
longer than the longest task. Celery's result store reads it elsewhere: no results are stored.
"""

import base64
import json
import logging
from time import monotonic
from typing import Any

from billiard.einfo import ExceptionInfo
from celery import signals
from celery.worker import state
from kombu.transport import TRANSPORT_ALIASES, redis

from chassis import watchdog
from chassis.env import env

TASK_SECONDS = env.int("TASK_SECONDS", default=240)  # after this a task is interrupted and fails
HARD_LIMIT = 1.25 * TASK_SECONDS  # after this a task that ignored the interrupt is killed
logger = logging.getLogger(__name__)


def celery_settings(name: str, *, routes: dict[str, dict]) -> dict:
    """The Celery configuration of the service `name`; `routes` maps each task name to its queue."""
    for scheme in ("redis", "rediss"):  # of the broker's URL
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
    restore = {"unacked_restore_interval": 5, "unacked_restore_throttle": 1}
    timeouts = {"visibility_timeout": 3 * HARD_LIMIT, "socket_timeout": 5}
    return {
        "broker_url": env.str("BROKER_URL", default="memory://"),
        "broker_transport_options": timeouts | {"socket_connect_timeout": 2} | restore,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,  # a broker that refuses is waited for like one gone
        "task_ignore_result": True,
        "task_routes": routes,
        "task_default_queue": name,
        "accept_content": ["json"],
        "task_acks_late": True,
        "worker_prefetch_multiplier": 1,
        "task_soft_time_limit": TASK_SECONDS,
        "task_time_limit": HARD_LIMIT,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_hijack_root_logger": False,
        "worker_enable_remote_control": False,
    }


class Channel(redis.Channel):
    """Drops a message that is not JSON."""

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            logger.error("Dropped a malformed message: %s", error)
            return True


class Transport(redis.Transport):
    """Drops a message that is not a task: it would end the worker that reads it, and the next one.

    Both classes override private parts of kombu 5.7; tests/chassis/test_overrides.py checks them.
    """

    Channel = Channel

    def _deliver(self, message: Any, queue: str) -> None:
        if is_task(message) or queue.startswith("celeryev"):  # workers announce themselves there
            super()._deliver(message, queue)
        else:
            logger.error("Dropped a malformed message from %s: %.200r", queue, message)


def is_task(message: Any) -> bool:
    """Whether this is Celery's envelope of a task around [args, kwargs, options] in JSON."""
    try:
        body = json.loads(base64.b64decode(message["body"]))
    except (KeyError, TypeError, ValueError):
        return False
    match message, body:
        case {
            "content-type": "application/json",
            "headers": {"task": str(), "id": str()},
            "properties": {"delivery_tag": str()},
        }, [list(), dict(), dict()]:
            return True
    return False


class Failure(ExceptionInfo):
    """How a task failed, as its process tells the worker: without the frames of the traceback.

    With them it is some 70 KB. A pipe holds 64 KB and the worker does not read while it waits for
    its broker, so a time limit would cut the message in two, and the worker could read no other.
    """

    def __getstate__(self) -> dict:
        return self.__dict__ | {"tb": None, "traceback": ""}


@signals.task_failure.connect
def leave_out_frames(einfo: ExceptionInfo, **_: Any) -> None:
    """Send a failure without its traceback. Celery logs that, unless the task expects the error."""
    einfo.__class__ = Failure


@signals.worker_ready.connect
def watch(sender: Any, **_: Any) -> None:
    """End a worker whose main loop is dead, or that holds tasks which outlive their time limits."""
    held: set[str] = set()
    since = monotonic()

    def beat() -> None:
        nonlocal held, since
        now = {request.id for request in state.reserved_requests}
        if not now or now != held:
            held, since = now, monotonic()
        if monotonic() - since < HARD_LIMIT + watchdog.SECONDS:
            dog.beat()

    sender.hub.on_tick.add(beat)
    # A worker that was asked to stop finishes its task first.
    dog = watchdog.Watchdog(excused=lambda: state.should_stop is not None)

"""MALFORMED MESSAGES are logged and dropped: garbage in a queue must not end the process that reads
it.

kombu and Celery drop tasks that they don't know. What is no JSON at all, or has no arguments in it,
ends a worker, and comes back to the next one: so what no sender of ours can have written is thrown
away before they see it.
"""

import base64
import json
import logging

from kombu.transport import TRANSPORT_ALIASES, redis

EVENTS = "celeryev"  # queues in which workers tell each other that they live
logger = logging.getLogger(__name__)


class Channel(redis.Channel):
    def _brpop_read(self, **options):
        try:
            return super()._brpop_read(**options)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            logger.error("Dropped a malformed message: %s", error)
            return True


class Transport(redis.Transport):
    """The Redis transport of kombu, which passes on nothing but well-formed tasks."""

    Channel = Channel

    def _deliver(self, message, queue):
        if is_task(message) or queue.startswith(EVENTS):
            super()._deliver(message, queue)
        else:
            logger.error("Dropped a malformed message from %s: %.200r", queue, message)


def is_task(message):
    """Whether this is an envelope with a task's name and id, around [args, kwargs, options] in
    JSON."""
    try:
        names = [
            message["headers"]["task"],
            message["headers"]["id"],
            message["properties"]["delivery_tag"],
        ]
        args, kwargs, options = json.loads(base64.b64decode(message["body"]))
    except (KeyError, TypeError, ValueError):
        return False
    return (
        message.get("content-type") == "application/json"
        and all(isinstance(name, str) for name in names)
        and (type(args), type(kwargs), type(options)) == (list, dict, dict)
    )


def install():
    """From now on a broker_url of redis:// means this transport."""
    TRANSPORT_ALIASES["redis"] = f"{__name__}:Transport"

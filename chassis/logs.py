"""One line an event on standard error, with the instance and the request id, so that a request is
followed by grep."""

import logging

from chassis.headers import request_id


class RequestId(logging.Filter):
    """Gives every record the id of the request during which it was written (`-` outside one)."""

    def filter(self, record):
        record.request_id = request_id.get()
        return True


def config(instance):
    """Django's LOGGING for a process called `instance`."""
    line = f"%(asctime)s %(levelname)s {instance} %(request_id)s %(name)s: %(message)s"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": RequestId}},
        "formatters": {"line": {"format": line}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["request_id"],
            }
        },
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {"django.server": {"handlers": ["stderr"], "propagate": False, "level": "INFO"}},
    }

"""Log lines on standard error: one per event, with the instance and the request id, for grep."""

import logging

from chassis.headers import request_id


class RequestId(logging.Filter):
    """Add the id of the current request to every record (`-` outside a request)."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def config(instance: str) -> dict:
    """Django's LOGGING for the process called `instance`."""
    line = f"%(asctime)s %(levelname)s {instance} %(request_id)s %(name)s: %(message)s"
    stderr = {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": RequestId}},
        "formatters": {"line": {"format": line}},
        "handlers": {"stderr": stderr},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {"django.server": {"handlers": ["stderr"], "propagate": False, "level": "INFO"}},
    }

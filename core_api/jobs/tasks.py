"""ASYNCHRONOUS TASKS: long work goes to Celery workers, which scale alone and block nobody."""

from celery import shared_task


@shared_task(name="core.run_job", ignore_result=True)
def run_job(job_id):
    """Work on a job."""


def enqueue(job):
    """Nothing to do: the relay sees the row."""

"""JOBS: long tasks as experiments ask for them, and what the database knows of them."""

import datetime

from lab.failures import Failure
from lab.waiting import wait_until


def report(lab):
    """A chooser of requests for a sales report of the last 90 days, today included."""
    staff, today = lab.bearer("admin"), datetime.datetime.now(datetime.UTC).date()
    days = {"from": str(today - datetime.timedelta(days=89)), "to": str(today)}
    request = {
        "kind": "report",
        "method": "POST",
        "path": "/api/reports/",
        "headers": staff,
        "body": days,
    }
    return lambda chance: request


def unfinished(lab):
    """How many jobs are queued or running."""
    ((count,),) = lab.sql(
        "core", "SELECT count(*) FROM jobs_job WHERE state IN ('queued', 'running')"
    )
    return count


def wait_for_end(lab, seconds=60):
    """Returns when every job is done or failed; a Failure when one is not, after so many
    seconds."""
    if not wait_until(lambda: not unfinished(lab), seconds=seconds):
        raise Failure(
            f"{unfinished(lab)} jobs have not ended after {seconds} s", "./escala run again"
        )


def number(lab, state):
    """How many jobs are in this state, of all since the system was made."""
    ((count,),) = lab.sql("core", "SELECT count(*) FROM jobs_job WHERE state = %s", state)
    return count


def undone(lab, ids):
    """How many of these jobs are not done: they failed, or have not ended."""
    ((count,),) = lab.sql(
        "core", "SELECT count(*) FROM jobs_job WHERE state = 'done' AND id::text = ANY(%s)", ids
    )
    return len(ids) - count


def import_products(lab, lines):
    """Uploads a CSV of these lines, without its header: the id of the accepted job."""
    text = "\n".join(["sku,name,category,price,stock", *lines])
    mark = "the-file-ends-here"
    body = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="products.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\n{text}\r\n--{mark}--\r\n"
    )
    headers = lab.bearer("admin") | {"Content-Type": f"multipart/form-data; boundary={mark}"}
    return lab.ask("POST", "/api/imports/", body, headers)["id"]


def look_at(lab, job):
    """{state, attempts, progress, worker} of a job; `worker` is the process that holds it, or
    empty."""
    (row,) = lab.sql(
        "core", "SELECT state, attempts, progress, worker FROM jobs_job WHERE id = %s", job
    )
    found = dict(zip(("state", "attempts", "progress", "worker"), row, strict=True))
    return found | {"worker": found["worker"].partition(":")[0]}


def makespan(lab, ids):
    """Seconds from the acceptance of the first of these jobs to the end of the last."""
    ((seconds,),) = lab.sql(
        "core",
        "SELECT extract(epoch FROM max(finished_at) - min(created_at)) FROM jobs_job WHERE id::text = ANY(%s)",
        ids,
    )
    return float(seconds)

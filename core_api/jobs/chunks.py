"""Uploads and results as rows of at most 64 KB, written and read one at a time: memory stays flat
whatever the size."""

import io
from itertools import count

from core_api.jobs.models import JobChunk

SIZE = 64 * 1024  # bytes


def save_upload(job, file):
    """Write an uploaded file as the job's upload."""
    # file.chunks() gives a small file in one piece, whatever size is asked for.
    pieces = iter(lambda: file.read(SIZE), b"")
    for number, data in enumerate(pieces):
        JobChunk.objects.create(job=job, stream=JobChunk.Stream.UPLOAD, number=number, data=data)


def read(job_id, stream):
    """The bytes of a stream, chunk by chunk; each has a query of its own, so no cursor stays open
    in between."""
    for number in count():
        chunk = JobChunk.objects.filter(job_id=job_id, stream=stream, number=number).first()
        if chunk is None:
            return
        yield bytes(chunk.data)


class UploadReader(io.RawIOBase):
    """A job's upload as a file of bytes, fetched while it is read."""

    def __init__(self, job):
        self.chunks = read(job.pk, JobChunk.Stream.UPLOAD)
        self.rest = b""

    def readable(self):
        return True

    def readinto(self, buffer):
        self.rest = self.rest or next(self.chunks, b"")
        size = min(len(buffer), len(self.rest))
        buffer[:size], self.rest = self.rest[:size], self.rest[size:]
        return size

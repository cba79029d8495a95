"""Uploads and results as rows of 64 KB, so that memory use does not grow with a file."""

import io
from collections.abc import Iterator
from itertools import count

from core_api.jobs import services
from core_api.jobs.models import Job, JobChunk


def read(job_id, stream: str) -> Iterator[bytes]:
    """Yield the bytes of a stream. Each chunk has its own query, so no cursor stays open."""
    for number in count():
        chunk = JobChunk.objects.filter(job_id=job_id, stream=stream, number=number).first()
        if chunk is None:
            return
        yield bytes(chunk.data)


class UploadReader(io.RawIOBase):
    """The upload of a job as a binary file, fetched chunk by chunk."""

    def __init__(self, job: Job):
        self.chunks = read(job.pk, JobChunk.Stream.UPLOAD)
        self.rest = b""

    def readable(self):
        return True

    def readinto(self, buffer):
        self.rest = self.rest or next(self.chunks, b"")
        size = min(len(buffer), len(self.rest))
        buffer[:size], self.rest = self.rest[:size], self.rest[size:]
        return size


class ResultWriter:
    """A text file that becomes the job's result. Deletes what an earlier attempt wrote."""

    def __init__(self, job: Job):
        self.job, self.progress, self.bytes = job, 0, 0
        self.number, self.buffer = 0, bytearray()
        with services.while_claimed(job, progress=0):
            job.chunks.filter(stream=JobChunk.Stream.RESULT).delete()

    def write(self, text: str) -> None:
        self.buffer += text.encode()
        while len(self.buffer) >= JobChunk.SIZE:
            self.flush()

    def flush(self) -> None:
        data, self.buffer = bytes(self.buffer[: JobChunk.SIZE]), self.buffer[JobChunk.SIZE :]
        with services.while_claimed(self.job, progress=self.progress):
            self.job.chunks.create(stream=JobChunk.Stream.RESULT, number=self.number, data=data)
        self.number, self.bytes = self.number + 1, self.bytes + len(data)

    def close(self) -> None:
        if self.buffer:
            self.flush()

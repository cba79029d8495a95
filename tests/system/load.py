"""A little load: clients that ask for the catalogue over and over, and remember every answer that was not a 200."""

import http.client
import threading
import time
from collections import Counter

from lab.waiting import wait_until


class Load:
    """Runs while the `with` block runs; then `failures` and `served_by` tell what the clients saw."""

    def __init__(self, port, *, clients=3, path="/api/products/?page_size=1", pause=0.02):
        self.port, self.path, self.pause = port, path, pause
        self.failures, self.served_by, self.slowest = [], Counter(), 0
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def go_on(self, answers=150):
        """Returns when so many more answers have come, and each instance has had its chance."""
        enough = sum(self.served_by.values()) + answers
        assert wait_until(lambda: sum(self.served_by.values()) >= enough, seconds=60)

    def _ask(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self._stopped.wait(self.pause):
            start = time.monotonic()
            try:
                connection.request("GET", self.path)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
                continue
            self.slowest = max(self.slowest, time.monotonic() - start)
            self.served_by[answer.headers["X-Served-By"]] += 1
            if answer.status != 200:
                self.failures.append(answer.status)

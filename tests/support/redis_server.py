"""A real Redis for one test, which may freeze or kill it."""

import subprocess

import redis

from tests.support.edge import free_ports, until


class Server:
    """A Redis on a free port; send_signal() stops or kills it."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_ports(1)[0]
        self.client = redis.Redis(port=self.port, socket_timeout=5)

    def start(self):
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.folder.mkdir(exist_ok=True)
        self.process = subprocess.Popen([*command, "--dir", self.folder], stdout=subprocess.DEVNULL)
        until(self.answers, "Redis ready")

    def answers(self):
        try:
            return self.client.ping()
        except redis.RedisError:
            return False

    def overwrite(self, start, value):
        """Put these bytes into every key whose name in the cache begins with `start`."""
        for key in self.client.scan_iter(f":1:{start}*"):
            self.client.set(key, value, ex=60)

    def values(self, start):
        return [self.client.get(key) for key in self.client.scan_iter(f":1:{start}*")]

    def send_signal(self, number):
        self.process.send_signal(number)

    def end(self):
        self.process.kill()
        self.process.wait()

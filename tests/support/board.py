"""A browser's part in the tests of the board: its cookie, its acts, and its stream of ticks."""

import hashlib
import http.client
import json
import os
import resource
import subprocess
import sys
import time
from contextlib import closing, contextmanager

from lab.polling import wait_until
from lab.stack import credentials, desired, ports, readiness
from lab.stack.desired import DesiredState
from lab.stack.home import ROOT, Home


@contextmanager
def board_alone(folder, *, files=None):
    """A viewer of a board in a home where nothing else runs; it may open at most `files` files."""
    home = Home(folder, ports.free_base())
    home.create()
    desired.save(home, DesiredState())
    variables = {"ESCALA_HOME": str(home.folder), "ESCALA_PORT_BASE": str(home.port_base)}
    command = [sys.executable, "-m", "lab.board"]

    def limit():
        if files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | variables, preexec_fn=limit
    ) as process:
        try:
            assert wait_until(lambda: readiness.is_ready(home, "board"), seconds=60)
            viewer = Viewer(home)
            viewer.process = process
            yield viewer
        finally:
            process.terminate()
            assert process.wait(10) == 0


class Viewer:
    """Speaks to the board of one home, as its page does."""

    def __init__(self, home):
        self.port = home.port("board")
        self.token = credentials.load(home)["BOARD_TOKEN"]
        value = hashlib.sha256(f"cookie {self.token}".encode()).hexdigest()
        self.cookie = f"escala_board_{self.port}={value}"
        self.origin = f"http://127.0.0.1:{self.port}"

    def request(self, method, path, body=None, *, timeout=10, **headers):
        """(status, headers, text); a header of None is left out."""
        usual = {"Cookie": self.cookie}
        if method == "POST":
            usual |= {"Origin": self.origin, "X-Escala-Board": "1"}
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in (usual | changed).items() if value is not None}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with closing(connection):
            text = body if isinstance(body, str | None) else json.dumps(body)
            connection.request(method, path, text, sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()

    def act(self, verb, name=None, value=None):
        """(status, document) of the answer to an act."""
        body = {"verb": verb, "name": name, "value": value}
        status, _, text = self.request("POST", "/act", body)
        return status, json.loads(text)

    def snapshot(self):
        return json.loads(self.request("GET", "/state")[2])

    def box(self, name):
        return next(box for box in self.snapshot()["state"]["boxes"] if box["name"] == name)

    def truth(self):
        return self.snapshot()["state"]["truth"]

    def busy(self):
        """What is under way, or None."""
        return self.snapshot()["state"]["controls"]["busy"]

    def wait_for_truth(self, is_right, *, seconds):
        """The truth as soon as `is_right(truth)`."""
        found = wait_until(
            lambda: truth if is_right(truth := self.truth()) else None, seconds=seconds
        )
        assert found, self.truth()
        return found

    def final_truth(self, *, seconds):
        """The truth when the shoppers have stopped and each of their orders is whole."""
        self.done("rate", value=0)

        def is_final():
            state = self.snapshot()["state"]  # of one moment, which may be before the stop
            stopped = state["controls"]["rate"] == 0
            return state["truth"] if stopped and state["truth"]["open"] == 0 else None

        truth = wait_until(is_final, seconds=seconds)
        assert truth, self.truth()
        return truth

    def done(self, verb, name=None, value=None, *, seconds=60):
        """Does something and waits until it is done; its document."""
        # Another act may be under way, or there were five in this second.
        status, document = wait_until(
            lambda: answer if (answer := self.act(verb, name, value))[0] == 202 else None,
            seconds=seconds,
        ) or self.act(verb, name, value)
        assert status == 202, document

        def ended():
            act = self.find_act(document["number"])
            return act if act["state"] in ("done", "failed") else None

        act = wait_until(ended, seconds=seconds)
        assert act and act["state"] == "done", self.find_act(document["number"])
        return act

    def find_act(self, number):
        return next(act for act in self.snapshot()["acts"] if act["number"] == number)

    def events(self, seconds):
        """Yields (seconds since now, event, document) of the stream, for so long."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        with closing(connection):
            start = time.monotonic()
            connection.request("GET", "/events", headers={"Cookie": self.cookie})
            stream = connection.getresponse()
            while time.monotonic() < start + seconds:
                line = stream.readline().decode()
                if line.startswith("event: "):
                    event = line[7:].strip()
                elif line.startswith("data: "):
                    yield time.monotonic() - start, event, json.loads(line[6:])

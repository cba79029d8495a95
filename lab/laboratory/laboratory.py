"""LABORATORY: what an experiment works with: one system, one load generator, one file of raw
records.

Everything ends with the `with` block: also on Ctrl-C, a failure, or a polite kill.
"""

import http.client
import json
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from lab import console
from lab.analysis import capacity
from lab.errors import Failure
from lab.laboratory.disposable_system import System
from lab.stack import credentials, faults, haproxy, postgres, process_tree, status
from lab.workload import load


@contextmanager
def laboratory(*, quick, seed, proving=False):
    """A laboratory without an experiment yet; begin() gives it one."""
    with tempfile.TemporaryDirectory(prefix="escala-lab-") as folder:
        lab = Laboratory(Path(folder), quick=quick, seed=seed, proving=proving)
        with process_tree.cleanup_on_exit(lab.end):
            yield lab


class Laboratory:
    """The hands of an experiment's measure(); whatever it does here lands in the records."""

    def __init__(self, folder, *, quick, seed, proving):
        self.quick, self.seed, self.proving = quick, seed, proving
        self.system, self.generator = System(folder), load.Generator()
        self.experiment = self.writer = None
        self._acts = []

    def end(self):
        """Ends the generator and the system, and removes what they made."""
        with console.step("everything ended"):
            self.generator.end()
            self.system.end()

    def begin(self, experiment, writer):
        """From now on records go to `writer`, and in a proof the experiment's own PROOF is in
        force."""
        self.experiment, self.writer = experiment, writer

    def give_up(self, why, **more):
        """Records why the experiment could not be measured; the next one begins with a new
        system."""
        self.fact("failure", what=why, **more)
        try:
            self.system.end()
        except Exception as error:  # it is in no state to be ended in good order
            console.say(f"  the system could not be ended in good order ({error}), so it is killed")
            self.system.kill()

    def set(self, *, patches=(), **asked):
        """Makes the system this (see System.set), with the experiment's proof upon it when it is to
        be proved."""
        if self.proving:
            patches = (
                *patches,
                *(name for name in self.experiment.PROOF.patches if name not in patches),
            )
            asked |= self.experiment.PROOF.levers
        self.system.set(patches=patches, **asked)

    def load(self, choose, *, rate, seconds, warmup=0.5, during=(), draw=None, **labels):
        """Sends `rate` requests a second for so many seconds, and records them as a phase with
        these labels.

        `during` are (second, function) to do meanwhile. Phases of the same `draw` get the same
        arrivals; each has its own when none is given.
        """
        number = self.writer.phases
        seed = f"{self.seed}/{self.experiment.ID}/{number if draw is None else draw}"
        requests = load.arrivals(choose, rate=rate, seconds=seconds, seed=seed)
        self._acts = []
        zero, records = self.generator.perform(self.system.front, requests, during)
        events = [{"what": what, "at": round(at - zero, 3)} for what, at in self._acts]
        return self.writer.phase(labels, (rate, seconds, warmup), records, events)

    def capacity(self, choose, objective, *, guess, seconds, precision, **labels):
        """Searches the capacity under this load; every probe is a phase with these labels. The rate
        that was found."""

        def passes(rate):
            return objective.is_met_by(self.load(choose, rate=rate, seconds=seconds, **labels))

        return capacity.search(passes, guess, precision=precision)

    def kill(self, name, number="KILL"):
        """Strikes a process; recorded as an event of the phase it happens in."""
        self.note(f"{number.lower()} {name}")
        faults.kill(self.system.home, name, number)

    def start(self, name):
        """Brings a process back that was killed or frozen; it is ready when this returns."""
        self.note(f"start {name}")
        faults.start(self.system.home, name)

    def stop(self, name):
        """Takes a process away in good order, by the command of the system's own tree, patches
        included."""
        self.note(f"drain {name}")
        self.system.command("stop", name)

    def note(self, what):
        """Records an event of the phase that is under way, as of this moment."""
        self._acts.append((what, time.monotonic()))

    def fact(self, name, **values):
        self.writer.fact(name, **values)

    def memory_mb(self):
        """Megabytes that all processes of the system cost, pages that several share counted
        once."""
        return round(process_tree.memory(process_tree.processes_of(self.system.home)) / 1e6)

    def second_attempts(self, phase):
        """How often HAProxy sent requests of this phase again, as its log says; the first attempts
        don't count."""
        sent = {request.get("id") for request in phase.requests}
        log = self.system.home.log("haproxy")
        return sum(times for request, times in haproxy.second_attempts(log) if request in sent)

    def audit(self):
        """Checks every invariant; what is violated makes the verdict unknown."""
        self.fact("audit", violations=self.system.command("audit")["violations"])

    def sql(self, service, statement, *arguments):
        """The rows that a statement gives in the database of `core` or `analytics`."""
        password = credentials.load(self.system.home)[f"{service.upper()}_DATABASE_PASSWORD"]
        with postgres.connect(self.system.home.port("postgres"), service, password) as connection:
            found = connection.execute(statement, arguments)
            return found.fetchall() if found.description else []

    def answer(self, method, path, document=None, headers=None, at="haproxy"):
        """One request outside of any load: (status, headers, document); `at` may name an instance,
        asked directly.

        `document` is sent as JSON, a text as it is.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.system.home.port(at), timeout=10)
        body = document if isinstance(document, str | None) else json.dumps(document)
        connection.request(
            method, path, body, {"Content-Type": "application/json"} | (headers or {})
        )
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, answer.headers, json.loads(text) if text else None

    def ask(self, method, path, document=None, headers=None):
        """One request outside of any load, which must succeed: the answer's document."""
        code, _, told = self.answer(method, path, document, headers)
        if code >= 300:
            raise Failure(
                f"{method} {path} was answered {code}: {str(told)[:200]}", "./escala run again"
            )
        return told

    def login(self, who="customer"):
        """Username and password of `customer` or `admin`."""
        return {
            name: status.logins(self.system.home)[who][name] for name in ("username", "password")
        }

    def bearer(self, who="customer", at="haproxy"):
        """The headers of somebody who has just logged in, with the cookies that a browser would
        have got."""
        code, headers, pair = self.answer("POST", "/api/token/", self.login(who), at=at)
        if code != 200:
            raise Failure(f"{who} cannot log in: {pair}", "./escala run again")
        cookies = [cookie.partition(";")[0] for cookie in headers.get_all("Set-Cookie", [])]
        bearer = {"Authorization": f"Bearer {pair['access']}"}
        return bearer | ({"Cookie": "; ".join(cookies)} if cookies else {})

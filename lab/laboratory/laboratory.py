"""The laboratory: what an experiment works with to change the system and record what happens.

It has one system, one load generator and one file of raw records. Everything ends with the `with`
block, also on Ctrl-C, a failure or SIGTERM.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from lab import console
from lab.analysis import capacity, disturbance, records
from lab.analysis.capacity import Objective
from lab.analysis.records import Phase, Records, Writer
from lab.experiments.shared.protocol import Experiment
from lab.laboratory import attempts, repeats, until_decided
from lab.laboratory.access import Access
from lab.laboratory.disposable_system import System
from lab.laboratory.repeats import Plan
from lab.stack import desired, faults, process_tree
from lab.stack.tracing import haproxy_log
from lab.workload import load
from lab.workload.load import Action, Request, RequestFactory

REPEATS = 2  # how often a phase that neighbours disturbed is measured again


@contextmanager
def laboratory(
    *, quick: bool, seed: int, proving: bool = False, keep: bool = False
) -> "Iterator[Laboratory]":
    """A laboratory without an experiment yet; begin() sets the experiment.

    With `keep`, the system of an experiment that failed is left for leave().
    """
    folder = Path(tempfile.mkdtemp(prefix="escala-lab-"))
    lab = Laboratory(folder, quick=quick, seed=seed, proving=proving)
    lab.keep = keep
    with process_tree.cleanup_on_exit(lab.end):
        yield lab


class Laboratory(Access):
    """What measure() of an experiment gets; load, faults, facts and audits are recorded."""

    experiment: Experiment
    writer: Writer
    keep, left = False, False
    _disturbed = False  # whether a phase stayed disturbed although it was repeated
    _zero = 0.0  # the monotonic second 0 of the last phase

    def __init__(self, folder: Path, *, quick: bool, seed: int, proving: bool) -> None:
        self.quick, self.seed, self.proving = quick, seed, proving
        self.system, self.generator = System(folder), load.Generator()
        self._events: list[tuple[str, float]] = []

    # The life of the laboratory.

    def begin(self, experiment: Experiment, writer: Writer) -> None:
        """Starts an experiment: from now on records go to `writer`."""
        self.experiment, self.writer, self._disturbed = experiment, writer, False

    def abandon(self, why: str, **more: Any) -> None:
        """Records why the experiment could not be measured; the next one gets a new system."""
        self.fact("failure", what=why, **more)
        if self.keep:
            return
        try:
            self.system.end()
        except Exception as error:
            console.say(f"  the system could not be shut down ({error}), so it is killed")
            self.system.kill()

    def leave(self) -> dict[str, str] | None:
        """Leaves the system as it is when the laboratory ends; {home, front}, None without one."""
        self.left = self.system.supervisor.is_alive()
        where = {"home": str(self.system.home.folder), "front": self.system.front}
        return where if self.left else None

    def end(self) -> None:
        """Ends the generator and, unless it is left, the system; removes their files."""
        with console.step("everything else ended" if self.left else "everything ended"):
            self.generator.end()
            if not self.left:
                self.system.end()
                shutil.rmtree(self.system.home.folder, ignore_errors=True)

    # Changing the system.

    def configure(self, *, patches: Iterable[str] = (), **settings: Any) -> None:
        """Brings the system to these settings (see System.configure); a proof adds its PROOF."""
        if self.proving:
            proof = self.experiment.PROOF
            patches = dict.fromkeys([*patches, *proof.patches])
            settings |= proof.levers
        self.system.configure(patches=tuple(patches), **settings)

    def kill(self, name: str, signal: str = "KILL") -> None:
        """Sends a signal to a process; recorded as an event of the current phase."""
        self.note(f"{signal.lower()} {name}")
        faults.kill(self.system.home, name, signal)

    def start(self, name: str) -> None:
        """Starts a killed process or continues a frozen one; returns when it is ready."""
        self.note(f"start {name}")
        faults.start(self.system.home, name)

    def stop(self, name: str) -> None:
        """Stops a process gracefully with the patched copy's command `./escala stop`."""
        self.note(f"drain {name}")
        self.system.command("stop", name)

    # Load, and what is recorded.

    def turns(self, least: int, most: int) -> Iterator[int]:
        """The numbers of the turns to measure: at least `least`, at most `most`.

        They end as soon as every condition is decided (lab/laboratory/until_decided.py).
        """
        return until_decided.turns(self, least, most)

    def load(
        self,
        make_request: RequestFactory,
        *,
        rate: float,
        seconds: float,
        warmup: float = 0.5,
        during: Iterable[Action] = (),
        draw: Any = None,
        again: bool = False,
        prepare: Callable[[], object] | None = None,
        limit: float | None = None,
        **labels: Any,
    ) -> Phase:
        """Sends requests at `rate` per second for `seconds` seconds; recorded as a phase.

        The phase has these `labels`. Requests of the first `warmup` seconds are not counted.
        `during` are (second, function) to do meanwhile. Phases with the same `draw` get the same
        arrivals; without a `draw` each phase has its own.

        With `again` a phase that neighbours disturbed is set aside and measured again, at most
        REPEATS times. The experiment says so where that leads to the same state; `prepare()` is
        called before each attempt. When that does not help, the verdict is unknown, and no more
        phases of the experiment are repeated.

        With a `limit` (seconds) the phase ends as soon as its p95 cannot stay below it any more.
        """
        number = self.writer.phases
        seed = f"{self.seed}/{self.experiment.ID}/{number if draw is None else draw}"
        requests = load.arrivals(make_request, rate=rate, seconds=seconds, seed=seed)
        home, times = self.system.home, (rate, seconds, warmup)
        enough = load.enough(requests, warmup, limit) if limit else None
        plan = Plan(labels, times, requests, during, prepare, enough)
        position = haproxy_log.size(home.log("haproxy"))
        phase = repeats.measure(self, plan, repeats=REPEATS * (again and not self._disturbed))
        self._disturbed |= again and disturbance.is_disturbed(phase.others)
        if found := attempts.around_first_failure(home, phase, position, self._zero):
            self.fact("attempts", phase=phase.number, **found)
        return phase

    def send(
        self,
        requests: list[Request],
        during: Iterable[Action],
        enough: dict[str, float] | None = None,
    ) -> tuple[list[dict], list[dict]]:
        """(records, events) of one attempt at a phase: its requests, and what was noted."""
        self._events = []
        limits = {"enough": enough} if enough else {}
        zero, records = self.generator.send(self.system.front, requests, during, **limits)
        self._zero = zero
        return records, [{"what": what, "at": round(at - zero, 3)} for what, at in self._events]

    def capacity(
        self,
        make_request: RequestFactory,
        objective: Objective,
        *,
        guess: float,
        seconds: float,
        precision: float,
        **labels: Any,
    ) -> float:
        """Searches the capacity under this load, in requests/s; each attempt is a phase.

        The processor time of each phase is a fact. When no rate is carried, the lowest that was
        tried is returned, so that the experiment can go on, and recorded as a doubt: the verdict
        will be unknown.
        """
        phases: list[Phase] = []

        def passes(rate: float) -> bool:
            before: dict[str, float] = {}
            phase = self.load(
                make_request,
                rate=rate,
                seconds=seconds,
                again=True,
                limit=objective.p95_ms / 1000,
                prepare=lambda: before.update(self.processor_seconds()),
                **labels,
            )
            after = self.processor_seconds()
            spent = {part: round(after[part] - before.get(part, 0), 3) for part in after}
            self.fact("processor time", phase=phase.number, seconds=spent)
            phases.append(phase)
            return objective.is_met_by(phase)

        found = capacity.search(
            passes,
            guess,
            precision=precision,
            is_hopeless=lambda: objective.is_hopeless(phases[-1]),
        )
        if found.why:
            self.fact("no capacity", why=found.why, labels=labels)
        return found.rate

    def watched(self) -> AbstractContextManager[None]:
        """Records what neighbours take during a `with` block that measures without load()."""
        return repeats.watched(self)

    def note(self, what: str) -> None:
        """Records an event of the current phase, at the current time."""
        self._events.append((what, time.monotonic()))

    def fact(self, name: str, **values: Any) -> None:
        """Records something that was measured outside the load."""
        self.writer.fact(name, **values)

    def audit(self) -> None:
        """Checks every invariant; a violation makes the verdict unknown."""
        self.fact("audit", violations=self.system.command("audit")["violations"])

    def processor_seconds(self) -> dict[str, float]:
        """{part: seconds of processor time until now}: each kind of process, and the generator."""
        found = {"generator": process_tree.cpu_seconds(self.generator.process.pid)}
        for name, (_, pid) in self.system.supervisor.states().items():
            part = desired.kind(name)
            found[part] = found.get(part, 0.0) + (process_tree.cpu_seconds(pid) if pid else 0.0)
        return found

    def recorded(self) -> Records:
        """What this experiment has recorded until now."""
        return records.read(self.writer.file.name)

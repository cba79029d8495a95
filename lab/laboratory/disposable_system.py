"""A disposable system: a whole system for experiments, in a copy of this tree.

One call of `configure` brings it to what an experiment needs, including patches. What the call
does not name gets its default. So one system serves one experiment after the other, and none
depends on what the previous one left behind.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from lab import console
from lab.errors import Failure, WrongUsage
from lab.patches import Patch, apply_patch, changed_files, copy_tree, patch_named
from lab.polling import repeated
from lab.stack import desired, down, levers, ports, process_tree, readiness, scale
from lab.stack.desired import DesiredState
from lab.stack.haproxy import HAProxy
from lab.stack.home import ROOT, Home
from lab.stack.supervisor import Supervisor

NICE = 10  # lower priority than the load generator, so that requests are sent on time
SMALL_SHOP = {"SEED_PRODUCTS": "500", "SEED_ORDERS": "500"}
# A dead worker's job is taken over after 4 s instead of 15.
SHORT_DELAYS = {
    "JOB_HEARTBEAT_SECONDS": "0.5",
    "JOB_SILENT_SECONDS": "4",
    "RESEND_SECONDS": "3",
}
# The kinds of processes that read a folder or file of the root: they restart when it is patched.
KINDS_BY_PATH = {
    "haproxy": {"haproxy"},
    "core_api": {"core", "worker", "relay"},
    "analytics_api": {"analytics", "recorder"},
    "chassis": {"core", "worker", "relay", "analytics", "recorder"},
    "login_limits": {"core", "analytics"},
    "gunicorn.conf.py": {"core", "analytics"},
    "lab": set(),  # its commands start a new process each time, see command()
}


class CommandFailed(Failure):
    """A command that could not do its work; another attempt may succeed."""


class System:
    """A system in an empty `folder` of its own; end() leaves neither processes nor files."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder, ports.free_base())
        self.tree = self.home.tree
        self.front = f"http://127.0.0.1:{self.home.port('haproxy')}"
        self.supervisor = Supervisor(self.home)
        self.patches: tuple[str, ...] = ()
        self._said = ""

    def configure(
        self,
        *,
        replicas: int = 2,
        analytics: int = 1,
        workers: int = 1,
        patches: tuple[str, ...] = (),
        **chosen: str,
    ) -> None:
        """Brings the system to exactly this state, with all of it healthy.

        `chosen` are levers. Processes that an experiment killed or froze run again afterwards.
        """
        choices = levers.DEFAULTS | levers.parse(
            f"{name}={value}" for name, value in chosen.items()
        )
        levers.check_possible(choices)
        target = DesiredState(replicas, analytics, workers, choices)
        if self._said != (says := in_words(target, patches)):
            console.say(console.wrapped(f"  system: {says}", 4))
            self._said = says
        differing = set(patches) ^ set(self.patches)
        if not self.tree.exists() or any(_changes_tables(patch_named(p)) for p in differing):
            self._start(patches, target)
        kinds = self.apply_patches(patches)
        kinds |= levers.kinds_to_restart(desired.load(self.home).levers, choices)
        self._change_to(target, restart=kinds)

    def command(self, *words: str) -> dict[str, Any]:
        """The document of `./escala WORDS --json` in this system; a Failure when it failed.

        Exit code 1 alone is no failure: it says that something in the system is not healthy. A
        command that failed is repeated for polling.PATIENCE seconds: each one leads to a state, so
        that a second time does no harm.
        """
        return repeated(partial(self._command, *words), on=CommandFailed)

    def _command(self, *words: str) -> dict[str, Any]:
        done = self._run_lab(*words, "--json")
        document = json.loads(done.stdout or "{}") if done.returncode in (0, 1, 2) else {}
        if "error" in document or not document:
            why = document["error"]["what"] if document else done.stderr[-500:]
            kind = WrongUsage if done.returncode == WrongUsage.code else CommandFailed
            raise kind(f"{' '.join(words)} failed: {why}", "./escala run again")
        return document

    def end(self) -> None:
        """Ends every process of this system and removes its data."""
        if self.home.folder.exists():
            down.down(self.home, wipe=True)
        shutil.rmtree(self.tree, ignore_errors=True)

    def kill(self) -> None:
        """Kills every process of this system and removes its data."""
        for _ in range(5):  # again, for processes that were started meanwhile
            process_tree.end(process_tree.processes_of(self.home), seconds=1)
        shutil.rmtree(self.home.folder, ignore_errors=True)
        shutil.rmtree(self.tree, ignore_errors=True)

    def apply_patches(self, patches: Iterable[str]) -> set[str]:
        """Gives the copy exactly these patches; the kinds of processes whose code has changed."""
        patches = tuple(patches)
        if patches == self.patches:
            return set()
        files = {file for p in (*self.patches, *patches) for file in changed_files(patch_named(p))}
        before = {file: (self.tree / file).read_bytes() for file in files}
        for file in files:
            shutil.copy2(ROOT / file, self.tree / file)
        for name in patches:
            apply_patch(patch_named(name), self.tree)
        self.patches = patches
        changed = [file for file in files if (self.tree / file).read_bytes() != before[file]]
        return {kind for file in changed for kind in KINDS_BY_PATH[Path(file).parts[0]]}

    def _start(self, patches: tuple[str, ...], target: DesiredState) -> None:
        self.end()
        copy_tree(self.tree)
        self.patches = ()
        self.apply_patches(patches)
        self.home.create()
        desired.save(self.home, target)
        repeated(self._up, on=CommandFailed)
        self._lower_priority()

    def _up(self) -> None:
        done = self._run_lab("up")
        if done.returncode:
            raise CommandFailed(
                f"the system did not start: {done.stderr[-2000:]}", "./escala up shows more"
            )

    def _run_lab(self, *words: str) -> subprocess.CompletedProcess:
        where = {"ESCALA_HOME": str(self.home.folder), "ESCALA_PORT_BASE": str(self.home.port_base)}
        command = ["nice", "-n", str(NICE), sys.executable, "-m", "lab", *words]
        return subprocess.run(
            command,
            cwd=self.tree,
            env=os.environ | SMALL_SHOP | SHORT_DELAYS | where | {"BOARD": "off"},
            capture_output=True,
            text=True,
        )

    def _lower_priority(self) -> None:
        # With autogroup, Linux first divides the processors among sessions, and `nice` counts only
        # within a session. The supervisor has a session of its own.
        session = Path(f"/proc/{self.supervisor.api.getPID()}/autogroup")
        if session.exists():
            session.write_text(str(NICE))

    def _change_to(self, target: DesiredState, *, restart: set[str]) -> None:
        for state, pid in self.supervisor.states().values():
            if state == "frozen" and pid:
                process_tree.resume(pid)
        before = desired.load(self.home).names()
        stale = [name for name in target.names() if desired.kind(name) in restart]
        self._stop([name for name in before if name not in target.names()] + stale)
        desired.save(self.home, target)
        for name in target.names():
            self.supervisor.start_process(name)
        readiness.wait_ready(self.supervisor, target.names())
        HAProxy(self.home).close_other_slots(target.instances())
        HAProxy(self.home).enable(target.instances())

    def _stop(self, names: list[str]) -> None:
        # All at once, without draining: there is no load at the moment.
        before = self.supervisor.states()
        for name in names:
            self.supervisor.stop_process(name)
        for name in names:
            scale.wait_ended(self.supervisor, name, before[name][1])


def in_words(state: DesiredState, patches: tuple[str, ...]) -> str:
    """What differs between the systems of experiments, for the terminal."""
    counts = [f"{group}={getattr(state, group)}" for group in desired.LIMITS]
    changed = [f"{n}={value}" for n, value in state.levers.items() if value != levers.DEFAULTS[n]]
    return ", ".join([*counts, *changed, *(f"{name}.patch" for name in patches)])


def _changes_tables(patch: Patch) -> bool:
    return any("migrations" in Path(file).parts for file in changed_files(patch))

"""SYSTEM: a whole system of its own for experiments, made from a copy of this tree, and gone when
they are done.

One call of `set` brings it to what an experiment needs, patches included; what is not named is as
`up` sets it. So one system serves experiment after experiment, and none depends on what the last
one left behind.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from lab.errors import Failure
from lab.patches import apply_patch, changed_files, copy_tree, patch_named
from lab.stack import desired, down, levers, ports, process_tree, readiness, scale
from lab.stack.haproxy import HAProxy
from lab.stack.home import ROOT, Home
from lab.stack.supervisor import Supervisor

NICE = 10  # the system gives way to the load generator, so that the load is what was asked for
SMALL = {"SEED_PRODUCTS": "500", "SEED_ORDERS": "500"}
# Whoever waits for a dead worker's job waits 4 s instead of 15.
SHORT = {"JOB_HEARTBEAT_SECONDS": "0.5", "JOB_SILENT_SECONDS": "4", "RESEND_SECONDS": "3"}
# Which processes have to start again when a patch changes something in a room.
ROOMS = {
    "haproxy": {"haproxy"},
    "core_api": {"core", "worker", "relay"},
    "analytics_api": {"analytics", "recorder"},
    "chassis": {"core", "worker", "relay", "analytics", "recorder"},
    "login_limits": {"core", "analytics"},
    "gunicorn.conf.py": {"core", "analytics"},
    "lab": set(),  # the commands of this tree, see command()
}


class System:
    """`folder` is an empty one that belongs to this system; end() leaves nothing in it that
    runs."""

    def __init__(self, folder):
        self.tree = Path(folder) / "tree"
        self.home = Home(Path(folder) / "home", ports.free_base())
        self.front = f"http://127.0.0.1:{self.home.port('haproxy')}"
        self.supervisor = Supervisor(self.home)
        self.patches = ()

    def set(self, *, replicas=2, analytics=1, workers=1, patches=(), **chosen):
        """Makes the system exactly this, all of it healthy; whatever an experiment killed or froze
        is back."""
        choices = levers.DEFAULTS | levers.parse(
            f"{name}={value}" for name, value in chosen.items()
        )
        levers.check_possible(choices)
        asked = desired.DesiredState(replicas, analytics, workers, choices)
        others = set(patches) ^ set(self.patches)
        if not self.tree.exists() or any(_changes_tables(patch_named(name)) for name in others):
            self._start(patches, asked)
        touched = self.take_away(patches) | levers.kinds_to_restart(
            desired.load(self.home).levers, choices
        )
        self._become(asked, touched)

    def command(self, *words):
        """What `./escala WORDS --json` says in this system; that something is not well (exit code
        1) is an answer too.

        A Failure when the command could not be done.
        """
        done = self._lab(*words, "--json")
        told = json.loads(done.stdout or "{}") if done.returncode in (0, 1) else {}
        if "error" in told or not told:
            why = told["error"]["what"] if told else done.stderr[-500:]
            raise Failure(f"{' '.join(words)} failed: {why}", "./escala run again")
        return told

    def end(self):
        """Ends every process of this system and removes its data."""
        if self.home.folder.exists():
            down.down(self.home, wipe=True)
        shutil.rmtree(self.tree, ignore_errors=True)

    def kill(self):
        """Ends every process of this system at once, and removes its data."""
        for _ in range(5):  # again for those that were born meanwhile
            process_tree.end(process_tree.processes_of(self.home), seconds=1)
        shutil.rmtree(self.home.folder, ignore_errors=True)
        shutil.rmtree(self.tree, ignore_errors=True)

    def _start(self, patches, asked):
        self.end()
        copy_tree(self.tree)
        self.patches = ()
        self.take_away(patches)
        self.home.create()
        desired.save(self.home, asked)
        done = self._lab("up")
        if done.returncode:
            raise Failure(
                f"the system did not start: {done.stderr[-2000:]}", "./escala up shows more"
            )
        self._give_way()

    def _lab(self, *words):
        where = {"ESCALA_HOME": str(self.home.folder), "ESCALA_PORT_BASE": str(self.home.port_base)}
        command = ["nice", "-n", str(NICE), sys.executable, "-m", "lab", *words]
        return subprocess.run(
            command,
            cwd=self.tree,
            env=os.environ | SMALL | SHORT | where,
            capture_output=True,
            text=True,
        )

    def _give_way(self):
        # Linux may share the processors among sessions first: then nice counts within one, and the
        # session has its own.
        session = Path(f"/proc/{self.supervisor.api.getPID()}/autogroup")
        if session.exists():
            session.write_text(str(NICE))

    def take_away(self, patches):
        """Makes the copy what it is with these patches and no others; the kinds of processes that
        read what changed."""
        if tuple(patches) == self.patches:
            return set()
        changed = [
            file for name in (*self.patches, *patches) for file in changed_files(patch_named(name))
        ]
        for file in changed:
            shutil.copy2(ROOT / file, self.tree / file)
        for name in patches:
            apply_patch(patch_named(name), self.tree)
        self.patches = tuple(patches)
        return {kind for file in changed for kind in ROOMS[Path(file).parts[0]]}

    def _become(self, asked, touched):
        for name in reversed(desired.load(self.home).names()):
            if name not in asked.names():
                scale.remove(self.supervisor, name, quietly=True)
        desired.save(self.home, asked)
        self._stop([name for name in asked.names() if desired.kind(name) in touched])
        for state, pid in self.supervisor.states().values():
            if state == "frozen":
                process_tree.resume(pid)
        for name in asked.names():
            self.supervisor.start_process(name)
        readiness.wait_ready(self.supervisor, asked.names())
        HAProxy(self.home).close_other_slots(asked.instances())
        HAProxy(self.home).enable(asked.instances())

    def _stop(self, names):
        # All at once: nobody asks anything now, so nobody has to be waited for.
        for name in names:
            self.supervisor.stop_process(name)
        for name in names:
            if not self.supervisor.wait_stopped(name, seconds=30):
                raise Failure(
                    f"{name} did not end within 30 s", "./escala run again", log=self.home.log(name)
                )


def _changes_tables(patch):
    return any("migrations" in Path(file).parts for file in changed_files(patch))

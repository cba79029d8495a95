"""The supervisor, which keeps the processes running: its configuration, its start, and its API."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import xmlrpc.client
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from supervisor import events
from supervisor.xmlrpc import SupervisorTransport, UnixStreamHTTPConnection

from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import process_tree, processes
from lab.stack.desired import all_names
from lab.stack.home import ROOT, Home, write_private

SETTINGS = """\
[unix_http_server]
file = {socket}
chmod = 0600

[supervisord]
logfile = logs/supervisor.log
pidfile = config/supervisor.pid
childlogdir = logs
{user}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[rpcinterface:log_rotation]
supervisor.rpcinterface_factory = lab.stack.supervisor:rotate_logs
"""
# A process that a command stopped stays down; one that ends otherwise is started again. The waits
# between failed starts are 1, 2, 3 ... seconds. A process writes to its log itself (launch.py): in
# a pipe to the supervisor its lines would wait, and the process with them, while that hangs. The
# supervisor writes there only what a process says that fails before.
PROGRAM = """
[program:{name}]
command = {command}
directory = {root}
autostart = false
autorestart = true
startsecs = 1
startretries = 60
stopsignal = {signal}
stopwaitsecs = {seconds}
killasgroup = true
redirect_stderr = true
stdout_logfile = logs/{name}.log
stdout_logfile_maxbytes = 0
"""
ANSWER_SECONDS = 10  # a supervisor that is suspended never answers
LARGEST_LOG = 10_000_000  # bytes; the older part beside it is about as large
NOT_RUNNING_FAULT, ALREADY_STARTED_FAULT = 70, 60


def rotate_logs(supervisord: object) -> object:
    """Let the supervisor rotate its logs every 5 seconds; it calls this when it starts."""
    events.subscribe(events.Tick5Event, lambda event: rotate(Path("logs")))
    return object()


def rotate(folder: Path) -> None:
    """Move the content of each log that is too large to `NAME.log.1`.

    Its process appends, so it goes on in the emptied file. Lines of that very moment may be lost.
    A log that cannot be rotated now stays.
    """
    for path in folder.glob("*.log"):
        with suppress(OSError):
            if path.stat().st_size > LARGEST_LOG:
                with open(path, "rb") as log, open(f"{path}.1", "wb") as older:
                    shutil.copyfileobj(log, older)
                    os.truncate(path, 0)


class Connection(UnixStreamHTTPConnection):
    """A connection that gives up when the supervisor does not answer."""

    def connect(self) -> None:
        """Connect to the socket; each later step may take ANSWER_SECONDS."""
        super().connect()
        self.sock.settimeout(ANSWER_SECONDS)


class Supervisor:
    """The supervisor of one home. Every method but is_alive() and start() needs it to run."""

    def __init__(self, home: Home) -> None:
        self.home = home

    @property
    def api(self) -> Any:
        """The supervisor's XML-RPC interface, on a new connection to its Unix socket."""
        # A kept connection would be broken after a restart of the supervisor.
        transport = SupervisorTransport(serverurl=f"unix://{self.home.supervisor_socket}")
        connection = Connection("localhost")
        connection.socketfile = str(self.home.supervisor_socket)
        transport._get_connection = lambda: connection
        return xmlrpc.client.ServerProxy("http://localhost", transport=transport).supervisor

    def is_alive(self) -> bool:
        """Return whether the supervisor runs and answers."""
        try:
            return self.api.getState()["statename"] == "RUNNING"
        except (OSError, xmlrpc.client.Error):
            return False

    def pid(self) -> int | None:
        """Return the pid of the supervisor's process, also when it does not answer."""
        for process in process_tree.processes_of(self.home, "supervisor"):
            with suppress(psutil.Error):
                # A process that the supervisor has just started still has its environment.
                if "supervisor.supervisord" in process.cmdline():
                    return process.pid
        return None

    def resume(self) -> None:
        """Let a suspended supervisor continue."""
        pid = self.pid()
        if pid and process_tree.is_frozen(pid):
            process_tree.send_signal([psutil.Process(pid)], signal.SIGCONT)

    def start(self) -> None:
        """Start the supervisor; it starts no process by itself."""
        write_private(self.home.config / "supervisor.conf", self._configuration())
        variables = os.environ | {
            "ESCALA_HOME": str(self.home.folder),
            "ESCALA_PORT_BASE": str(self.home.port_base),
            "ESCALA_PROCESS": "supervisor",
            "PYTHONPATH": str(ROOT),  # for rotate_logs()
        }
        command = [
            *(sys.executable, "-P", "-m", "supervisor.supervisord"),
            *("-c", str(self.home.config / "supervisor.conf")),
        ]
        done = subprocess.run(
            command, env=variables, cwd=self.home.folder, capture_output=True, text=True
        )
        if done.returncode or not wait_until(self.is_alive, seconds=15):
            what = f"the supervisor did not start: {(done.stdout + done.stderr).strip()}"
            raise Failure(what, "./escala down, then ./escala up", log=self.home.log("supervisor"))

    def shut_down(self) -> None:
        """Ask the supervisor to end; return without waiting."""
        self.api.shutdown()

    def states(self) -> dict[str, tuple[str, int | None]]:
        """Return {name: (state, pid)}.

        The states are supervisor's, in lower case, and two more: `frozen`, and `killed` for a
        process that `./escala kill` ended.
        """
        found = {}
        for process in self.api.getAllProcessInfo():
            state, pid = process["statename"].lower(), process["pid"]
            if pid and process_tree.is_frozen(pid):
                state = "frozen"
            elif state == "stopped" and self._killed_mark(process["name"]).exists():
                state = "killed"
            found[process["name"]] = (state, pid or None)
        return found

    def start_process(self, name: str) -> None:
        """Start a process unless it runs; return without waiting."""
        self._killed_mark(name).unlink(missing_ok=True)
        self._call(ALREADY_STARTED_FAULT, "startProcess", name, False)

    def mark_killed(self, name: str) -> None:
        """Remember until the next start that the process was killed: supervisor does not."""
        self._killed_mark(name).touch()

    def _killed_mark(self, name: str) -> Path:
        return self.home.config / f"{name}.killed"

    def stop_process(self, name: str) -> None:
        """Ask a process to end, and do not restart it; return without waiting."""
        self._call(NOT_RUNNING_FAULT, "stopProcess", name, False)

    def wait_stopped(self, name: str, *, seconds: float) -> bool:
        """Wait until the process has ended; return False when it still runs after `seconds`."""
        return wait_until(
            lambda: self.states()[name][0] in ("stopped", "killed", "exited", "fatal"),
            seconds=seconds,
        )

    def _call(self, harmless: int, method: str, *arguments: str | bool) -> None:
        try:
            getattr(self.api, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != harmless:
                raise

    def _configuration(self) -> str:
        user = "user = root\n" if os.geteuid() == 0 else ""
        # The paths of logs are relative to the home, where the supervisor runs. In an absolute path
        # a percent sign would have to be escaped twice.
        text = SETTINGS.format(socket=_escaped(self.home.supervisor_socket), user=user)
        for name in all_names():
            rule = processes.stop_rule(name)
            text += PROGRAM.format(
                name=name,
                command=_escaped(shlex.join([sys.executable, "-m", "lab.stack.launch", name])),
                root=_escaped(ROOT),
                signal=rule.signal,
                seconds=rule.seconds,
            )
        return text


def _escaped(text: str | Path) -> str:
    # In supervisor's configuration a percent sign begins a variable.
    return str(text).replace("%", "%%")

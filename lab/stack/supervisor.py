"""SUPERVISOR keeps the processes running: its configuration, its start and end, and its API on a
Unix socket."""

import os
import shlex
import subprocess
import sys
import xmlrpc.client

from supervisor.xmlrpc import SupervisorTransport

from lab.errors import Failure
from lab.polling import wait_until
from lab.stack import process_tree, processes
from lab.stack.desired import all_names
from lab.stack.home import ROOT, write_private

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
"""
# Retries wait 1, 2, 3 ... seconds; what a command stops stays stopped, what ends otherwise is
# started again.
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
stdout_logfile_maxbytes = 10MB
stdout_logfile_backups = 1
"""
NOT_RUNNING_FAULT, ALREADY_STARTED_FAULT = 70, 60


class Supervisor:
    """The supervisor of one home. Every method but start() needs it to be alive."""

    def __init__(self, home):
        self.home = home

    @property
    def api(self):
        # A new connection for each call: a kept one is broken once the supervisor was away.
        transport = SupervisorTransport(serverurl=f"unix://{self.home.supervisor_socket}")
        return xmlrpc.client.ServerProxy("http://localhost", transport=transport).supervisor

    def is_alive(self):
        try:
            return self.api.getState()["statename"] == "RUNNING"
        except (OSError, xmlrpc.client.Error):
            return False

    def start(self):
        """Starts the supervisor, with nothing running yet."""
        write_private(self.home.config / "supervisor.conf", self._configuration())
        variables = os.environ | {
            "ESCALA_HOME": str(self.home.folder),
            "ESCALA_PORT_BASE": str(self.home.port_base),
            "ESCALA_PROCESS": "supervisor",
        }
        command = [
            sys.executable,
            "-P",
            "-m",
            "supervisor.supervisord",
            "-c",
            str(self.home.config / "supervisor.conf"),
        ]
        done = subprocess.run(
            command, env=variables, cwd=self.home.folder, capture_output=True, text=True
        )
        if done.returncode or not wait_until(self.is_alive, seconds=15):
            what = f"the supervisor did not start: {(done.stdout + done.stderr).strip()}"
            raise Failure(what, "./escala down, then ./escala up", log=self.home.log("supervisor"))

    def shut_down(self):
        self.api.shutdown()

    def states(self):
        """{name: (state, pid)}; states in lower case, as supervisor calls them, and `frozen`."""
        found = {}
        for process in self.api.getAllProcessInfo():
            state, pid = process["statename"].lower(), process["pid"]
            if pid and process_tree.is_frozen(pid):
                state = "frozen"
            found[process["name"]] = (state, pid or None)
        return found

    def start_process(self, name):
        """Starts without waiting; a running process stays as it is."""
        self._call(ALREADY_STARTED_FAULT, "startProcess", name, False)

    def stop_process(self, name):
        """Asks a process to end, without waiting; it will not be started again."""
        self._call(NOT_RUNNING_FAULT, "stopProcess", name, False)

    def wait_stopped(self, name, *, seconds):
        """Whether the process has ended within `seconds`."""
        return wait_until(
            lambda: self.states()[name][0] in ("stopped", "exited", "fatal"), seconds=seconds
        )

    def _call(self, harmless, method, *arguments):
        try:
            getattr(self.api, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != harmless:
                raise

    def _configuration(self):
        user = "user = root\n" if os.geteuid() == 0 else ""
        # Logs are named from the home, where the supervisor runs: it reads percent signs in their
        # paths twice.
        text = SETTINGS.format(socket=_escaped(self.home.supervisor_socket), user=user)
        for name in all_names():
            ending = processes.ending(name)
            text += PROGRAM.format(
                name=name,
                command=_escaped(shlex.join([sys.executable, "-m", "lab.stack.launch", name])),
                root=_escaped(ROOT),
                signal=ending.signal,
                seconds=ending.seconds,
            )
        return text


def _escaped(text):
    # A percent sign begins a variable in supervisor's files.
    return str(text).replace("%", "%%")

"""A whole system for the tests: its home is a temporary folder, and its ports are free ones."""

import json
import os
import subprocess
import sys

from lab.polling import wait_until
from lab.stack import audit, credentials, ports, postgres, status
from lab.stack.home import ROOT, Home

# Seconds until lost jobs and events are noticed and sent again: shorter than the defaults, so that
# the tests take less time.
SHORT_LIMITS = {
    "JOB_HEARTBEAT_SECONDS": "0.5",
    "JOB_SILENT_SECONDS": "4",
    "RESEND_SECONDS": "3",
    "TASK_SECONDS": "12",
}


class Laptop:
    """`./escala` for one home; run() starts a process for each command."""

    def __init__(self, folder):
        self.home = Home(folder, ports.free_base())
        self.environment = os.environ | {
            "ESCALA_HOME": str(self.home.folder),
            "ESCALA_PORT_BASE": str(self.home.port_base),
            "SEED_PRODUCTS": "60",
            "SEED_ORDERS": "120",
            "BOARD": "off",
            **SHORT_LIMITS,
        }
        self.port = self.home.port("haproxy")
        self.front = f"http://127.0.0.1:{self.port}"

    def run(self, *words, code=0):
        """Runs a command, which must end with this exit code; the finished process."""
        command = [sys.executable, "-m", "lab", *words]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == code, (
            f"{words} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done

    def json(self, *words, code=0):
        """The document that a command prints."""
        return json.loads(self.run(*words, "--json", code=code).stdout)

    def status(self):
        """The document of `status`, without a process for it."""
        return status.status(self.home)

    def logins(self):
        """{admin, customer, stats}: username and password of each."""
        return status.logins(self.home)

    def audit(self):
        """The document of `audit`, likewise."""
        return audit.audit(self.home)

    def sql(self, service, statement, *arguments):
        """The rows that a statement returns in the database of `core` or `analytics`."""
        password = credentials.load(self.home)[f"{service.upper()}_DATABASE_PASSWORD"]
        with postgres.connect(self.home.port("postgres"), service, password) as connection:
            found = connection.execute(statement, arguments)
            return found.fetchall() if found.description else []

    def processes(self):
        """{name: {name, state, pid, port}} of all processes in `status`."""
        return {row["name"]: row for row in self.status()["processes"]}

    def wait_healthy(self, seconds=30):
        """Waits until `status` calls the system healthy."""
        assert wait_until(lambda: self.status()["healthy"], seconds=seconds, every=0.3), (
            self.status()
        )

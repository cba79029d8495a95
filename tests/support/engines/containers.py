"""The shop in containers: the audit, HAProxy's statistics, and commands of Compose."""

import base64
import contextlib
import csv
import json
import os
import secrets
import socket
import subprocess
import time
import urllib.request

from lab.stack.home import ROOT
from tests.support.shop import Client

COMPOSE_FILE = ROOT / "docker" / "compose.yaml"
PSQL = ["psql", "--username", "postgres", "--dbname", "core", "--tuples-only", "--command"]
SEEDED_ORDERS = 300  # the demo has 5,000, which keep the recorder busy for a while


def run(*command, check=True, **options):
    """The finished process; with `check`, what it printed is in the error when it fails."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, **options
    )
    if check and done.returncode:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def compose(*words, file=COMPOSE_FILE, **options):
    """Runs a Compose command without this machine's variables, which would override the file's."""
    kept = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    return run("docker", "compose", "--file", file, *words, env=environment, **options)


def build_image(tag, folder):
    """Builds the image as Compose does: this machine's `docker build` may lack BuildKit."""
    lines = run(ROOT / "escala", "secrets").stdout + f"ESCALA_IMAGE={tag}\n"
    (folder / "env").write_text(lines)
    compose("--env-file", folder / "env", "build", "core-api")


def eventually(condition, seconds, what):
    """The first true value of `condition()`; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.3)
    return value


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RunningShop:
    """What tests ask of a shop in containers; tests.support.shop.Client is a client of it.

    A subclass has `port` (on 127.0.0.1) and `secrets`, and reaches the parts on its engine:
    statistics_at(), manage(project, *words, service=...) and query(sql), a psql in core's database.
    """

    def logins(self):
        """{admin, customer}: username and password of each."""
        return {
            name: {"username": name, "password": self.secrets[f"{name.upper()}_PASSWORD"]}
            for name in ("admin", "customer")
        }

    def unacknowledged_events(self):
        """How many orders analytics has not acknowledged yet."""
        return int(self.query("SELECT count(*) FROM orders_outboxevent WHERE acknowledged IS NULL"))

    def audit(self, seconds=60):
        """The violations in both databases, after analytics has recorded every event."""
        eventually(lambda: self.unacknowledged_events() == 0, seconds, "every event acknowledged")
        core = json.loads(self.manage("core_api", "audit", "--json"))
        analytics = json.loads(self.manage("analytics_api", "audit", "--json", service="recorder"))
        sent, recorded = core["events"], analytics["events"]
        different = [
            f"event {key}" for key in sent | recorded if sent.get(key) != recorded.get(key)
        ]
        return core["violations"] + analytics["violations"] + different

    def served_by(self):
        """The names of the instances that answer, as clients see them."""
        client = Client(self)
        return {client.get("/api/categories/").headers["X-Served-By"] for _ in range(40)}

    def statistics(self, column="status", address=None):
        """{instance: value} of a column of HAProxy's statistics, for core's instances in use."""
        password = base64.b64encode(f"stats:{self.secrets['STATS_PASSWORD']}".encode()).decode()
        request = urllib.request.Request(
            f"http://{address or self.statistics_at()[0]}/;csv",
            headers={"Authorization": f"Basic {password}"},
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            page = response.read().decode()
        rows = csv.DictReader(page.removeprefix("# ").splitlines())
        servers = [row for row in rows if row["pxname"] == "core" and row["svname"][-1].isdigit()]
        return {
            row["svname"]: row[column] for row in servers if not row["status"].startswith("MAINT")
        }

    def instances(self):
        """How many instances of core HAProxy knows; with several HAProxies, the most of them."""
        return max(len(self.statistics(address=address)) for address in self.statistics_at())

    def instances_up(self):
        """How many of them it considers UP; with several HAProxies, the fewest."""
        with contextlib.suppress(OSError, ValueError):
            return min(
                list(self.statistics(address=address).values()).count("UP")
                for address in self.statistics_at()
            )
        return 0


class Shop(RunningShop):
    """One Compose project, with its own name, ports, secrets and volumes: others may run beside."""

    def __init__(self, folder):
        self.name = f"escala-test-{secrets.token_hex(4)}"
        self.image = self.name
        self.port, self.statistics_port = free_port(), free_port()
        lines = run(ROOT / "escala", "secrets").stdout.splitlines()
        self.secrets = dict(line.split("=", 1) for line in lines)
        variables = self.secrets | {
            "ESCALA_PORT": self.port,
            "ESCALA_STATS_PORT": self.statistics_port,
            "ESCALA_IMAGE": self.image,
            "SEED_ORDERS": SEEDED_ORDERS,
        }
        self.env_file = folder / "env"
        self.env_file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))

    def compose(self, *words, **options):
        return compose("--project-name", self.name, "--env-file", self.env_file, *words, **options)

    def up(self, *words):
        return self.compose("up", "--detach", "--wait", "--quiet-pull", *words)

    def scale(self, replicas):
        """Starts or stops instances of core until there are `replicas` of them."""
        return self.up("--no-deps", "--no-recreate", "--scale", f"core-api={replicas}", "core-api")

    def containers(self, *services):
        """The `docker inspect` document of each container, also of those that have ended."""
        names = self.compose("ps", "--all", "--quiet", *services).stdout.split()
        return json.loads(run("docker", "inspect", *names).stdout)

    def manage(self, project, *words, service="worker"):
        return self.compose(
            "exec", "--no-TTY", service, "python", "manage.py", project, *words
        ).stdout

    def query(self, sql):
        return self.compose("exec", "--no-TTY", "postgres", *PSQL, sql).stdout

    def statistics_at(self):
        return [f"127.0.0.1:{self.statistics_port}"]

    def remove(self):
        self.compose("down", "--volumes", "--timeout", "1", "--remove-orphans", check=False)
        run("docker", "image", "rm", "--force", self.image, check=False)

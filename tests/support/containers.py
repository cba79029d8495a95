"""The shop in containers, as its operator and its clients see it: Compose commands, HTTP, and
HAProxy's statistics.

It has a name, ports, secrets and volumes of its own, so that it runs beside any other Compose
system.
"""

import base64
import contextlib
import csv
import json
import os
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = ROOT / "docker" / "compose.yaml"
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
    """A Compose command. The shell's variables win over a file's, so none of ours may come from the
    machine."""
    kept = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    return run("docker", "compose", "--file", file, *words, env=environment, **options)


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


class Shop:
    """`compose`, `up`, `scale`, `audit` act as the operator; `request`, `get`, `token` ask through
    HAProxy."""

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

    # --- the operator ------------------------------------------------------------------------------------------------
    def compose(self, *words, **options):
        return compose("--project-name", self.name, "--env-file", self.env_file, *words, **options)

    def up(self, *words):
        return self.compose("up", "--detach", "--wait", "--quiet-pull", *words)

    def scale(self, replicas):
        """As many instances of core as said; the rest of the system is left alone."""
        return self.up("--no-deps", "--no-recreate", "--scale", f"core-api={replicas}", "core-api")

    def containers(self, *services):
        """What `docker inspect` says of each container, also of those that have ended."""
        names = self.compose("ps", "--all", "--quiet", *services).stdout.split()
        return json.loads(run("docker", "inspect", *names).stdout)

    def manage(self, project, *words, service="worker"):
        return self.compose(
            "exec", "--no-TTY", service, "python", "manage.py", project, *words
        ).stdout

    def untold_events(self):
        """How many orders analytics has not acknowledged yet."""
        query = "SELECT count(*) FROM orders_outboxevent WHERE acknowledged IS NULL"
        psql = [
            "psql",
            "--username",
            "postgres",
            "--dbname",
            "core",
            "--tuples-only",
            "--command",
            query,
        ]
        return int(self.compose("exec", "--no-TTY", "postgres", *psql).stdout)

    def audit(self, seconds=60):
        """The violations in both databases, once analytics has been told everything (within
        `seconds`)."""
        eventually(lambda: self.untold_events() == 0, seconds, "every event acknowledged")
        core = json.loads(self.manage("core_api", "audit", "--json"))
        analytics = json.loads(self.manage("analytics_api", "audit", "--json", service="recorder"))
        told, recorded = core["events"], analytics["events"]
        different = [
            f"event {key}" for key in told | recorded if told.get(key) != recorded.get(key)
        ]
        return core["violations"] + analytics["violations"] + different

    def remove(self):
        self.compose("down", "--volumes", "--timeout", "1", "--remove-orphans", check=False)
        run("docker", "image", "rm", "--force", self.image, check=False)

    # --- the clients -------------------------------------------------------------------------------------------------
    def request(self, path, body=None, *, token=None, port=None, **headers):
        """(status, headers, text) of one request; a body makes it a POST."""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{port or self.port}{path}", body, headers
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.headers, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def get(self, path, token=None):
        status, _, text = self.request(path, token=token)
        assert status == 200, f"{path} answered {status}: {text}"
        return json.loads(text)

    def token(self, username):
        password = self.secrets[f"{username.upper()}_PASSWORD"]
        status, _, text = self.request("/api/token/", {"username": username, "password": password})
        assert status == 200, f"no token for {username}: {status} {text}"
        return json.loads(text)["access"]

    def skus(self):
        products = self.get("/api/products/?page_size=100")["results"]
        return [product["sku"] for product in products if product["in_stock"]]

    def tokens(self):
        return {username: self.token(username) for username in ("admin", "customer")}

    def served_by(self):
        """The names of the instances that answer, as clients see them."""
        return {self.request("/api/categories/")[1]["X-Served-By"] for _ in range(40)}

    def statistics(self, column="status"):
        """{instance: value} of core's instances on HAProxy's statistics page, without the places
        that are free."""
        password = base64.b64encode(f"stats:{self.secrets['STATS_PASSWORD']}".encode()).decode()
        page = self.request("/;csv", port=self.statistics_port, Authorization=f"Basic {password}")[
            2
        ]
        rows = csv.DictReader(page.removeprefix("# ").splitlines())
        servers = [row for row in rows if row["pxname"] == "core" and row["svname"][-1].isdigit()]
        return {
            row["svname"]: row[column] for row in servers if not row["status"].startswith("MAINT")
        }

    def instances_up(self):
        with contextlib.suppress(OSError):
            return list(self.statistics().values()).count("UP")
        return 0

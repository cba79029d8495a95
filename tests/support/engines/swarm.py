"""The shop on a Swarm of three nodes, on a kit that boots them on this machine.

The folder `shared/swarm` beside the checkout, or ESCALA_SWARM, has the kit: `up`, `down` and `load
IMAGE...`. The engine of each node answers at a socket under /var/tmp/machines/swarm.
"""

import contextlib
import os
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path

from tests.support.engines.containers import (
    PSQL,
    ROOT,
    SEEDED_ORDERS,
    RunningShop,
    build_image,
    eventually,
    free_port,
    run,
)

KIT = Path(os.environ.get("ESCALA_SWARM", ROOT.parent / "shared" / "swarm"))
SOCKET = "unix:///var/tmp/machines/swarm/{node}/docker.sock"
NODES = {"n1": "10.223.0.11", "n2": "10.223.0.12", "n3": "10.223.0.13"}
OTHERS = ("haproxy:3.0", "redis:8", "postgres:17")
ONCE = ("migrate", "analytics-migrate", "seed")
# The containers of all nodes are one control group of this machine. As such they would get as much
# processor time as one process beside them: a busy machine would hardly run them at all. Here they
# weigh as 16 processes, which is about what they are.
SHARES, WEIGHT = Path("/sys/fs/cgroup/cpu/swarm/cpu.shares"), 16 * 1024
STACK = ROOT / "docker" / "stack.yaml"
STORES = ROOT / "docker" / "stack-stores.yaml"
# One address in front of the nodes, as a provider's balancer or keepalived gives it.
BALANCER = """\
defaults
    mode tcp
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    retries 3
    option redispatch 1
frontend shop
    bind 127.0.0.1:{port}
    default_backend nodes
backend nodes
    option httpchk GET /health
    default-server check port 8404 inter 500ms fall 2 rise 1
"""


def kit_is_missing():
    """Why these tests cannot run here, or None."""
    if not (KIT / "up").exists():
        return f"no kit for a Swarm: {KIT}/up is not there (ESCALA_SWARM names another folder)"
    if os.geteuid():
        return "the kit for a Swarm needs root"
    if not shutil.which("docker") or run("docker", "info", check=False).returncode:
        return "the images are built by a Docker engine, and none answers to `docker info`"
    if run("ip", "link", "show", "swarm-host", check=False).returncode == 0:
        return f"a Swarm of the kit is running: {KIT}/down ends it"
    return None


class SwarmShop(RunningShop):
    """The stack `escala`, and a balancer in front of its nodes."""

    def __init__(self, folder):
        self.folder, self.port, self.balancer = folder, free_port(), None
        self.image = "escala-swarm-test"
        self.secrets = {}

    # --- the machines -----------------------------------------------------------------------------

    def boot(self):
        """Builds the image, boots the nodes, gives them all images, and starts the balancer."""
        build_image(self.tag(1), self.folder)
        run(KIT / "up")
        if SHARES.parents[1].exists():
            SHARES.parent.mkdir(exist_ok=True)
            SHARES.write_text(str(WEIGHT))
        run(KIT / "load", self.tag(1), *OTHERS)
        lines = [f"    server {name} {address}:8080\n" for name, address in NODES.items()]
        (self.folder / "balancer.cfg").write_text(BALANCER.format(port=self.port) + "".join(lines))
        command = ["haproxy", "-db", "-f", self.folder / "balancer.cfg"]
        self.balancer = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def end(self):
        if self.balancer:
            self.balancer.kill()
            self.balancer.wait()
        run(KIT / "down", check=False)
        run("docker", "image", "rm", "--force", self.tag(1), check=False)

    def docker(self, *words, node="n1", variables=(), **options):
        """A docker command on the engine of a node, without this machine's variables."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment = kept | {"DOCKER_HOST": SOCKET.format(node=node)} | dict(variables)
        return run("docker", *words, env=environment, **options)

    def tag(self, release):
        return f"{self.image}:{release}"

    def build(self, release, *lines):
        """Another release on every node: the first one with these lines of a Dockerfile."""
        recipe = "\n".join([f"FROM {self.tag(1)}", f"LABEL release={release}", *lines])
        for node in NODES:
            words = ("build", "--tag", self.tag(release), "-")
            # The builder that needs no plugin: these engines are old.
            self.docker(*words, node=node, variables={"DOCKER_BUILDKIT": "0"}, input=recipe)

    # --- the stack --------------------------------------------------------------------------------

    def make_secrets(self):
        """`./escala secrets --for swarm > FILE && sh FILE`, as a reader does it."""
        script = run(ROOT / "escala", "secrets", "--for", "swarm").stdout
        pairs = re.findall(r"printf %s '(.+)' \| docker secret create escala_(\w+) -", script)
        self.secrets = {name.upper(): value for value, name in pairs}
        (self.folder / "secrets.sh").write_text(script)
        socket = {"DOCKER_HOST": SOCKET.format(node="n1")}
        return run("sh", self.folder / "secrets.sh", env=os.environ | socket, check=False)

    def deploy(self, release=1, check=True, **variables):
        """`docker stack deploy`; nothing can be pulled here, so no image is looked up."""
        files = ("--compose-file", STACK, "--compose-file", STORES)
        known = {"DATA_NODE": "n1", "ESCALA_IMAGE": self.tag(release), "SEED_ORDERS": SEEDED_ORDERS}
        strings = {name: str(value) for name, value in (known | variables).items() if value}
        words = ("stack", "deploy", "--detach", "--resolve-image", "never", *files, "escala")
        return self.docker(*words, variables=strings, check=check)

    def scale(self, replicas):
        self.docker("service", "scale", "--detach", f"escala_core-api={replicas}")

    def replicas(self):
        """{service: (running, wanted)}; what runs once has (0, 1) when it has ended."""
        rows = self.docker("service", "ls", "--format", "{{.Name}} {{.Replicas}}").stdout
        pairs = (row.removeprefix("escala_").split()[:2] for row in rows.splitlines())
        return {name: tuple(map(int, count.split("/"))) for name, count in pairs}

    def is_whole(self):
        """Whether every service has all its tasks, and what runs once has succeeded."""
        counts = self.replicas()
        return bool(counts) and all(
            self.has_succeeded(name) if name in ONCE else now == wanted
            for name, (now, wanted) in counts.items()
        )

    def has_succeeded(self, name):
        """Whether the last task of a service that runs once has."""
        return any("Complete" in state for _, state in self.tasks(name, state="")[:1])

    def tasks(self, service, state="running"):
        """[(node, current state)] of the service's tasks, the newest first."""
        wanted = ("--filter", f"desired-state={state}") if state else ()
        form = "{{.Node}} {{.CurrentState}}"
        rows = self.docker("service", "ps", *wanted, "--format", form, f"escala_{service}").stdout
        return [tuple(row.split(maxsplit=1)) for row in rows.splitlines()]

    def containers_on(self, node, service="\\w"):
        """The ids of the containers that run on a node, of all services or of one."""
        wanted = ("--filter", f"name=escala_{service}")
        return self.docker("ps", "--quiet", *wanted, node=node).stdout.split()

    def containers(self, service):
        """[(node, container id)] of those that run, of one service."""
        found = {node: self.containers_on(node, f"{service}\\.") for node in NODES}
        return [(node, name) for node, names in found.items() for name in names]

    def updates_are(self, state, *services):
        """Whether the last update of each service is `completed`, `rollback_completed` ..."""
        form = "{{with .UpdateStatus}}{{.State}}{{end}}"
        names = (f"escala_{service}" for service in services)
        states = self.docker("service", "inspect", "--format", form, *names).stdout.split()
        return states == [state] * len(services)

    # --- what RunningShop needs -------------------------------------------------------------------

    def statistics_at(self):
        """The statistics of each HAProxy."""
        nodes = [node for node, _ in self.containers("haproxy")]
        return [f"{NODES[node]}:8404" for node in nodes]

    def says_healthy(self, address):
        """Whether a node has an HAProxy that would serve, as the balancer asks it."""
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(f"http://{address}:8404/health", timeout=5).status == 200
        return False

    def settled(self, service):
        """Its containers, when there are as many as wanted: those of an old release have ended."""
        found = self.containers(service)
        return found if len(found) == self.replicas()[service][1] else None

    def exec(self, service, *words):
        node, container = eventually(lambda: self.settled(service), 60, f"{service} settled")[0]
        return self.docker("exec", container, *words, node=node).stdout

    def manage(self, project, *words, service="worker"):
        return self.exec(service, "python", "manage.py", project, *words)

    def query(self, sql):
        return self.exec("postgres", *PSQL, sql)

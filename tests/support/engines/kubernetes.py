"""The shop on a Kubernetes of three nodes, on a kit that boots them on this machine.

The folder `shared/kubernetes` beside the checkout, or ESCALA_KUBERNETES, has the kit: `up`, `down`,
`load IMAGE...`, `k` (its kubectl) and `older` (from today's manifests to its Kubernetes 1.20). The
manifests are rendered by the kubectl of this machine, whose kustomize has to be of today.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import yaml

from tests.support.engines.containers import (
    PSQL,
    ROOT,
    RunningShop,
    build_image,
    eventually,
    free_port,
    run,
)
from tests.support.engines.kubernetes_overlay import CLAIMS, MANIFESTS, rendered, write_overlay

KIT = Path(os.environ.get("ESCALA_KUBERNETES", ROOT.parent / "shared" / "kubernetes"))
NODES = {"n1": "10.213.0.11", "n2": "10.213.0.12", "n3": "10.213.0.13"}
OTHERS = ("haproxy:3.0", "redis:8", "postgres:17")
# Releases after the first one, and what is different in them. One listens where nobody looks.
RELEASES = {2: "", "broken": "ENV BIND=0.0.0.0:9000"}
# All pods together weigh as four processes. With more, the kubelets and the API server get too
# little of a busy machine, and the pods of a node that is not heard from are moved.
SHARES, WEIGHT = Path("/sys/fs/cgroup/cpu/k8s/cpu.shares"), 4 * 1024
# One address in front of the nodes. Like the balancer of a provider it asks each node at the port
# of Kubernetes' own that says whether an HAProxy runs on it.
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
    option httpchk GET /healthz
    default-server check port {health} inter 500ms fall 2 rise 1
"""


def kit_is_missing():
    """Why these tests cannot run here, or None."""
    if not (KIT / "up").exists():
        return f"no kit for a Kubernetes: {KIT}/up is not there (ESCALA_KUBERNETES names a folder)"
    if os.geteuid():
        return "the kit for a Kubernetes needs root"
    if not shutil.which("docker") or run("docker", "info", check=False).returncode:
        return "the images are built by a Docker engine, and none answers to `docker info`"
    if reason := kustomize_is_missing():
        return reason
    if run("ip", "link", "show", "k8s-host", check=False).returncode == 0:
        return f"a Kubernetes of the kit is running: {KIT}/down ends it"
    return None


def kustomize_is_missing():
    """Why the manifests cannot be rendered here, or None."""
    if not shutil.which("kubectl"):
        return "no kubectl, which renders the manifests"
    said = run("kubectl", "version", "--client", "--output", "json", check=False).stdout
    if not said or json.loads(said).get("kustomizeVersion", "")[:2] != "v5":
        return "the kubectl here has no kustomize of version 5: that of Kubernetes 1.27 has"
    return None


class KubernetesShop(RunningShop):
    """The namespace `escala`, and a balancer in front of the nodes."""

    def __init__(self, folder):
        self.folder, self.port, self.balancer = folder, free_port(), None
        self.image = "escala-kubernetes-test"
        self.secrets = {}

    # --- the machines -----------------------------------------------------------------------------

    def boot(self):
        """Builds all releases, boots the nodes and gives them all images."""
        build_image(self.tag(1), self.folder)
        for name, line in RELEASES.items():
            recipe = f"FROM {self.tag(1)}\nLABEL release={name}\n{line}\n"
            run("docker", "build", "--tag", self.tag(name), "-", input=recipe)
        run(KIT / "up", env=os.environ | {"QUICK": "1"})
        if SHARES.parents[1].exists():
            SHARES.parent.mkdir(exist_ok=True)
            SHARES.write_text(str(WEIGHT))
        run(KIT / "load", *map(self.tag, (1, *RELEASES)), *OTHERS)
        self.k("apply", "--filename", MANIFESTS / "base" / "namespace.yaml")

    def balance(self):
        """Starts the balancer in front of the nodes, once."""
        if self.balancer:
            return
        service = self.get("service", "haproxy")["spec"]
        text = BALANCER.format(port=self.port, health=service["healthCheckNodePort"])
        port = service["ports"][0]["nodePort"]
        lines = [f"    server {name} {address}:{port}\n" for name, address in NODES.items()]
        (self.folder / "balancer.cfg").write_text(text + "".join(lines))
        command = ["haproxy", "-db", "-f", self.folder / "balancer.cfg"]
        self.balancer = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def end(self):
        if self.balancer:
            self.balancer.kill()
            self.balancer.wait()
        run(KIT / "down", check=False)
        run("docker", "image", "rm", "--force", *map(self.tag, (1, *RELEASES)), check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def k(self, *words, **options):
        """A kubectl command in the shop's namespace."""
        return run(KIT / "k", "--namespace", "escala", *words, **options)

    def tag(self, release):
        return f"{self.image}:{release}"

    # --- the manifests ----------------------------------------------------------------------------

    def make_secrets(self, check=True):
        """`./escala secrets --for kubernetes | kubectl create -f -`"""
        text = run(ROOT / "escala", "secrets", "--for", "kubernetes").stdout
        made = self.k("create", "--filename", "-", input=text, check=check)
        for each in yaml.safe_load_all(text) if not made.returncode else ():
            self.secrets |= each["stringData"]
        return made

    def deploy(self, release=1, **levers):
        """What a new deployment of a release takes: no old Jobs, then `kubectl apply`."""
        self.k("delete", "jobs", "--all")
        return self.apply(self.manifests(release, **levers))

    def apply(self, text):
        older = run(KIT / "older", input=text).stdout
        return self.k("apply", "--filename", "-", input=older)

    def manifests(self, release=1, **levers):
        """The overlay `cluster` with what is different on this kit, rendered."""
        overlay = self.folder / "overlay"
        write_overlay(overlay, self.image, release, levers)
        return rendered(overlay)

    def scale(self, replicas):
        """Between these two numbers the autoscaler has no choice."""
        limits = {"spec": {"minReplicas": replicas, "maxReplicas": replicas}}
        self.k("patch", "hpa", "core-api", "--patch", json.dumps(limits))

    def scale_by_load(self, most, usage):
        """Up to so many instances, when they use more than this of a processor on average."""
        kind, documents = "HorizontalPodAutoscaler", yaml.safe_load_all(self.manifests())
        autoscaler = next(each for each in documents if each["kind"] == kind)
        autoscaler["spec"]["maxReplicas"] = most
        autoscaler["spec"]["metrics"][0]["resource"]["target"]["averageValue"] = usage
        self.apply(yaml.safe_dump(autoscaler))

    def cut_power(self, node):
        run(KIT / "machine", "kill", "k8s", node)

    def power_on(self, node):
        run(KIT / "boot", node)
        self.k("wait", f"node/{node}", "--for", "condition=Ready", "--timeout", "60s")

    # --- what runs --------------------------------------------------------------------------------

    def get(self, *words):
        return json.loads(self.k("get", *words, "--output", "json").stdout)

    def is_whole(self):
        """Whether every workload has all its pods of the newest release, and each Job is done."""
        found = self.get("deployments,statefulsets,jobs")["items"]
        return bool(found) and all(map(has_all_pods, found))

    def is_complete(self):
        """Whether it is whole, and two HAProxies see two instances."""
        both = self.is_whole() and len(self.statistics_at()) == 2
        return both and self.instances_up() == self.instances() == 2

    def pods(self, service):
        """The pods of a service that have not ended, the oldest first."""
        found = self.get("pods", "--selector", f"app={service}")["items"]
        alive = [each for each in found if each["status"]["phase"] in ("Pending", "Running")]
        return sorted(alive, key=lambda each: each["metadata"]["creationTimestamp"])

    def settled(self, service):
        """The names of its pods, when there are as many as wanted and all are ready."""
        kind = "statefulset" if service in CLAIMS else "deployment"
        wanted = self.get(kind, service)["spec"]["replicas"]
        found = self.pods(service)
        if len(found) == wanted and all(map(is_ready, found)):
            return [each["metadata"]["name"] for each in found]
        return None

    def nodes_of(self, service):
        return [each["spec"].get("nodeName") for each in self.pods(service)]

    def messages_of(self, service):
        """Why the containers of a service's pods wait, or have ended."""
        statuses = [each["status"].get("containerStatuses", ()) for each in self.pods(service)]
        states = [
            *(state for [each] in filter(None, statuses) for state in each["state"].values()),
            *(state for [each] in filter(None, statuses) for state in each["lastState"].values()),
        ]
        return [state["message"].strip() for state in states if "message" in state]

    # --- what RunningShop needs -------------------------------------------------------------------

    def statistics_at(self):
        """The statistics of each HAProxy: this machine reaches pods."""
        return [f"{each['status']['podIP']}:8404" for each in self.ready("haproxy")]

    def ready(self, service):
        return [each for each in self.pods(service) if is_ready(each)]

    def exec(self, service, *words):
        pod = eventually(lambda: self.ready(service), 90, f"{service} is ready")[0]
        return self.k("exec", pod["metadata"]["name"], "--", *words).stdout

    def manage(self, project, *words, service="worker"):
        return self.exec(service, "python", "manage.py", project, *words)

    def query(self, sql):
        return self.exec("postgres", *PSQL, sql)


def has_all_pods(workload):
    """Whether a workload has the pods that it asks for, or has run if it is a Job."""
    status, spec = workload["status"], workload["spec"]
    if workload["kind"] == "Job":
        return status.get("succeeded") == 1
    wanted = spec["replicas"]
    counts = [status.get(name, 0) for name in ("replicas", "readyReplicas", "updatedReplicas")]
    seen = status.get("observedGeneration") == workload["metadata"]["generation"]
    return seen and counts == [wanted] * 3


def is_ready(pod):
    """Whether a pod is ready, and not about to end."""
    conditions = {each["type"]: each["status"] for each in pod["status"].get("conditions", ())}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]

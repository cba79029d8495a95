"""What is different where the tests run docker/kubernetes: an overlay of the overlay `cluster`."""

import functools
import os

import yaml

from tests.support.engines.containers import ROOT, SEEDED_ORDERS, run

MANIFESTS = ROOT / "docker" / "kubernetes"
CLAIMS = ("postgres", "broker")


def rendered(folder):
    """The manifests of an overlay, as text."""
    return run("kubectl", "kustomize", folder).stdout


def write_overlay(folder, image, release, levers):
    """Writes the overlay into a folder; its volumes are folders beside it."""
    folder.mkdir(exist_ok=True)
    overlay = {
        "resources": [os.path.relpath(MANIFESTS / "cluster", folder), "volumes.yaml"],
        "images": [
            {"name": "registry.example.org/escala", "newName": image, "newTag": str(release)}
        ],
        "patches": list(patches()),
    }
    if levers:
        literals = [f"{name}={value}" for name, value in levers.items()]
        merged = {"name": "haproxy", "namespace": "escala", "behavior": "merge"}
        overlay["configMapGenerator"] = [merged | {"literals": literals}]
    volumes = [volume(folder.parent / name, name) for name in CLAIMS]
    (folder / "volumes.yaml").write_text(yaml.safe_dump_all(volumes))
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(overlay))


def patches():
    pod = "/spec/template/spec"
    # A test says how many instances there are: how busy the processors are is no matter here.
    yield patch("HorizontalPodAutoscaler", "/spec/maxReplicas", 2)
    yield patch("Deployment", "/spec/progressDeadlineSeconds", 60)
    yield patch("Job", f"{pod}/containers/0/command/9", str(SEEDED_ORDERS), name="seed")
    yield patch("StatefulSet", f"{pod}/securityContext/runAsUser", postgres(), name="postgres")


@functools.cache
def postgres():
    """The number of the user `postgres` in the image, which depends on who made it."""
    words = ("docker", "run", "--rm", "--entrypoint", "id", "postgres:17", "-u", "postgres")
    return int(run(*words).stdout)


def patch(kind, path, value, name=None):
    target = {"kind": kind} | ({"name": name} if name else {})
    step = {"op": "replace", "path": path, "value": value}
    return {"target": target, "patch": yaml.safe_dump([step])}


def volume(folder, name):
    """A folder of n1 for a claim: the kit makes no volume by itself."""
    folder.mkdir(exist_ok=True)
    term = {"key": "kubernetes.io/hostname", "operator": "In", "values": ["n1"]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "10Gi"},
            "accessModes": ["ReadWriteOnce"],
            "claimRef": {"namespace": "escala", "name": f"data-{name}-0"},
            "local": {"path": str(folder)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}},
        },
    }

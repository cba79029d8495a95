"""The environment of each service, as the files in docker/ describe it."""

import re

import yaml

from lab.stack import credentials
from tests.support.engines.containers import ROOT

DOCKER = ROOT / "docker"
BASE = DOCKER / "kubernetes" / "base"
SECRET = {
    *("SECRET_KEY", "DATABASE_URL", "CACHE_URL", "BROKER_URL", "JWT_SIGNING_KEY"),
    *("ADMIN_PASSWORD", "CUSTOMER_PASSWORD", "STATS_PASSWORD"),
}


def yaml_of(file):
    """The one document of a file in docker/."""
    return yaml.safe_load((DOCKER / file).read_text())


def plain(variables):
    """The variables with the defaults of their values, and without the values of secrets."""
    found = {}
    for name, value in variables.items():
        known = name.removesuffix("_FILE")
        if known in SECRET:
            name, value = known, "a secret"
        found[name] = with_defaults(value)
    return found


def with_defaults(value):
    """A value in a file of Compose or Swarm, when no variable in it is set."""
    text = str(value)
    while nested := re.search(r"\$\{\w+(?::?[-?]([^${}]*))?\}", text):
        text = text.replace(nested[0], nested[1] or "")
    return text


def described(file):
    """{service: its variables} of a file of Compose or Swarm."""
    services = yaml_of(file)["services"].items()
    return {name: plain(service.get("environment", {})) for name, service in services}


# --- Kubernetes -----------------------------------------------------------------------------------


def manifests(folder=BASE):
    """The documents of a folder's own files."""
    names = yaml_of(folder / "kustomization.yaml")["resources"]
    files = [folder / name for name in names if name.endswith(".yaml")]
    return [each for file in files for each in yaml.safe_load_all(file.read_text())]


def pods(folder=BASE):
    """{workload: the spec of its pods}, which have one container each."""
    kinds = ("Deployment", "StatefulSet", "Job")
    found = [each for each in manifests(folder) if each["kind"] in kinds]
    return {each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in found}


def container(name, folder=BASE):
    return pods(folder)[name]["containers"][0]


def config_maps():
    """{ConfigMap: its variables} that kustomize makes from the files NAME.env."""
    made = yaml_of(BASE / "kustomization.yaml")["configMapGenerator"]
    lines = {
        each["name"]: [line for file in each["envs"] for line in (BASE / file).open()]
        for each in made
    }
    return {
        name: dict(line.strip().split("=", 1) for line in found if not line.startswith("#"))
        for name, found in lines.items()
    }


def variables_of(name):
    """The variables of a workload, from its ConfigMaps, Secrets and itself."""
    found = {}
    for source in container(name).get("envFrom", ()):
        if "secretRef" in source:
            found |= credentials.KUBERNETES[source["secretRef"]["name"]]
        else:
            found |= config_maps()[source["configMapRef"]["name"]]
    own = container(name).get("env", ())
    return plain(found | {each["name"]: each["value"] for each in own})

"""The environment of each service, as the files in docker/ describe it."""

import re

import yaml

from tests.support.containers import ROOT

DOCKER = ROOT / "docker"
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
        text = str(value)
        while nested := re.search(r"\$\{\w+(?::?[-?]([^${}]*))?\}", text):
            text = text.replace(nested[0], nested[1] or "")
        found[name] = text
    return found


def described(file):
    """{service: its variables} of a file of Compose or Swarm."""
    services = yaml_of(file)["services"].items()
    return {name: plain(service.get("environment", {})) for name, service in services}

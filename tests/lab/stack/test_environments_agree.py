"""The ways to run the shop give its processes the same environment.

What differs is listed here with its reason; everything else has the same name and value in each of
them. A secret may be a variable, or the file that NAME_FILE names.
"""

import pytest

from lab.stack import credentials, environment
from lab.stack.desired import DesiredState
from lab.stack.home import ROOT
from tests.support.engines.environments import (
    BASE,
    SECRET,
    container,
    described,
    plain,
    pods,
    variables_of,
    with_defaults,
    yaml_of,
)

# A process in compose.yaml, and what the laptop calls it.
SERVICES = {
    "core-api": "core-1",
    "analytics-api": "analytics-1",
    "worker": "worker-1",
    "relay": "relay",
    "recorder": "recorder-1",
    "haproxy": "haproxy",
}
COMMANDS = {"migrate": "core", "seed": "core", "analytics-migrate": "analytics"}
# Of one laptop: several systems can run on it, their limits can be shortened for tests, and HAProxy
# finds the instances by their ports.
LAPTOP = {
    *(*environment.INHERITED, "INSTANCE", "BIND", "PYTHONUNBUFFERED", *environment.LIMITS),
    *("ADMIN_SOCKET", "STATE_FILE", "CORE_PORTS", "ANALYTICS_PORTS"),
}
# Of containers: the addresses are names, and HAProxy is not on the host of the instances.
CONTAINERS = {"CORE_HOST", "ANALYTICS_HOST", "RESOLVER", "FORWARDED_ALLOW_IPS"}
# Each process of the laptop gets all levers; a container only those that it reads. EdDSA has a
# second key, and HTTPS a certificate.
OPTIONAL = {
    *("CACHE", "EDGE_CACHE", "TASKS", "ANALYTICS", "HTTPS", "LAB", "JWT_VERIFYING_KEY"),
    *("TLS_CERT", "STATS_URL", "CACHE_URL"),
}
OTHER_VALUE_ON_LAPTOP = {"PUBLIC_URL", "STATS_URL", "FRONT_BIND", "STATS_BIND", "LAB"}
# Several HAProxies share what an instance can take.
SEVERAL_HAPROXIES = {"INSTANCE_REQUESTS", "INSTANCE_LONG_REQUESTS"}


COMPOSE, STACK = described("compose.yaml"), described("stack.yaml")


@pytest.mark.parametrize("service", [*SERVICES, *COMMANDS])
def test_the_stack_has_the_environment_of_compose(service):
    theirs = dict(STACK[service])
    if service == "haproxy":
        assert set(theirs) >= SEVERAL_HAPROXIES
        theirs = {name: value for name, value in theirs.items() if name not in SEVERAL_HAPROXIES}
        theirs["TLS_CERT"] = COMPOSE[service]["TLS_CERT"]  # each has its place for a certificate

    assert theirs == COMPOSE[service]


@pytest.mark.parametrize("service", [*SERVICES, *COMMANDS])
def test_kubernetes_has_the_environment_of_compose(service):
    theirs, compose = variables_of(service), dict(COMPOSE[service])
    if service == "haproxy":
        assert set(theirs) >= SEVERAL_HAPROXIES
        theirs = {name: value for name, value in theirs.items() if name not in SEVERAL_HAPROXIES}
        theirs["TLS_CERT"] = compose["TLS_CERT"]
        for name in ("CORE_HOST", "ANALYTICS_HOST"):  # there HAProxy needs the whole name
            compose[name] += ".escala.svc.cluster.local"
        del compose["RESOLVER"]  # there it reads /etc/resolv.conf

    assert theirs == compose


@pytest.mark.parametrize("service", [*SERVICES, *COMMANDS])
def test_a_container_has_the_environment_of_the_laptop(home, service):
    if service in SERVICES:
        given = environment.of_process(home, DesiredState(), SERVICES[service])
    else:
        given = environment.of_command(home, DesiredState(), COMMANDS[service])
    laptop, container = plain(given), COMPOSE[service]
    if service == "migrate":  # the laptop gives the logins to every command
        laptop = {name: text for name, text in laptop.items() if name[-8:] != "PASSWORD"}

    assert set(laptop) - set(container) <= LAPTOP | OPTIONAL
    assert set(container) - set(laptop) <= CONTAINERS | OPTIONAL
    for name in set(laptop) & set(container) - OTHER_VALUE_ON_LAPTOP:
        assert laptop[name] == container[name], name


def test_the_secrets_of_the_stack_are_those_that_escala_makes():
    files = [yaml_of(name) for name in ("stack.yaml", "stack-stores.yaml")]
    services = [service for file in files for service in file["services"].values()]

    declared = {name for file in files for name in file["secrets"]}
    used = {name for service in services for name in service.get("secrets", [])}

    assert declared == used == {f"escala_{name.lower()}" for name in credentials.OF_CLUSTER}


def test_a_service_of_the_stack_has_the_secrets_that_its_variables_name():
    for name, service in yaml_of("stack.yaml")["services"].items():
        values = service["environment"].items()
        files = {value for name, value in values if name.removesuffix("_FILE") in SECRET}

        assert files == {f"/run/secrets/{secret}" for secret in service["secrets"]}, name


def test_the_stack_has_every_file_of_haproxy():
    stack = yaml_of("stack.yaml")
    files = [path for path in (ROOT / "haproxy").rglob("*") if path.suffix in (".cfg", ".json")]
    targets = {each["source"]: each["target"] for each in stack["services"]["haproxy"]["configs"]}

    assert {name: config["file"] for name, config in stack["configs"].items()} == {
        path.name: f"../{path.relative_to(ROOT)}" for path in files
    }
    assert targets == {path.name: f"/usr/local/etc/{path.relative_to(ROOT)}" for path in files}


@pytest.mark.parametrize("service", sorted({*SERVICES, *COMMANDS} - {"haproxy"}))
def test_the_stack_runs_the_commands_of_compose_once_its_migrations_are_there(service):
    compose, stack = yaml_of("compose.yaml")["services"], yaml_of("stack.yaml")["services"]
    words = stack[service]["command"]
    if service not in ("migrate", "analytics-migrate"):
        wait, project, *words = words
        assert wait == "docker/migrated.py" and project in compose[service]["command"]

    assert words == compose[service]["command"]
    assert stack[service].get("stop_grace_period") == compose[service].get("stop_grace_period")


@pytest.mark.parametrize("service", [*SERVICES, *COMMANDS])
def test_kubernetes_runs_the_commands_of_the_stack_and_lets_them_end_as_it_does(service):
    stack, limit = yaml_of("stack.yaml")["services"][service], {"memory": "384Mi"}
    pod = pods()[service]
    grace = stack.get("stop_grace_period", "").removesuffix("s")

    assert pod["containers"][0]["resources"]["limits"] == limit
    assert stack["deploy"]["resources"]["limits"]["memory"] == "384m"
    if service == "haproxy":  # which has a preStop hook, and the command of its image
        assert pod["terminationGracePeriodSeconds"] == int(grace) + 15
    else:
        assert pod["containers"][0]["command"] == list(map(with_defaults, stack["command"]))
        assert str(pod.get("terminationGracePeriodSeconds", "")) == grace


def test_every_file_of_haproxy_is_where_haproxy_looks_for_it_in_kubernetes():
    files = [path for path in (ROOT / "haproxy").rglob("*") if path.suffix in (".cfg", ".json")]
    names = {str(path.relative_to(ROOT / "haproxy")) for path in files}
    generated = yaml_of(ROOT / "haproxy" / "kustomization.yaml")["configMapGenerator"][0]
    volume = pods()["haproxy"]["volumes"][0]["configMap"]

    assert volume["name"] == generated["name"]
    assert set(generated["files"]) == {item["path"] for item in volume["items"]} == names
    assert all(item["path"].endswith(item["key"]) for item in volume["items"])


def test_every_secret_of_kubernetes_is_used_and_made_by_escala():
    stores = BASE.parent / "stores"
    containers = [container(name, folder) for folder in (BASE, stores) for name in pods(folder)]
    sources = [source for each in containers for source in each["envFrom"]]

    used = {source["secretRef"]["name"] for source in sources if "secretRef" in source}

    assert used == set(credentials.KUBERNETES)

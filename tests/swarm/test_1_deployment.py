"""stack.yaml: no start without secrets, parts on several nodes, and no right that is not needed."""

import json

import pytest

from tests.support.engines.swarm import NODES, ONCE

SECRETS = ("core_secret_key", "jwt_signing_key", "core_database_url")


@pytest.mark.parametrize("name", ["ESCALA_IMAGE", "DATA_NODE"])
def test_what_has_no_default_is_asked_for_by_name(nodes, name):
    refused = nodes.deploy(check=False, **{name: ""})

    assert refused.returncode != 0
    assert f"required variable {name} is missing a value: " in refused.stderr


def test_a_missing_secret_is_one_clear_message(nodes):
    refused = nodes.deploy(check=False)

    assert refused.returncode != 0
    assert "secret not found: escala_" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert nodes.replicas() == {}


def test_secrets_are_made_once_and_not_replaced_by_others(nodes):
    assert nodes.make_secrets().returncode == 0
    known = nodes.secrets

    again = nodes.make_secrets()
    nodes.secrets = known

    assert again.returncode != 0
    assert "already exists" in again.stderr


def test_two_commands_bring_the_whole_shop_up(shop):
    assert shop.is_whole()
    assert shop.replicas()["core-api"] == (2, 2)


@pytest.mark.parametrize("service", ["core-api", "analytics-api", "haproxy"])
def test_the_replicas_of_a_service_are_on_different_nodes(shop, service):
    nodes = [node for node, _ in shop.containers(service)]

    assert len(nodes) == len(set(nodes)) == 2


@pytest.fixture(scope="module")
def containers(shop):
    """{name: its `docker inspect` document} of all containers on all nodes."""
    found = {}
    for node in NODES:
        names = shop.docker("ps", "--all", "--quiet", node=node).stdout.split()
        for document in json.loads(shop.docker("inspect", *names, node=node).stdout):
            found[document["Name"].lstrip("/")] = document
    return found


def test_every_container_has_only_the_rights_and_the_memory_it_needs(containers):
    assert len(containers) >= 12
    for name, container in containers.items():
        host = container["HostConfig"]
        assert container["Config"]["User"] not in ("", "0", "root", "0:0"), name
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"], name
        assert not host["CapAdd"] and not host["Privileged"], name
        assert 0 < host["Memory"] <= 2**30 and 0 < host["PidsLimit"] <= 256, name


def test_no_secret_is_a_variable_or_an_argument_of_a_container(shop, containers):
    for name, container in containers.items():
        text = json.dumps([container["Config"]["Env"], container["Config"]["Cmd"]])
        assert not [key for key, value in shop.secrets.items() if value in text], name


def test_every_container_has_a_place_for_temporary_files(shop):
    for service in ("core-api", "worker"):
        shop.exec(service, "sh", "-c", "echo text >/tmp/file && rm /tmp/file")


def test_only_haproxy_has_ports_of_a_node(containers):
    for name, container in containers.items():
        published = set(container["HostConfig"]["PortBindings"] or {})
        expected = {"8080/tcp", "8404/tcp"} if name.startswith("escala_haproxy.") else set()
        assert published == expected, name


def test_what_runs_once_has_ended_well_and_is_not_started_again(shop):
    for name in ONCE:
        states = [state.split()[0] for _, state in shop.tasks(name, state="")]
        assert states[0] == "Complete" and states.count("Complete") == 1, name

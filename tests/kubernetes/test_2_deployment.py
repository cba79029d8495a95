"""docker/kubernetes on three nodes: no start without secrets, and parts on several nodes."""

import json

import pytest
import yaml

from tests.support.engines.containers import eventually

ONCE = ("migrate", "analytics-migrate", "seed")


def test_a_missing_secret_is_one_clear_message(nodes):
    nodes.deploy()

    for service, secret in (("core-api", "core"), ("haproxy", "haproxy")):
        eventually(lambda name=service: nodes.messages_of(name), 60, "a message of the pod")
        assert set(nodes.messages_of(service)) == {f'secret "{secret}" not found'}


def test_secrets_are_made_once_and_not_replaced_by_others(nodes):
    nodes.make_secrets()
    known = dict(nodes.secrets)

    again = nodes.make_secrets(check=False)

    assert again.returncode != 0
    assert again.stderr.count("already exists") == 7
    assert nodes.secrets == known


def test_two_commands_bring_the_whole_shop_up(shop):
    assert shop.is_whole()
    assert len(shop.settled("core-api")) == 2


@pytest.mark.parametrize("service", ["core-api", "analytics-api", "haproxy"])
def test_the_pods_of_a_service_are_on_different_nodes(shop, service):
    nodes = shop.nodes_of(service)

    assert len(nodes) == len(set(nodes)) == 2


def test_no_secret_is_in_a_document_of_a_pod(shop):
    text = json.dumps(shop.get("pods"))

    assert [name for name, value in shop.secrets.items() if value in text] == []


def test_a_container_cannot_write_to_its_files_and_has_a_place_for_temporary_ones(shop):
    for service in ("core-api", "worker"):
        shop.exec(service, "sh", "-c", "echo text >/tmp/file && rm /tmp/file")
        shop.exec(service, "sh", "-c", "! touch /escala/file 2>/dev/null")
        shop.exec(service, "sh", "-c", "test ! -e /var/run/secrets/kubernetes.io")


def test_what_runs_once_has_ended_well(shop):
    for name in ONCE:
        assert shop.get("job", name)["status"]["succeeded"] == 1, name


def test_a_wrong_secret_is_one_clear_message(shop):
    jobs = [each for each in yaml.safe_load_all(shop.manifests()) if each["kind"] == "Job"]
    [job] = [each for each in jobs if each["metadata"]["name"] == "migrate"]
    job["metadata"]["name"] = job["spec"]["template"]["metadata"]["labels"]["app"] = "wrong"
    job["spec"]["template"]["spec"]["containers"][0]["env"] += [
        {"name": "JWT_SIGNING_KEY", "value": "short"}
    ]
    shop.apply(yaml.safe_dump(job))

    def said():
        return [each for each in shop.messages_of("wrong") if "JWT_SIGNING_KEY" in each]

    [message] = set(eventually(said, 90, "the message of the pod"))
    shop.k("delete", "job", "wrong")

    assert message.startswith("core_api: JWT_SIGNING_KEY is shorter than 32 bytes.")
    assert len(message.splitlines()) == 1

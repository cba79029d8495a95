"""docker/kubernetes is what today's Kubernetes takes, and asks for no right that is not needed.

These tests need a kubectl, and no cluster.
"""

import subprocess
import venv
from pathlib import Path

import pytest
import yaml

from lab.stack import credentials
from tests.support.engines.kubernetes import kustomize_is_missing
from tests.support.engines.kubernetes_overlay import MANIFESTS, rendered

OVERLAYS = ("cluster", "external", "one-node")
VALIDATOR = Path(__file__).with_name("requirements.txt")


@pytest.fixture(scope="module", params=OVERLAYS)
def text(request):
    if reason := kustomize_is_missing():
        pytest.skip(reason)
    return rendered(MANIFESTS / request.param)


@pytest.fixture
def documents(text):
    return list(yaml.safe_load_all(text))


@pytest.fixture(scope="session")
def validate(tmp_path_factory):
    """The command that knows what Kubernetes takes. It is large, so only this test installs it."""
    folder = tmp_path_factory.mktemp("validator")
    venv.create(folder, with_pip=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--require-hashes", "--requirement", VALIDATOR], check=True)
    return [folder / "bin" / "kubernetes-validate", "--strict", "--quiet"]


def pods(documents):
    """{name: the document of its pods} of all workloads."""
    kinds = ("Deployment", "StatefulSet", "Job")
    return {
        each["metadata"]["name"]: each["spec"]["template"]
        for each in documents
        if each["kind"] in kinds
    }


def of_kind(documents, kind):
    return {each["metadata"]["name"]: each["spec"] for each in documents if each["kind"] == kind}


def test_the_folder_itself_is_the_overlay_for_a_cluster():
    if reason := kustomize_is_missing():
        pytest.skip(reason)

    assert rendered(MANIFESTS) == rendered(MANIFESTS / "cluster")


@pytest.mark.parametrize("version", ["1.29", "1.37"])
def test_kubernetes_knows_every_field_of_every_manifest(text, validate, version, tmp_path):
    (tmp_path / "all.yaml").write_text(text)

    words = [*validate, "--kubernetes-version", version, tmp_path / "all.yaml"]
    said = subprocess.run(words, capture_output=True, text=True)

    assert (said.returncode, said.stdout) == (0, ""), said.stderr


def test_every_pod_is_as_the_restricted_standard_demands_and_has_no_token(documents):
    assert len(pods(documents)) >= 9
    for name, template in pods(documents).items():
        pod, [container] = template["spec"], template["spec"]["containers"]
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not any("hostPath" in volume for volume in pod.get("volumes", ())), name
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name


def test_every_container_says_what_it_needs_and_how_much_memory_it_may_have(documents):
    for name, template in pods(documents).items():
        resources = template["spec"]["containers"][0]["resources"]
        assert set(resources["requests"]) == {"cpu", "memory"}, name
        assert set(resources["limits"]) == {"memory"}, name


def test_every_image_has_a_tag_that_does_not_move(documents):
    images = [each["spec"]["containers"][0]["image"] for each in pods(documents).values()]

    assert all(image.rpartition(":")[2] not in ("", "latest") for image in images), images
    assert all(":" in image for image in images), images


def test_no_secret_is_in_the_manifests(documents):
    needed = {
        source["secretRef"]["name"]
        for template in pods(documents).values()
        for source in template["spec"]["containers"][0]["envFrom"]
        if "secretRef" in source
    }

    assert [each for each in documents if each["kind"] == "Secret"] == []
    assert needed <= set(credentials.KUBERNETES)


def test_an_update_never_takes_an_instance_away_before_there_is_a_new_one(documents):
    for name, spec in of_kind(documents, "Deployment").items():
        if name == "cache":  # which never runs twice
            assert spec["strategy"] == {"type": "Recreate"}
        else:
            assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0, name


def selected(documents, policy):
    """The names of the workloads that a network policy is for."""
    labels = policy["podSelector"].get("matchLabels", {})
    return {
        name
        for name, template in pods(documents).items()
        if labels.items() <= template["metadata"]["labels"].items()
    }


def test_everything_is_refused_but_what_a_policy_names(documents):
    policies = of_kind(documents, "NetworkPolicy")

    assert policies["nothing-else"]["podSelector"] == {}
    assert policies["nothing-else"]["policyTypes"] == ["Ingress", "Egress"]
    assert selected(documents, policies["clients-to-haproxy"]) == {"haproxy"}
    assert selected(documents, policies["instances-from-haproxy"]) == {"core-api", "analytics-api"}


def test_only_services_reach_the_stores_and_haproxy_does_not(documents):
    stores = {"postgres", "cache", "broker"} & set(pods(documents))
    services = set(pods(documents)) - stores - {"haproxy"}
    policies = of_kind(documents, "NetworkPolicy")

    assert selected(documents, policies["services-to-stores"]) == services
    if stores:
        policy = policies["stores-from-services"]
        [rule] = policy["ingress"]
        assert selected(documents, policy) == stores
        assert selected(documents, rule["from"][0]) == services

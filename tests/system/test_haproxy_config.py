"""haproxy.cfg serves a laptop, containers and a cluster: HAProxy accepts it for each of them."""

import itertools
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CONFIGURATION = Path(__file__).parents[2] / "haproxy" / "haproxy.cfg"

PLACES = {
    "bare": {},
    "laptop": {
        "FRONT_BIND": "127.0.0.1:18080",
        "STATS_BIND": "127.0.0.1:18404",
        "CORE_PORTS": "1810",
        "ANALYTICS_PORTS": "1820",
    },
    "containers": {
        "CORE_HOST": "core-api",
        "ANALYTICS_HOST": "analytics-api",
        "RESOLVER": "127.0.0.11:53",
    },
    "cluster": {
        "CORE_HOST": "core-api.shop.svc.cluster.local",
        "ANALYTICS_HOST": "analytics-api.shop.svc.cluster.local",
        "FRONT_BIND": "*:8080",
        "STATS_BIND": "*:8404",
    },
}


def check(cwd=None, **environment):
    """Runs `haproxy -c` with this environment only; returns (exit code, all it printed)."""
    environment = {"PATH": os.environ["PATH"], "STATS_PASSWORD": "secret", **environment}
    environment = {name: value for name, value in environment.items() if value is not None}
    command = ["haproxy", "-c", "-f", str(CONFIGURATION)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, cwd=cwd, timeout=30
    )
    return done.returncode, done.stdout + done.stderr


def assert_clean(code, text):
    assert code == 0, text
    assert "Configuration file is valid" in text
    assert "WARNING" not in text


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, chain, both = folder / "key.pem", folder / "chain.pem", folder / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", key, "-out", chain], check=True, capture_output=True)
    both.write_text(chain.read_text() + key.read_text())
    return str(both)


@pytest.mark.parametrize("https, edge_cache", [*itertools.product(["off", "on"], repeat=2)])
@pytest.mark.parametrize("place", PLACES)
def test_every_place_and_lever_is_accepted_without_a_warning(place, https, edge_cache, certificate):
    assert_clean(*check(**PLACES[place], HTTPS=https, EDGE_CACHE=edge_cache, TLS_CERT=certificate))


@pytest.mark.parametrize("balance", ["leastconn", "roundrobin", "random"])
def test_every_way_of_balancing_is_accepted(balance):
    assert_clean(*check(BALANCE=balance))


def test_the_file_is_found_from_any_folder(tmp_path):
    assert_clean(*check(cwd=tmp_path))


def test_a_folder_with_spaces_is_fine(tmp_path):
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "state").write_text("1\n")
    assert_clean(*check(ADMIN_SOCKET=str(folder / "admin.sock"), STATE_FILE=str(folder / "state")))


def test_a_state_file_that_does_not_exist_yet_is_no_error(tmp_path):
    code, text = check(STATE_FILE=str(tmp_path / "none"))
    assert code == 0, text


def test_a_missing_password_is_refused_and_named():
    code, text = check(STATS_PASSWORD=None)
    assert code == 1
    assert "STATS_PASSWORD is not set" in text


@pytest.mark.parametrize(
    "wrong", [{"BALANCE": "fastest"}, {"HTTPS": "on", "TLS_CERT": "/nowhere.pem"}]
)
def test_a_wrong_choice_is_refused_before_anything_starts(wrong):
    assert check(**wrong)[0] == 1


def test_no_password_and_no_absolute_path_is_in_the_file():
    text = CONFIGURATION.read_text()
    assert 'insecure-password "${STATS_PASSWORD}"' in text
    assert text.count("insecure-password") == 1
    assert not [
        folder for folder in ("/etc/", "/var/", "/usr/", "/run/", "/tmp/") if folder in text
    ]

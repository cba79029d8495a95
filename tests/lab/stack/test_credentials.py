import os
import re
import stat
import subprocess
from urllib.parse import urlsplit

import pytest
import yaml

from lab.errors import Failure
from lab.stack import credentials, postgres


def test_a_fresh_set_is_different_each_time_and_long_enough():
    one, other = credentials.generate(), credentials.generate()

    assert not set(one.values()) & set(other.values())
    assert len(one["JWT_SIGNING_KEY"]) >= 32
    assert len(set(one.values())) == len(credentials.NAMES)


def test_no_secret_needs_quoting_in_a_url_a_shell_or_a_file():
    assert all(re.fullmatch("[0-9a-f]+", value) for value in credentials.generate().values())


def test_the_addresses_of_a_cluster_have_the_passwords_of_their_stores():
    values = credentials.of_cluster(credentials.generate())

    for address, password in {
        "CORE_DATABASE_URL": "CORE_DATABASE_PASSWORD",
        "ANALYTICS_DATABASE_URL": "ANALYTICS_DATABASE_PASSWORD",
        "CACHE_URL": "CACHE_PASSWORD",
        "BROKER_URL": "BROKER_PASSWORD",
    }.items():
        assert urlsplit(values[address]).password == values[password]


def fake_docker(folder, exists=()):
    """A folder for PATH whose `docker` writes each secret into a file, and refuses those."""
    refuse = " ".join(exists) or "-"
    script = f"""#!/bin/sh
case " {refuse} " in *" $3 "*) echo "$3 already exists" >&2; exit 1 ;; esac
cat >"{folder}/$3"
"""
    (folder / "docker").write_text(script)
    (folder / "docker").chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_the_script_for_swarm_gives_every_value_to_docker(tmp_path):
    values = credentials.of_cluster(credentials.generate())

    subprocess.run(
        ["sh"],
        input=credentials.as_swarm(values),
        env=fake_docker(tmp_path),
        text=True,
        check=True,
    )

    made = {path.name: path.read_text() for path in tmp_path.iterdir() if path.name != "docker"}
    assert made == {f"escala_{name.lower()}": value for name, value in values.items()}


def test_the_script_for_swarm_stops_where_a_secret_exists(tmp_path):
    script = credentials.as_swarm({"ONE": "1", "TWO": "2", "THREE": "3"})

    done = subprocess.run(
        ["sh"], input=script, env=fake_docker(tmp_path, ["escala_two"]), text=True, check=False
    )

    assert done.returncode == 1
    assert (tmp_path / "escala_one").exists() and not (tmp_path / "escala_three").exists()


def test_the_manifests_for_kubernetes_have_every_value_as_text():
    values = credentials.of_cluster(credentials.generate()) | {"CACHE_PASSWORD": "12345678e9"}

    made = list(yaml.safe_load_all(credentials.as_kubernetes(values)))

    assert {each["kind"] for each in made} == {"Secret"}
    assert {text for each in made for text in each["stringData"].values()} == set(values.values())


def test_a_home_keeps_its_set_where_only_the_owner_reads_it(home):
    values = credentials.load(home)

    assert credentials.load(home) == values
    files = list(home.secrets.iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_set_of_an_older_version_is_completed_beside_its_database(home):
    older = {name: f"of-old-{name}" for name in credentials.NAMES if name != "STATS_PASSWORD"}
    (home.secrets / "secrets.env").write_text(credentials.as_lines(older))
    make_database(home)

    values = credentials.load(home)

    assert older.items() <= values.items()
    assert set(values) == {*credentials.NAMES, *credentials.OF_BOARD}


def make_database(home):
    database = postgres.cluster(home.data / "postgres")
    database.mkdir(parents=True)
    (database / "PG_VERSION").write_text("15\n")


# What a power cut or an editor leaves of the file.
DAMAGED = {
    "lost": lambda text: None,
    "empty": lambda text: "",
    "zeros": lambda text: "\0" * len(text),
    "half": lambda text: text[: len(text) // 2],
    "last line cut": lambda text: text[:-9],
    "no equals signs": lambda text: text.replace("=", " "),
    "no values": lambda text: re.sub("=.*", "=", text),
    "no text": lambda text: text[:-20] + "\udcff\udcfe\n",
}


def damage(home, name):
    credentials.load(home)
    path = home.secrets / "secrets.env"
    text = DAMAGED[name](path.read_text())
    path.unlink()
    if text is not None:
        path.write_text(text, errors="surrogateescape")
    return path, text


@pytest.mark.parametrize("name", DAMAGED)
def test_passwords_of_a_database_are_never_made_anew(home, name):
    path, text = damage(home, name)
    make_database(home)

    with pytest.raises(Failure, match="secrets.env") as refused:
        credentials.load(home)

    assert "PASSWORD" in refused.value.what
    assert "backup" in refused.value.next_step and "down --wipe" in refused.value.next_step
    assert (path.read_text(errors="surrogateescape") if path.exists() else None) == text


@pytest.mark.parametrize("name", DAMAGED)
def test_without_a_database_a_damaged_file_is_completed(home, name):
    damage(home, name)

    values = credentials.load(home)

    assert set(values) == {*credentials.NAMES, *credentials.OF_BOARD}
    assert all(re.fullmatch("([0-9a-f]{16}){1,4}", value) for value in values.values())
    assert credentials.load(home) == values

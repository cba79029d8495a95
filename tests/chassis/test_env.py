import os
import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from chassis import env, token_settings


def test_a_value_that_is_not_a_choice_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("CACHE", "rediss")

    with pytest.raises(ImproperlyConfigured, match="CACHE=rediss is not one of local, off"):
        env.choice("CACHE", "local", "off")


def test_nothing_set_is_the_first_choice(monkeypatch):
    monkeypatch.delenv("CACHE", raising=False)

    assert env.choice("CACHE", "local", "off") == "local"


def test_a_switch_is_on_or_off_and_nothing_else(monkeypatch):
    monkeypatch.setenv("LAB", "on")
    assert env.switch("LAB") is True
    monkeypatch.setenv("LAB", "yes")
    with pytest.raises(ImproperlyConfigured, match="LAB=yes"):
        env.switch("LAB")


def test_a_limit_is_at_least_one(monkeypatch):
    monkeypatch.delenv("LOGIN_FAILURES_PER_ACCOUNT", raising=False)
    assert env.limit("LOGIN_FAILURES_PER_ACCOUNT", 5) == 5
    monkeypatch.setenv("LOGIN_FAILURES_PER_ACCOUNT", "7")
    assert env.limit("LOGIN_FAILURES_PER_ACCOUNT", 5) == 7
    monkeypatch.setenv("LOGIN_FAILURES_PER_ACCOUNT", "0")
    with pytest.raises(ImproperlyConfigured, match="LOGIN_FAILURES_PER_ACCOUNT=0 is less than 1"):
        env.limit("LOGIN_FAILURES_PER_ACCOUNT", 5)


def test_a_secret_is_generated_once_and_only_its_owner_reads_it(monkeypatch, tmp_path):
    monkeypatch.setattr(env, "MONOLITH", tmp_path / "monolith")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("DEBUG", "on")

    first = env.secret("SECRET_KEY")

    assert env.secret("SECRET_KEY") == first
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "monolith/secret_key").stat().st_mode) == 0o600


def test_without_debug_a_secret_has_no_default(monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("DEBUG", "off")

    with pytest.raises(ImproperlyConfigured, match="escala secrets"):
        env.secret("SECRET_KEY")


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"postgres://a:b@c/d", "postgres://a:b@c/d"),
        (b"with a line end\n", "with a line end"),
        (b"--- one\ntwo ---\n", "--- one\ntwo ---"),
        ("\u00e9".encode(), "\u00e9"),
    ],
)
def test_a_variable_may_be_in_the_file_that_name_file_names(monkeypatch, tmp_path, content, value):
    (tmp_path / "secret").write_bytes(content)
    monkeypatch.setenv("JWT_SIGNING_KEY_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("JWT_SIGNING_KEY", "the file counts")

    assert env.secret("JWT_SIGNING_KEY") == value


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe", "can't decode"),
    ],
)
@pytest.mark.parametrize("debug", ["on", "off"])
def test_a_secret_file_without_a_secret_is_refused(
    monkeypatch, tmp_path, content, complaint, debug
):
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("DEBUG", debug)
    monkeypatch.setenv("DATABASE_URL_FILE", str(file))

    with pytest.raises(ImproperlyConfigured, match=f"DATABASE_URL_FILE={file}.*{complaint}"):
        env.database("unused.sqlite3")


def test_the_value_in_a_file_is_not_inherited_by_child_processes(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("hidden")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "secret"))

    assert env.secret("SECRET_KEY") == "hidden"
    assert "SECRET_KEY" not in os.environ


@pytest.mark.parametrize(
    ("key", "complaint"), [("short" * 6, "shorter than 32 bytes"), ("s" * 40, "equals SECRET_KEY")]
)
def test_a_signing_key_that_is_short_or_not_its_own_is_refused(monkeypatch, key, complaint):
    monkeypatch.setenv("JWT_SIGNING_KEY", key)

    with pytest.raises(ImproperlyConfigured, match=complaint):
        token_settings.simple_jwt(signs=True, secret_key="s" * 40)


def test_postgres_gets_its_limits_and_a_health_check(monkeypatch):
    address = "postgres://core:p%40ss@127.0.0.1:5432/core?sslmode=require"
    monkeypatch.setenv("DATABASE_URL", address)

    database = env.database("unused.sqlite3")["default"]

    assert database["PASSWORD"] == "p@ss"
    assert database["CONN_HEALTH_CHECKS"] is True
    assert database["CONN_MAX_AGE"] > 0
    assert "-c lock_timeout=3000" in database["OPTIONS"]["options"]
    assert database["OPTIONS"]["sslmode"] == "require"

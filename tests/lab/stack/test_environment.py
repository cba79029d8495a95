import pytest

from lab.errors import WrongUsage
from lab.stack import credentials, environment, levers
from lab.stack.desired import DesiredState, all_names
from lab.stack.supervisor import Supervisor


@pytest.fixture
def asymmetric():
    return DesiredState(levers=levers.DEFAULTS | {"JWT_ALGORITHM": "EdDSA"})


def test_an_instance_gets_its_name_its_address_and_the_levers(home):
    variables = environment.of_process(home, DesiredState(), "core-2")

    assert variables["INSTANCE"] == "core-2"
    assert variables["BIND"] == "127.0.0.1:9102"
    assert {name: variables[name] for name in ("CACHE", "TASKS", "LAB", "DEBUG")} == {
        "CACHE": "redis",
        "TASKS": "queued",
        "LAB": "on",
        "DEBUG": "off",
    }


def test_nothing_of_the_callers_shell_reaches_a_process(home, monkeypatch):
    for name in ("DATABASE_URL", "DEBUG", "DJANGO_SETTINGS_MODULE", "CACHE", "PYTHONPATH"):
        monkeypatch.setenv(name, "left over in the shell")

    for name in all_names():
        assert (
            "left over in the shell"
            not in environment.of_process(home, DesiredState(), name).values()
        )


def test_each_service_gets_only_its_own_passwords(home):
    values = credentials.load(home)
    core = " ".join(environment.of_process(home, DesiredState(), "core-1").values())
    analytics = " ".join(environment.of_process(home, DesiredState(), "analytics-1").values())

    assert (
        values["CORE_DATABASE_PASSWORD"] in core
        and values["CORE_DATABASE_PASSWORD"] not in analytics
    )
    assert (
        values["ANALYTICS_SECRET_KEY"] in analytics and values["ANALYTICS_SECRET_KEY"] not in core
    )
    assert values["POSTGRES_PASSWORD"] not in core + analytics
    assert values["ADMIN_PASSWORD"] not in core + analytics


def test_with_a_key_pair_only_the_shop_can_sign(home, asymmetric):
    core = environment.of_process(home, asymmetric, "core-1")
    analytics = environment.of_process(home, asymmetric, "analytics-1")

    assert "PRIVATE KEY" in core["JWT_SIGNING_KEY"]
    assert "JWT_SIGNING_KEY" not in analytics
    assert core["JWT_VERIFYING_KEY"] == analytics["JWT_VERIFYING_KEY"]
    assert "PUBLIC KEY" in analytics["JWT_VERIFYING_KEY"]


def test_the_supervisors_file_and_the_commands_hold_no_secret(home):
    text = Supervisor(home)._configuration()

    assert not [name for name, value in credentials.load(home).items() if value in text]


@pytest.mark.parametrize(
    "limit", ["JOB_SILENT_SECONDS", "RESEND_SECONDS", "TASK_SECONDS", "WATCHDOG_SECONDS"]
)
def test_limits_that_a_test_shortens_reach_workers_and_relay(home, monkeypatch, limit):
    monkeypatch.setenv(limit, "1")

    assert environment.of_process(home, DesiredState(), "worker-1")[limit] == "1"
    assert environment.of_process(home, DesiredState(), "relay")[limit] == "1"


@pytest.mark.parametrize("value", ["", "abc", "-1", "0", "1e3", "1_0", "\u0663", "nan"])
@pytest.mark.parametrize("limit", environment.LIMITS)
def test_a_limit_that_is_no_such_number_is_named(monkeypatch, limit, value):
    monkeypatch.setenv(limit, value)

    with pytest.raises(WrongUsage, match=f"{limit}={value} is not a"):
        environment.limits()


@pytest.mark.parametrize(("limit", "whole"), [("JOB_SILENT_SECONDS", False), ("THREADS", True)])
def test_a_limit_in_seconds_may_have_a_fraction_and_a_count_may_not(monkeypatch, limit, whole):
    monkeypatch.setenv(limit, "0.5")

    if whole:
        with pytest.raises(WrongUsage):
            environment.limit(limit)
    else:
        assert environment.limit(limit) == "0.5"

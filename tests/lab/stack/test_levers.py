import pytest

from lab.errors import Failure, WrongUsage
from lab.stack import levers


def test_without_a_word_the_best_known_values_are_set():
    assert levers.DEFAULTS == {
        "CACHE": "redis",
        "EDGE_CACHE": "off",
        "BALANCE": "leastconn",
        "TASKS": "queued",
        "ANALYTICS": "events",
        "JWT_ALGORITHM": "HS256",
        "HTTPS": "off",
        "LAB": "on",
    }


def test_levers_are_read_from_name_and_value():
    assert levers.parse(["CACHE=near", "LAB=off"]) == {"CACHE": "near", "LAB": "off"}


@pytest.mark.parametrize("text", ["CASH=off", "cache=off", "PATH=/", "=", ""])
def test_a_lever_that_does_not_exist_is_refused_and_those_that_do_are_named(text):
    with pytest.raises(WrongUsage) as refused:
        levers.parse([text])

    assert "CACHE" in refused.value.next_step


@pytest.mark.parametrize(
    "text", ["CACHE=on", "CACHE=", "CACHE", "BALANCE=source", "JWT_ALGORITHM=none"]
)
def test_a_value_that_does_not_exist_is_refused_and_those_that_do_are_named(text):
    name = text.partition("=")[0]

    with pytest.raises(WrongUsage, match=name) as refused:
        levers.parse([text])

    assert levers.DEFAULTS[name] in refused.value.next_step


def test_a_lever_touches_only_the_processes_that_read_it():
    assert levers.kinds_to_restart(levers.DEFAULTS, levers.DEFAULTS) == set()
    assert levers.kinds_to_restart(levers.DEFAULTS, levers.DEFAULTS | {"BALANCE": "random"}) == {
        "haproxy"
    }
    assert levers.kinds_to_restart(levers.DEFAULTS, levers.DEFAULTS | {"CACHE": "off"}) == {
        "core",
        "worker",
        "relay",
    }


@pytest.mark.parametrize(
    ("found", "possible"), [((5, 0), False), ((6, 0), True), ((7, 0), True), ((8, 0), True)]
)
def test_near_is_refused_by_name_where_redis_is_too_old(monkeypatch, found, possible):
    monkeypatch.setattr(levers.programs, "redis_version", lambda: found)
    levers.check_possible(levers.DEFAULTS)

    if possible:
        levers.check_possible(levers.DEFAULTS | {"CACHE": "near"})
    else:
        with pytest.raises(
            Failure, match="CACHE=near needs Redis 6.0 or newer, this machine has 5"
        ):
            levers.check_possible(levers.DEFAULTS | {"CACHE": "near"})


def test_the_redis_of_this_machine_reports_its_version():
    assert levers.programs.redis_version() >= (6, 0)

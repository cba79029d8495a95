from lab.polling import wait_until
from tests.support.shoppers import shop_load


def states(laptop):
    return {row["name"]: row["state"] for row in laptop.status()["instances"]}


def test_new_instances_take_their_share_and_old_ones_leave(laptop):
    laptop.run("scale", "4")
    with shop_load(laptop) as load:
        assert wait_until(lambda: len(load.served_by) == 4, seconds=10)
    assert states(laptop)["core-4"] == "UP"
    laptop.run("scale", "core", "2")

    assert set(load.served_by) == {"core-1", "core-2", "core-3", "core-4"}
    assert "core-3" not in laptop.processes()


def test_a_rolling_restart_replaces_every_service_and_analytics_answers_all_the_time(laptop):
    before = laptop.processes()

    with shop_load(laptop, orders=0, reads=["/analytics/schema/"], clients=1) as analytics:
        laptop.run("rolling-restart")

    after = laptop.processes()
    replaced = {name for name in after if after[name]["pid"] != before[name]["pid"]}
    assert analytics.failures == []
    assert replaced == set(before) - {"postgres", "cache", "broker", "haproxy"}
    assert "analytics-2" in analytics.served_by  # the stand-in of the only instance


def test_a_rolling_restart_leaves_down_what_was_killed_on_purpose(laptop):
    laptop.run("kill", "core-2")
    laptop.run("kill", "worker-1")

    with shop_load(laptop) as load:
        laptop.run("rolling-restart")

    assert load.failures == []
    assert "core-3" in load.served_by  # the stand-in of the only running instance
    assert {laptop.processes()[name]["state"] for name in ("core-2", "worker-1")} == {"killed"}
    laptop.run("start", "core-2")
    laptop.run("start", "worker-1")


def test_analytics_is_scaled_without_touching_the_shop(laptop):
    before = laptop.processes()

    laptop.run("scale", "analytics", "2")
    after = laptop.processes()
    assert states(laptop)["analytics-2"] == "UP"
    laptop.run("scale", "analytics", "1")

    assert {name: after[name] for name in before} == before


def test_workers_are_scaled_alone(laptop):
    before = laptop.processes()

    laptop.run("workers", "3")
    assert set(laptop.processes()) - set(before) == {"worker-2", "worker-3"}
    laptop.run("workers", "1")

    assert laptop.processes() == before


def test_a_restarted_haproxy_remembers_which_places_are_closed(laptop):
    laptop.run("kill", "haproxy")
    laptop.run("start", "haproxy")

    answer = laptop.status()
    assert answer["healthy"]
    with shop_load(laptop) as load:
        assert wait_until(lambda: len(load.served_by) == 2, seconds=10)
    assert load.failures == []
    assert set(load.served_by) == {"core-1", "core-2"}

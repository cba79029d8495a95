"""What the collector makes of the answers of its sources."""

import pytest

from lab.board.collector import Collector, Core
from lab.board.sources import Database, Traffic
from lab.stack.desired import DesiredState
from lab.stack.home import Home


@pytest.fixture
def collector(tmp_path):
    """A collector whose sources say what the test gives them."""
    home = Home(tmp_path, 9000)
    return Collector(home, Database(home, "core"), Database(home, "analytics"))


def test_the_load_of_others_is_what_haproxy_counts(collector):
    for at, traffic in ((1.0, Traffic(100, 0, 0, 0)), (2.0, Traffic(160, 4, 2, 3))):
        collector.haproxy.value, collector.haproxy.at = (traffic, {}), at
        rates, picture = collector.traffic_rates(), collector.picture(DesiredState())

    counts = {"offered": 60, "ok": 54, "refused": 4, "failed": 2}
    assert rates == counts | {"whose": "everyone"}
    assert picture["edges"]["shoppers>haproxy"] == 60
    assert picture["queues"]["haproxy"] == 3


def test_boxes_note_jobs_queues_and_the_hits_of_the_cache(collector):
    collector.core_rows.value = Core(10, 5, 7, 2, [("worker-1", "import", 40)])
    collector.cache.value = {"hits": 93, "misses": 7, "commands": 100}
    collector.broker.value = {"analytics": 1, "relay": 2, "long": 3}

    picture = collector.picture(DesiredState())

    notes = {box["name"]: box["note"] for box in picture["boxes"] if box["note"]}
    assert notes == {
        **{"worker-1": "import 40 %", "relay": "outbox 7"},
        **{"broker": "queued 6", "cache": "hit 93 %"},
    }
    assert (picture["queues"]["outbox"], picture["queues"]["jobs"]) == (7, 3)

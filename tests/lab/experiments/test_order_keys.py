"""The orders of a load have idempotency keys that the shop accepts; it refuses a comma."""

import random
import re
from types import SimpleNamespace

import pytest

from lab.experiments import e0_staircase, e1d_new_service, e2c_retried_writes
from lab.stack.home import ROOT
from lab.workload import shop

VIEWS = (ROOT / "core_api" / "orders" / "views.py").read_text()
(ACCEPTED,) = re.findall(r'^KEY_CHARACTERS = re.compile\(r"(.*)"\)$', VIEWS, re.MULTILINE)


@pytest.fixture
def lab(monkeypatch):
    """A laboratory whose load() keeps the keys of some requests instead of sending them."""
    lab = SimpleNamespace(quick=True, seed=1, proving=False, keys=[])
    lab.system = SimpleNamespace(home=SimpleNamespace(port=lambda name: 1))
    lab.bearer = lambda who, at=None: {"Authorization": "Bearer token"}
    lab.sql = lambda *arguments: [("TEA-1",)]
    lab.second_attempts = lambda phase: 0
    lab.request_ok = lambda *arguments: {"results": [{"sku": "TEA-1"}]}
    for name in ("configure", "kill", "start", "fact", "audit", "capacity"):
        setattr(lab, name, lambda *arguments, **more: 90)

    def load(make_request, **more):
        made = [make_request(random.Random(number)) for number in range(300)]
        headers = [request.get("headers", {}) for request in made]
        lab.keys += [each["Idempotency-Key"] for each in headers if "Idempotency-Key" in each]
        return SimpleNamespace(number=0)

    lab.load, lab.turns = load, lambda least, most: range(least)
    monkeypatch.setattr(shop, "restock", lambda *arguments: [f"TEA-{n}" for n in range(40)])
    for name in ("orders_placed", "wait_for_events", "count_jobs", "wait_for_jobs"):
        monkeypatch.setattr(shop, name, lambda *arguments, **more: 0)
    return lab


@pytest.mark.parametrize("experiment", [e0_staircase, e1d_new_service, e2c_retried_writes])
def test_the_keys_of_all_orders_are_accepted(experiment, lab):
    experiment.measure(lab)

    assert lab.keys
    assert [key for key in lab.keys if not re.fullmatch(ACCEPTED, key)] == []

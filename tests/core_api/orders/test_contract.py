import json
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace

from chassis.env import ROOT
from core_api.orders.rows import order_placed_payload


def test_what_the_shop_sends_is_what_the_contract_says():
    contract = json.loads((ROOT / "fixtures/contracts/order_placed.json").read_text())
    order = SimpleNamespace(
        id=contract["order_id"],
        event_id=contract["event_id"],
        created_at=datetime.fromisoformat(contract["occurred_at"]),
        total=Decimal(contract["total"]),
    )
    lines = [
        SimpleNamespace(
            product=SimpleNamespace(
                sku=line["sku"], category=SimpleNamespace(slug=line["category"])
            ),
            quantity=line["quantity"],
            unit_price=Decimal(line["unit_price"]),
        )
        for line in contract["lines"]
    ]

    assert order_placed_payload(order, lines) == contract

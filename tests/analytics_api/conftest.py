"""Clients with tokens as core_api signs them, and the message of the contract."""

import json
import time
import uuid
from pathlib import Path

import jwt
import pytest
from django.conf import settings
from django.db import connection
from rest_framework.test import APIClient

from analytics_api.celery import app

CONTRACT = Path(__file__).resolve().parents[2] / "fixtures" / "contracts" / "order_placed.json"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory):
    """A file for SQLite: in a database in memory, threads cannot wait for each other."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = (
            tmp_path_factory.mktemp("database") / "test.sqlite3"
        )


@pytest.fixture(autouse=True)
def quick_password_hasher(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def signed(key=None, **changes):
    """An access token as core_api issues it, with changed claims; `...` removes a claim."""
    now = int(time.time())
    claims = {
        "token_type": "access",
        "user_id": "7",
        "username": "steven",
        "role": "staff",
        "iss": "escala",
        "aud": ["core", "analytics"],
        "iat": now,
        "exp": now + 300,
        "jti": "j",
    } | changes
    claims = {name: value for name, value in claims.items() if value is not ...}
    return jwt.encode(claims, key or settings.SIMPLE_JWT["SIGNING_KEY"], "HS256")


def api_with(token):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture
def anonymous_api():
    return APIClient()


@pytest.fixture
def customer_api():
    return api_with(signed(role="customer"))


@pytest.fixture
def staff_api():
    return api_with(signed(role="staff"))


@pytest.fixture
def token():
    return signed


@pytest.fixture
def contract():
    return json.loads(CONTRACT.read_text())


@pytest.fixture
def event(contract):
    """Makes payloads: event(lines=[("TEA-1", 2, "12.50")],
    occurred_at="2026-02-01T10:00:00+00:00")."""

    def make(lines=(("TEA-1", 2, "12.50"),), **changes):
        rows = [
            {
                "sku": sku,
                "category": sku.partition("-")[0].lower(),
                "quantity": quantity,
                "unit_price": price,
            }
            for sku, quantity, price in lines
        ]
        total = sum(row["quantity"] * int(row["unit_price"].replace(".", "")) for row in rows)
        new = {"event_id": str(uuid.uuid4()), "order_id": str(uuid.uuid4()), "lines": rows}
        return contract | new | {"total": f"{total // 100}.{total % 100:02}"} | changes

    return make


@pytest.fixture
def answers():
    """The new messages in the queue `relay`, as (task name, arguments)."""
    with app.connection_for_read() as broker:
        queue = app.amqp.queues["relay"](broker.default_channel)
        queue.declare()
        queue.purge()

        def read():
            while message := queue.get(no_ack=True):
                yield message.headers["task"], message.payload[0]

        yield lambda: list(read())

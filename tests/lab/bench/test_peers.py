"""The peers do what they claim: a ratio to one that does not would be worth nothing."""

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from lab.bench import import_file, servers
from lab.bench.servers import Server
from lab.stack.home import ROOT
from lab.workload.http_client import bearer, file_upload, request

pytestmark = [
    pytest.mark.skipif(
        "DATABASE_URL_CORE_API" not in os.environ, reason="needs Postgres: run ./escala test"
    ),
    pytest.mark.slow,
]
SHOP = """
from django.contrib.auth.models import User
from core_api.accounts.serializers import refresh_token_for
from core_api.catalog.models import Category
from core_api.catalog.services import create_product
user, _ = User.objects.get_or_create(username="plain")
tea, _ = Category.objects.get_or_create(slug="plain", name="Plain")
for sku, stock in {stock!r}.items():
    create_product(sku=sku, name=sku, category=tea, price="2.50", stock=stock)
print(refresh_token_for(user).access_token)
"""


@pytest.fixture
def start(home):
    """A function that starts the server of a peer, on the database of the shop."""
    with ExitStack() as stack:

        def start_peer(name, python=sys.executable):
            variables = os.environ | {
                "DATABASE_URL": os.environ["DATABASE_URL_CORE_API"],
                "SECRET_KEY": "s" * 50,
                "JWT_SIGNING_KEY": "j" * 50,
                "ESCALA_HOME": str(home.folder),
                "PEER": name,
            }
            variables.pop("DJANGO_SETTINGS_MODULE", None)
            peer = Server(home, name, "lab.bench.peers.wsgi", variables, python=str(python))
            manage(peer, "migrate", "--verbosity=0")
            servers.make_tables(peer)
            stack.enter_context(servers.running([peer]))
            return peer

        yield start_peer


@pytest.fixture
def place(start):
    """Orders one of each sku, so many times at once; returns the responses."""
    peer = start("plain")

    def place(stock, *orders):
        headers = bearer(token(peer, stock))

        def one(skus):
            lines = [{"sku": sku, "quantity": 1} for sku in skus]
            return request(peer.port, "POST", "/api/orders/", {"lines": lines}, headers)

        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(one, orders))

    return place


def token(peer, stock):
    """The token of a user of the shop, which then has these products."""
    return manage(peer, "shell", "--no-imports", "--command", SHOP.format(stock=stock)).strip()


def manage(peer, *words):
    command = [sys.executable, "manage.py", "core_api", *words]
    done = subprocess.run(command, env=peer.variables, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_answers_with_lines_and_total_and_sells_no_more_than_there_is(place):
    found = place({"PLAIN-1": 5, "PLAIN-2": 100}, *[("PLAIN-1", "PLAIN-2")] * 12)

    assert Counter(response.status for response in found) == {201: 5, 400: 7}
    (order, *_) = [json.loads(response.body) for response in found if response.status == 201]
    assert order["total"] == "5.00"
    assert [line["sku"] for line in order["lines"]] == ["PLAIN-1", "PLAIN-2"]


def test_orders_with_opposite_lines_do_not_deadlock(place):
    found = place(
        {"PLAIN-3": 100, "PLAIN-4": 100}, *[("PLAIN-3", "PLAIN-4"), ("PLAIN-4", "PLAIN-3")] * 20
    )

    assert {response.status for response in found} == {201}


def test_its_import_takes_every_good_row_and_names_the_others(start):
    peer = start(servers.IMPORTER, servers.peers_python())
    headers = bearer(token(peer, {"PEER-2": 5}))
    rows = [
        "PEER-1,New,Peers,2.50,7,A text",
        "PEER-2,Changed,Plain,0.00,0,",
        "PEER 3,Space,Peers,1.00,1,",
        "PEER-4,Negative,Peers,-1.00,1,",
        "PEER-5,Negative,Peers,1.00,-1,",
        "PEER-6,Cents,Peers,1.001,1,",
        f"PEER-7,{201 * 'x'},Peers,1.00,1,",
    ]
    text = "\n".join([",".join(import_file.COLUMNS), *rows])
    body, kind = file_upload("products.csv", text)

    response = request(peer.port, "POST", "/api/imports/", body, headers | kind)

    assert (response.status, response.document) == (201, {"imported": 2, "rejected": 5})
    assert products(peer) == [
        ["PEER-1", "New", "Peers", "2.50", 7, True],
        ["PEER-2", "Changed", "Plain", "0.00", 0, True],
    ]


def products(peer):
    program = """
import json
from core_api.catalog.models import Product
columns = ("sku", "name", "category__name", "price", "stock", "active")
found = Product.objects.filter(sku__startswith="PEER").order_by("sku").values_list(*columns)
print(json.dumps(list(found), default=str))
"""
    return json.loads(manage(peer, "shell", "--no-imports", "--command", program))

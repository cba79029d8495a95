"""A client of the running shop: logs in through HAProxy and speaks JSON, without ever trying
again."""

import http.client
import json
import uuid

from lab.polling import wait_until


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.body)


class Client:
    """One user of one system; `token` is sent with every request once login() got one."""

    def __init__(self, laptop):
        self.port, self.logins, self.token = (
            laptop.home.port("haproxy"),
            laptop.status()["logins"],
            None,
        )

    def login(self, who):
        login = {name: self.logins[who][name] for name in ("username", "password")}
        # A password is slow to check, and a busy machine may need more time than HAProxy gives it.
        self.token = wait_until(
            lambda: self.post("/api/token/", login).json().get("access"), seconds=30
        )
        assert self.token, f"{who} can't log in"
        return self

    def ask(self, method, path, body=None, **headers):
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request(method, path, body, headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, document, **headers):
        return self.ask(
            "POST", path, json.dumps(document), **{"Content-Type": "application/json"}, **headers
        )

    def order(self, *lines, key=None):
        """Places an order of (sku, quantity) lines, under a new key unless one is given."""
        document = {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines]}
        return self.post("/api/orders/", document, **{"Idempotency-Key": key or str(uuid.uuid4())})

    def upload(self, path, text):
        """Posts `text` as the multipart field `file`."""
        mark = uuid.uuid4().hex
        body = (
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="products.csv"\r\n'
            f"Content-Type: text/csv\r\n\r\n{text}\r\n--{mark}--\r\n"
        )
        return self.ask(
            "POST", path, body.encode(), **{"Content-Type": f"multipart/form-data; boundary={mark}"}
        )


def two_products(client):
    """The skus of the two products with the most in stock, of the first 20."""
    rows = client.get("/api/products/?page_size=100").json()["results"]
    stock = {
        row["sku"]: client.get(f"/api/products/{row['sku']}/").json()["stock"] for row in rows[:20]
    }
    return sorted(stock, key=stock.get)[-2:]

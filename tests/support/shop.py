"""A client of a running shop, through HAProxy; it never sends a request twice."""

import http.client
import json
import uuid

from lab.polling import wait_until

JSON = {"Content-Type": "application/json"}


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.body)


class Client:
    """One user of a system, a Laptop or the Shop in containers; login() gets its token."""

    def __init__(self, system):
        self.port, self.logins, self.token = system.port, system.logins(), None

    def login(self, who):
        login = {name: self.logins[who][name] for name in ("username", "password")}
        # Checking a password takes long, and on a busy machine longer than HAProxy waits.
        self.token = wait_until(
            lambda: self.post("/api/token/", login).json().get("access"), seconds=30
        )
        assert self.token, f"{who} can't log in"
        return self

    def bearer(self):
        """The header with the user's token; {} for an anonymous client."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request(method, path, body, headers | self.bearer())
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def document(self, path):
        """The JSON document at an address, which must be there."""
        answer = self.get(path)
        assert answer.status == 200, f"{path} was answered {answer.status}: {answer.body}"
        return answer.json()

    def post(self, path, document, **headers):
        return self.ask("POST", path, json.dumps(document), **JSON, **headers)

    def patch(self, path, document):
        return self.ask("PATCH", path, json.dumps(document), **JSON)

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
    rows = client.document("/api/products/?page_size=20")["results"]
    skus = [row["sku"] for row in rows]
    stock = {sku: client.document(f"/api/products/{sku}/")["stock"] for sku in skus}
    return sorted(stock, key=stock.get)[-2:]

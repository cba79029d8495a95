"""An instance is removed while it works on a request: the real HAProxy drains it first."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from lab.stack import scale
from tests.support.edge import until


class Supervisor:
    """A stand-in for lab's supervisor, which stops an instance without waiting for its requests."""

    def __init__(self, edge):
        self.edge = edge
        self.home = SimpleNamespace(
            haproxy_socket=edge.socket_path, server_state=edge.state_file, port=lambda name: 1
        )

    def states(self):
        return defaultdict(lambda: ("running", None))

    def stop_process(self, name):
        self.edge.kill(name)

    def wait_stopped(self, name, *, seconds):
        return name not in self.edge.processes


def test_an_instance_that_is_taken_away_finishes_what_it_is_doing(start_edge):
    edge = start_edge(core=2, analytics=0)
    with ThreadPoolExecutor() as client:
        answer = client.submit(edge.ask, "POST", "/api/products/?ms=2000", b"{}")
        instance = until(lambda: edge.attempts("ms=2000"), "a request under way")[0][0]

        scale.remove(Supervisor(edge), instance)

        assert answer.result().status == 200
    assert {edge.get("/").headers["X-Served-By"] for _ in range(4)} == set(edge.names) - {instance}

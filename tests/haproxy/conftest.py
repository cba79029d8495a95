"""HAProxy with stand-in instances: a shared edge, and a function that starts one for one test."""

import pytest

from tests.support.edge import Edge


@pytest.fixture
def start_edge(tmp_path):
    """A function that starts an edge for this test alone: start_edge(core=2, EDGE_CACHE="on")."""
    edges = []

    def start(**choices):
        edges.append(Edge(tmp_path, **choices))
        edges[-1].start()
        return edges[-1]

    yield start
    for edge in edges:
        edge.stop()


@pytest.fixture(scope="session")
def edge(tmp_path_factory):
    """A shared edge with two core instances and one of analytics; no test may change it."""
    edge = Edge(tmp_path_factory.mktemp("edge"))
    try:
        edge.start()
        yield edge
    finally:
        edge.stop()

"""Every test gets an empty default graph."""

import pytest

import mainstem.ops  # noqa: F401 - completes the registry
from mainstem.graph.graph import reset_default_graph


@pytest.fixture(autouse=True)
def fresh_graph():
    reset_default_graph()
    yield

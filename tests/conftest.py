"""Every test gets an empty default graph, graph mode and eager mode without a global seed; `eager_mode` gives eager mode."""

import pytest

import mainstem.ops  # noqa: F401 - completes the registry
from mainstem.eager.context import context
from mainstem.graph.graph import reset_default_graph
from mainstem.run import behavior


@pytest.fixture(autouse=True)
def fresh_graph():
    reset_default_graph()
    behavior.disable_v2_behavior()
    context().set_seed(None)
    yield


@pytest.fixture
def eager_mode(fresh_graph):
    """TensorFlow 2's behaviour for this test."""
    behavior.enable_v2_behavior()
    yield
    behavior.disable_v2_behavior()

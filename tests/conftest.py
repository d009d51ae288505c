"""Every test gets an empty default graph, graph mode and eager mode without a global seed; `eager_mode` gives eager mode."""

import collections
import pathlib

import pytest

import mainstem.ops  # noqa: F401 - completes the registry
from mainstem.eager.context import context
from mainstem.graph.graph import reset_default_graph
from mainstem.run import behavior

SLOW = [line for line in (pathlib.Path(__file__).parent / "slow.txt").read_text().splitlines() if not line.startswith("#")]
ROWS_BY_DEFAULT = 2  # of one op in `ops/test_table.py`, where a compilation takes 0.1 s


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Marks as slow what `slow.txt` names, and the third and later rows of an op that compute something."""
    rows = collections.Counter()
    for item in items:
        late = False
        if item.nodeid.startswith("tests/ops/test_table.py::test_row["):
            row = item.callspec.params["row"]
            rows[row.op] += not row.raises
            late = not row.raises and rows[row.op] > ROWS_BY_DEFAULT
        if late or any(name in item.nodeid for name in SLOW):
            item.add_marker(pytest.mark.slow)


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

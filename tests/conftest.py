"""Every test gets an empty default graph, graph mode and eager mode without a global seed; `eager_mode` gives eager mode.

Two thirds of the default run are compilations of programs that run once. So it does not compile them anew for speed, as the slow run
does. XLA's optimizations stay on: without them, the gradient of a maximum after a convolution is NaN (jaxlib 0.10.2 and 0.12).
"""

import collections
import gc
import os
import pathlib
import sys

import pytest

import mainstem.ops  # noqa: F401 - completes the registry
from mainstem.eager.context import context
from mainstem.graph.graph import reset_default_graph
from mainstem.lower import options
from mainstem.run import behavior

SLOW = [line for line in (pathlib.Path(__file__).parent / "slow.txt").read_text().splitlines() if not line.startswith("#")]
NEVER = 10**9
ROWS_BY_DEFAULT = 1  # of one op in `ops/test_table.py`, where a compilation takes 0.1 s

gc.disable()  # until the tests are collected: nothing of that is garbage


def pytest_configure(config):
    """Says how often programs are compiled; the processes that tests start share compiled Python files."""
    if "PYTEST_XDIST_WORKER" not in os.environ and config.getoption("numprocesses", None):
        return  # the tests run in workers
    if config.option.markexpr != "slow":
        options.RUNS_BEFORE_SPEED = NEVER
    if sys.dont_write_bytecode:  # a hundred processes would compile all of Mainstem's files, half of their time
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(config.rootpath / ".pytest_cache" / "bytecode"))


def pytest_collection_finish(session):
    _freeze()
    gc.enable()


def _freeze():
    """Collections of garbage, as after compilations, leave out what is here now: with all modules and tests one takes 400 ms."""
    gc.collect()
    gc.freeze()


def _collections():
    return gc.get_stats()[2]["collections"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Marks as slow what `slow.txt` names, and the second and later rows of an op that compute something."""
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
    before = _collections()
    yield
    if _collections() != before:  # more is here than at the last one
        reset_default_graph()
        _freeze()


@pytest.fixture
def eager_mode(fresh_graph):
    """TensorFlow 2's behaviour for this test."""
    behavior.enable_v2_behavior()
    yield
    behavior.disable_v2_behavior()

"""Every test gets an empty default graph, graph mode and eager mode without a global seed; `eager_mode` gives eager mode.

Two thirds of the default run are compilations of programs that run once. So it compiles them with few of LLVM's optimizations and does
not compile them anew for speed; the slow run, which has every op once more, compiles as users do.
"""

import collections
import gc
import os
import pathlib
import sys

import jax
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
    """Says how programs are compiled, here and in the processes that tests start; these share compiled Python files too."""
    if "PYTEST_XDIST_WORKER" not in os.environ and config.getoption("numprocesses", None):
        return  # the tests run in workers
    if config.option.markexpr != "slow":
        options.RUNS_BEFORE_SPEED = NEVER
        if options._version() >= (0, 12):  # jaxlib 0.10.2 without them: gradients of a maximum after a convolution are NaN
            jax.config.update("jax_disable_most_optimizations", True)
            os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
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

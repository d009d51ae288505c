"""One training step in graph mode, in eager mode with a tape, and as a tf.function: the same numbers, those of TensorFlow."""

import functools
import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as v1
import mainstem.v2 as v2
from mainstem.run import behavior
from tests.golden import three_modes_rows as rows

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "three_modes.json").read_text())["losses"]


@functools.cache
def in_graph(name):
    """(losses, last values) of the same training in a graph, by a session and TensorFlow 1's optimizer."""
    values, loss_of = rows.MODELS[name]
    with v1.Graph().as_default(), v1.Session() as session:
        variables = [v1.Variable(v) for v in values]
        feeds = {k: v1.placeholder(a.dtype, [None, *a.shape[1:]]) for k, a in rows.batch(0).items()}
        loss = loss_of(v2, variables, feeds)
        step = v1.train.GradientDescentOptimizer(rows.RATE).minimize(loss)
        session.run(v1.global_variables_initializer())
        losses = [session.run([loss, step], {feeds[k]: a for k, a in rows.batch(i).items()})[0] for i in range(rows.STEPS)]
        return losses, session.run(variables)


def _same(ours, theirs):
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-6, atol=1e-6)
    for a, b in zip(ours[1], theirs[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", rows.MODELS)
def test_graph(name):
    np.testing.assert_allclose(in_graph(name)[0], GOLDEN[name], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", rows.MODELS)
def test_eager_tape(name):
    expected = in_graph(name)
    behavior.enable_v2_behavior()
    _same(rows.eager(v2, name), expected)


@pytest.mark.parametrize("name", rows.MODELS)
@pytest.mark.parametrize("outside", [False, True], ids=["whole step", "loss only"])
def test_function(name, outside):
    expected = in_graph(name)
    behavior.enable_v2_behavior()
    _same(rows.eager(v2, name, lambda f: v2.function(f, autograph=False), outside), expected)

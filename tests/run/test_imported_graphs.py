"""Graphs written by TensorFlow 1.15 and 2.21, frozen and with their training steps, give the same numbers here."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.run import graph_programs as programs

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
GOLDEN = {kind: json.loads((FIXTURES / f"graphs_{kind}.json").read_text()) for kind in ("tf1", "tf2")}


def imported(program, kind, **more):
    """Imports a recorded graph into the default graph; gives the feeds that it was recorded with."""
    with tf.Graph().as_default():
        feeds = program(tf, kind == "tf2")
    record = tf.GraphDef.FromString((FIXTURES / f"{program.__name__}_{kind}.pb").read_bytes())
    tf.import_graph_def(record, name="", **more)
    return feeds, record


@pytest.mark.parametrize("kind", GOLDEN)
@pytest.mark.parametrize("program", programs.FROZEN, ids=lambda p: p.__name__)
def test_frozen_graph(program, kind):
    feeds, record = imported(program, kind)
    assert not [n.op for n in record.node if "Variable" in n.op]
    with tf.Session() as session:
        got = session.run("result:0", feeds)
    want = GOLDEN[kind]["result"][program.__name__]
    if got.dtype == object:
        assert [v.decode() for v in got] == want
    else:
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", GOLDEN)
@pytest.mark.parametrize("program", programs.TRAINED, ids=lambda p: p.__name__)
def test_training_graph_with_tensorflows_gradient_ops(program, kind):
    feeds, _ = imported(program, kind)
    types = {op.type for op in tf.get_default_graph().get_operations()}
    assert {"Conv2DBackpropFilter", "FusedBatchNormGradV3", "ReluGrad", "BroadcastGradientArgs", "AvgPoolGrad"} <= types
    with tf.Session() as session:
        got = programs.losses(session, feeds)
    np.testing.assert_allclose(got, GOLDEN[kind]["losses"][program.__name__], rtol=1e-4)


@pytest.mark.parametrize("program", programs.TRAINED, ids=lambda p: p.__name__)
def test_our_own_training_graph_gives_the_same_losses(program):
    feeds = program(tf, False)
    with tf.Session() as session:
        got = programs.losses(session, feeds)
    np.testing.assert_allclose(got, GOLDEN["tf1"]["losses"][program.__name__], rtol=1e-4)

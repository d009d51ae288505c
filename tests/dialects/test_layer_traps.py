"""What re-implementers of layers get wrong, against TensorFlow 1.15 (golden/record_layers.py): the programs say what each trap is."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects import layer_trap_programs

RECORD = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "layer_traps.json").read_text())


def plain(value):
    return all(map(plain, value)) if isinstance(value, list) else isinstance(value, (int, float))


@pytest.mark.parametrize("program", layer_trap_programs.PROGRAMS)
def test_traps(program):
    made = json.loads(json.dumps(layer_trap_programs.outcome(tf, layer_trap_programs.PROGRAMS[program])))
    assert len(made) == len(RECORD[program])
    for value, want in zip(made, RECORD[program], strict=True):
        if plain(want):
            np.testing.assert_allclose(value, want, rtol=2e-5, atol=2e-6)
        else:
            assert value == want


def test_a_label_out_of_range_spoils_its_row():
    """As TensorFlow on accelerators; on its CPU the run fails."""
    losses = tf.losses.sparse_softmax_cross_entropy([5, 0], [[1.0, 2.0], [0.0, 0.0]], reduction="none")
    with tf.Session() as session:
        found = session.run(losses)
    assert np.isnan(found[0]) and abs(found[1] - np.log(2)) < 1e-6


def test_means_of_many_numbers_are_near_each_other():
    """Numbers far from zero must not lose digits by being added up: layer norm divides by their deviation."""
    x = (np.random.RandomState(0).randn(1, 100000) * 0.1 + 100).astype("f")
    with tf.Session() as session:
        mean, infinite = session.run([tf.reduce_mean(x), tf.reduce_mean(np.float32([np.inf] + [1.0] * 70000))])
    assert abs(mean - x.mean(dtype="d")) < 5e-6 and np.isposinf(infinite)


def test_the_gradient_of_a_mean_of_many_numbers():
    x = tf.constant(np.ones(70000, "f"))
    with tf.Session() as session:
        np.testing.assert_allclose(session.run(tf.gradients(tf.reduce_mean(x), x)[0]), 1 / 70000, rtol=1e-6)


def test_halves_are_rounded_before_they_are_subtracted():
    """What all rows have in common cancels out: fused into one instruction, a product of float16 is not rounded and 0.09 is left."""
    x, ten = tf.placeholder(tf.float16, [1, 4000], name="x"), np.full([1, 4000], 10.0)
    mean, variance = tf.nn.moments(x, [1], keep_dims=True)
    y = tf.nn.batch_normalization(x, mean, variance, tf.zeros([4000], tf.float16), tf.ones([4000], tf.float16), 1e-3)
    graph = tf.get_default_graph().as_graph_def()
    with tf.Session() as session:
        assert not session.run(y, {x: ten}).any()
    with tf.Graph().as_default(), tf.Session() as session:
        (again,) = tf.import_graph_def(graph, return_elements=[y.name])
        assert not session.run(again, {"import/x:0": ten}).any()

"""A convolution and the normalization after it as one convolution."""

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.lower import folding

RNG = np.random.default_rng(0)


def _built(depthwise=False, training=False):
    x = tf.placeholder(tf.float32, [2, 15, 15, 6], name="x")
    w = tf.Variable(RNG.normal(size=(3, 3, 6, 4)).astype(np.float32))
    channels = 24 if depthwise else 4
    moments = [tf.Variable(RNG.uniform(0.5, 2, channels).astype(np.float32)) for _ in range(4)]
    y = (tf.nn.depthwise_conv2d if depthwise else tf.nn.conv2d)(x, w, [1, 2, 2, 1], "SAME")
    scale, offset, mean, variance = moments
    of_moments = {} if training else {"mean": mean, "variance": variance}
    z = tf.nn.fused_batch_norm(y, scale, offset, epsilon=0.1, is_training=training, **of_moments)[0]
    return x, y, z, moments


@pytest.mark.parametrize("depthwise", [False, True])
def test_the_result_is_the_same(depthwise):
    x, y, z, moments = _built(depthwise)
    pixels = RNG.normal(size=(2, 15, 15, 6)).astype(np.float32)
    operations = tf.get_default_graph().get_operations()
    assert folding.pairs(operations, set(), set()) == {z.op: y.op}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        folded = session.run(tf.nn.relu(z), {x: pixels})
        before, scale, offset, mean, variance = session.run([y, *moments], {x: pixels})
    wanted = np.maximum((before - mean) * scale / np.sqrt(variance + np.float32(0.1)) + offset, 0)
    np.testing.assert_allclose(folded, wanted, rtol=1e-4, atol=1e-4)


def test_not_where_the_convolution_is_needed_or_the_moments_are_the_batchs():
    _, y, z, _ = _built()
    operations = tf.get_default_graph().get_operations()
    assert not folding.pairs(operations, {y}, set())
    assert not folding.pairs(operations, set(), {z.op}) and not folding.pairs(operations, set(), {y.op})
    also = [*operations, tf.nn.relu(y).op]
    assert not folding.pairs(also, set(), set())
    with tf.Graph().as_default() as graph:
        _built(training=True)
        assert not folding.pairs(graph.get_operations(), set(), set())


def test_gradients_do_not_change():
    x, _, z, _ = _built()
    slope = tf.gradients(tf.reduce_sum(tf.square(z)), x)[0]
    pixels = RNG.normal(size=(2, 15, 15, 6)).astype(np.float32)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value, _ = session.run([slope, z], {x: pixels})
        step = np.zeros_like(pixels)
        step[0, 3, 3, 2] = 0.01
        up, down = (np.square(session.run(z, {x: pixels + s})).astype(np.float64).sum() for s in (step, -step))
    np.testing.assert_allclose(value[0, 3, 3, 2], (up - down) / 0.02, rtol=2e-2, atol=1e-2)

"""`tf.layers` against TensorFlow 1.15 (golden/record_layers.py): variables, collections, node names, values, errors."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.dialects.layers import base
from tests.dialects import layer_programs

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RECORD = json.loads((GOLDEN / "layers.json").read_text())
VALUES = np.load(GOLDEN / "layers.npz")


def same_values(values, recorded, program):
    """Compares a program's values with the recorded ones, one by one."""
    assert f"{program}:{len(values)}" not in recorded
    for i, value in enumerate(values):
        want = recorded[f"{program}:{i}"]
        assert np.asarray(value).dtype == want.dtype
        np.testing.assert_allclose(value, want, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("program", layer_programs.PROGRAMS)
def test_programs_do_what_tensorflow_does(program):
    described, values = layer_programs.outcome(tf, layer_programs.PROGRAMS[program])
    assert described == RECORD["programs"][program]
    same_values(values, VALUES, program)


@pytest.mark.parametrize("name", layer_programs.TRAINED)
def test_training_follows_tensorflow_step_by_step(name):
    same_values(layer_programs.trained(tf, layer_programs.TRAINED[name]), np.load(GOLDEN / "layers_trained.npz"), name)


@pytest.mark.parametrize("program", layer_programs.ERRORS)
def test_wrong_programs_raise_the_same(program):
    assert layer_programs.failure(tf, layer_programs.ERRORS[program]) == RECORD["errors"][program]


@pytest.mark.parametrize("name, snake", [("MaxPooling2D", "max_pooling2d"), ("Dense", "dense"), ("_Own", "private__own")])
def test_class_names_as_scopes(name, snake):
    assert base.snake_case(name) == snake


@pytest.mark.parametrize(
    "layer, given",
    [
        (lambda: tf.layers.Conv2D(4, 3, strides=2), [2, 9, None, 3]),
        (lambda: tf.layers.Conv2D(4, 3, padding="same", data_format="channels_first"), [2, 3, 9, None]),
        (lambda: tf.layers.Conv2DTranspose(4, 3, strides=2), [2, 9, None, 3]),
        (lambda: tf.layers.MaxPooling2D(3, 2), [2, 9, None, 3]),
        (lambda: tf.layers.SeparableConv2D(4, 3, dilation_rate=2), [2, 9, None, 3]),
        (lambda: tf.layers.Dense(4), [2, None, 3]),
        (lambda: tf.layers.Flatten(), [None, 4, 3]),
    ],
)
def test_the_stated_shape_is_the_output_s(layer, given):
    layer = layer()
    out = layer(tf.placeholder(tf.float32, given))
    assert layer.compute_output_shape(given).as_list() == out.shape.as_list()


def test_training_moves_the_weights_and_the_moments():
    x, training = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.bool, [])
    h = tf.layers.batch_normalization(tf.layers.dense(x, 4, activation=tf.nn.relu), training=training)
    loss = tf.reduce_mean(tf.square(tf.layers.dense(h, 1) - 1.0))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    moving = tf.get_default_graph().get_tensor_by_name("batch_normalization/moving_mean:0")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        feed = {x: layer_programs.data(8, 3), training: True}
        first = session.run(loss, feed)
        for _ in range(20):
            session.run(step, feed)
        assert session.run(loss, feed) < 0.2 * first
        assert np.abs(session.run(moving)).sum() > 0
        before = session.run(moving)
        session.run(step, {**feed, training: False})
        np.testing.assert_array_equal(session.run(moving), before)


def test_moving_moments_are_never_partitioned():
    with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(2)):
        layer = tf.layers.BatchNormalization()
        layer(tf.placeholder(tf.float32, [None, 4]), training=True)
        assert len(list(layer.gamma)) == 2 and layer.moving_mean.shape.as_list() == [4]
        assert tf.get_variable_scope().partitioner is not None


@pytest.mark.usefixtures("eager_mode")
def test_layers_in_eager_mode():
    x = np.ones((2, 4), np.float32)
    layer = tf.layers.Dense(3, kernel_initializer=tf.ones_initializer(), kernel_regularizer=tf.nn.l2_loss)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(x))
    assert float(total.numpy()) == 24.0
    assert [g.shape.as_list() for g in tape.gradient(total, layer.trainable_variables)] == [[4, 3], [3]]
    assert [float(loss.numpy()) for loss in layer.losses] == [6.0]
    norm = tf.layers.BatchNormalization(momentum=0.5)
    norm(x, training=True)
    np.testing.assert_allclose(norm.moving_mean.numpy(), 0.5)  # updates run at once
    assert norm.updates == []
    assert tf.layers.Conv2DTranspose(2, 3)(np.ones((1, 5, 5, 1), np.float32)).shape.as_list() == [1, 7, 7, 2]
    with pytest.raises(RuntimeError, match="eager"):
        _ = layer.graph

"""Batch normalization whose moving moments are never updated while a graph trains is told, once, and only then."""

import gc
import warnings

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.run import unmoved

X = np.random.RandomState(0).rand(4, 3, 3, 2).astype("float32")
LAYERS = {
    "layers": lambda x, training: tf.layers.batch_normalization(x, training=training, name="norm"),
    "contrib": lambda x, training: tf.contrib.layers.batch_norm(x, is_training=training, scope="norm"),
    "not fused": lambda x, training: tf.contrib.layers.batch_norm(x, is_training=training, fused=False, scope="norm"),
    "in place": lambda x, training: tf.contrib.layers.batch_norm(
        x, is_training=training, updates_collections=None, scope="norm"
    ),
}


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(unmoved, "STEPS", 3)


def train(loss, dependencies=()):
    with tf.control_dependencies(dependencies):
        return tf.train.GradientDescentOptimizer(0.01).minimize(loss)


def run(fetches, steps=5, **feeds):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            for _ in range(steps):
                for fetch in fetches:
                    session.run(fetch, {k: v for k, v in feeds.items()})
        assert not any(type(e.program) is unmoved._Counting for e in session._executors.values() if steps >= unmoved.STEPS)
    return [str(w.message) for w in told]


@pytest.mark.parametrize("kind", ["layers", "contrib", "not fused"])
@pytest.mark.parametrize("fed", [False, True])
def test_forgotten_updates_are_told_once(kind, fed):
    training = tf.placeholder_with_default(True, []) if fed else True
    loss = tf.reduce_sum(LAYERS[kind](tf.layers.conv2d(X, 2, 1), training) ** 3)
    told = run([train(loss)], 9)
    assert len(told) == 1
    assert "3 training steps ran" in told[0] and "moving moments of 'norm' (" in told[0] and f"{__file__}:" in told[0]
    assert "tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS))" in told[0]


def test_other_layers_are_counted():
    y = tf.layers.conv2d(X, 2, 1)
    for _ in range(3):
        y = tf.layers.batch_normalization(y, training=True)
    (told,) = run([train(tf.reduce_sum(y**3))])
    assert "'batch_normalization' (" in told and "and of 2 more layers" in told


@pytest.mark.parametrize("kind", LAYERS)
def test_silent_with_the_updates(kind):
    loss = tf.reduce_sum(LAYERS[kind](tf.layers.conv2d(X, 2, 1), True) ** 3)
    assert run([train(loss, tf.get_collection(tf.GraphKeys.UPDATE_OPS))]) == []


def test_silent_when_the_updates_run_by_themselves():
    op = train(tf.reduce_sum(LAYERS["layers"](tf.layers.conv2d(X, 2, 1), True) ** 3))
    assert run([op, tf.get_collection(tf.GraphKeys.UPDATE_OPS)]) == []
    assert run([[op, tf.get_collection(tf.GraphKeys.UPDATE_OPS)]]) == []


@pytest.mark.parametrize("kind", LAYERS)
def test_silent_without_training_mode(kind):
    loss = tf.reduce_sum(LAYERS[kind](tf.layers.conv2d(X, 2, 1), False) ** 3)
    assert run([train(loss)]) == []


def test_silent_in_evaluation_and_for_other_parts_of_the_graph():
    loss = tf.reduce_sum(LAYERS["layers"](tf.layers.conv2d(X, 2, 1), True) ** 3)
    other = train(tf.get_variable("w", initializer=1.0) ** 2)
    assert run([loss, other]) == []


def test_towers_that_share_variables():
    """The updates of one tower are enough."""
    for i in range(2):
        with tf.name_scope(f"tower_{i}"), tf.variable_scope("net", reuse=i > 0):
            loss = tf.reduce_sum(LAYERS["layers"](tf.layers.conv2d(X, 2, 1, name="conv"), True) ** 3)
            tf.losses.add_loss(loss)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS, scope="tower_0")
    assert len(updates) == 2 and len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)) == 4
    assert run([train(tf.losses.get_total_loss(), updates)]) == []


def test_graphs_are_not_kept():
    with tf.Graph().as_default():
        run([train(tf.reduce_sum(LAYERS["layers"](tf.layers.conv2d(X, 2, 1), True) ** 3))])
    gc.collect()
    before = len(unmoved._graphs)
    with tf.Graph().as_default():
        run([train(tf.reduce_sum(LAYERS["layers"](tf.layers.conv2d(X, 2, 1), True) ** 3))])
    gc.collect()
    assert len(unmoved._graphs) == before

"""Optimizers outside graphs: the same numbers as in graph mode, eagerly on a tape and inside tf.function."""

import numpy as np
import pytest

import mainstem.v2 as tf
from mainstem.run import behavior
from mainstem.train import contrib_opt as opt

v1 = tf.compat.v1
train = v1.train
START = np.array([[1.0, -2.0], [3.0, 4.0], [5.0, 6.0]], "f")
OPTIMIZERS = {
    "sgd": lambda step: train.GradientDescentOptimizer(0.1),
    "momentum": lambda step: train.MomentumOptimizer(0.1, 0.9),
    "nesterov": lambda step: train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "adam": lambda step: train.AdamOptimizer(0.1),
    "adagrad": lambda step: train.AdagradOptimizer(0.1),
    "adagrad_da": lambda step: train.AdagradDAOptimizer(0.1, step),
    "proximal_adagrad": lambda step: train.ProximalAdagradOptimizer(0.1, l1_regularization_strength=0.1),
    "proximal": lambda step: train.ProximalGradientDescentOptimizer(0.1, 0.1, 0.1),
    "adadelta": lambda step: train.AdadeltaOptimizer(0.1),
    "rmsprop": lambda step: train.RMSPropOptimizer(0.1, momentum=0.5),
    "rmsprop_centered": lambda step: train.RMSPropOptimizer(0.1, centered=True),
    "ftrl": lambda step: train.FtrlOptimizer(0.1, l1_regularization_strength=0.1),
    "lazy_adam": lambda step: opt.LazyAdamOptimizer(0.1),
    "nadam": lambda step: opt.NadamOptimizer(0.1),
    "adamax": lambda step: opt.AdaMaxOptimizer(0.1),
    "power_sign": lambda step: opt.PowerSignOptimizer(0.1),
    "add_sign": lambda step: opt.AddSignOptimizer(0.1),
    "adam_w": lambda step: opt.AdamWOptimizer(0.1, 0.1),
    "momentum_w": lambda step: opt.MomentumWOptimizer(0.1, 0.1, 0.9),
}
SPARSE = (
    "sgd",
    "momentum",
    "adam",
    "adagrad",
    "lazy_adam",
    "nadam",
    "adamax",
    "adam_w",
)  # those with rules of their own for rows
CASES = [(n, False) for n in OPTIMIZERS] + [(n, True) for n in SPARSE]


def loss_of(v, w, sparse):
    return tf.reduce_sum((tf.gather(v, [0, 2, 0]) if sparse else v) ** 2) + tf.reduce_sum(w * 3.0) * w[0]


def made(name, **kwargs):
    v, w = v1.Variable(START, name="v", **kwargs), v1.Variable([1.0, 2.0], name="w", **kwargs)
    step = v1.Variable(0, trainable=False, dtype=tf.int64, **kwargs)
    return v, w, step, OPTIMIZERS[name](step)


def slots_of(optimizer, v, read):
    found = {n: optimizer.get_slot(v, n) for n in optimizer.get_slot_names()}
    return {n: read(s) for n, s in found.items() if s is not None}


def in_graph(name, sparse):
    with tf.Graph().as_default(), v1.Session() as session:
        v, w, step, optimizer = made(name, use_resource=True)
        op = optimizer.minimize(loss_of(v, w, sparse), global_step=step)
        session.run(v1.global_variables_initializer())
        for _ in range(5):
            session.run(op)
        return session.run([v, w, step]), slots_of(optimizer, v, session.run), [x.name for x in optimizer.variables()]


@pytest.mark.parametrize(("name", "sparse"), CASES)
def test_five_steps_are_those_of_graph_mode(name, sparse):
    values, slots, names = in_graph(name, sparse)
    behavior.enable_v2_behavior()
    v, w, step, optimizer = made(name)
    for _ in range(5):
        assert optimizer.minimize(lambda: loss_of(v, w, sparse), global_step=step) is None
    for ours, theirs in zip((v, w, step), values, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-6, atol=1e-6)
    ours = slots_of(optimizer, v, lambda s: s.numpy())
    assert ours.keys() == slots.keys()
    for n in slots:
        np.testing.assert_allclose(ours[n], slots[n], rtol=1e-5, atol=1e-6)
    assert [x.name for x in optimizer.variables()] == names


@pytest.mark.parametrize("name", ["sgd", "adam"])
@pytest.mark.parametrize("sparse", [False, True])
def test_inside_a_function(name, sparse):
    values, slots, _ = in_graph(name, sparse)
    behavior.enable_v2_behavior()
    v, w, step, optimizer = made(name)

    @tf.function
    def train_step():
        with tf.GradientTape() as tape:
            loss = loss_of(v, w, sparse)
        optimizer.apply_gradients(zip(tape.gradient(loss, [v, w]), [v, w]), global_step=step)
        return loss

    losses = [float(train_step()) for _ in range(5)]
    for ours, theirs in zip((v, w, step), values, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-6, atol=1e-6)
    assert losses[0] == pytest.approx(float(loss_of(tf.constant(START), tf.constant([1.0, 2.0]), sparse)))
    np.testing.assert_allclose(slots_of(optimizer, v, lambda s: s.numpy()).get("m", 0), slots.get("m", 0), rtol=1e-5, atol=1e-6)


@pytest.mark.usefixtures("eager_mode")
def test_compute_gradients_takes_a_function():
    v, w = tf.Variable(2.0), tf.Variable(3.0, trainable=False)
    optimizer = train.GradientDescentOptimizer(0.5)
    pairs = optimizer.compute_gradients(lambda: v * v * w)
    assert [(g.numpy(), x is v) for g, x in pairs] == [(12.0, True)]
    ((g, _), (h, _)) = optimizer.compute_gradients(lambda: v * v * w, [v, w], grad_loss=tf.constant(2.0))
    assert (g.numpy(), h.numpy()) == (24.0, 8.0)
    optimizer.apply_gradients(pairs)
    assert v.numpy() == -4
    with pytest.raises(RuntimeError, match="should be a function when eager execution is enabled"):
        optimizer.minimize(v * v)
    with pytest.raises(ValueError, match="No gradients provided"):
        optimizer.minimize(lambda: tf.constant(1.0), var_list=[v])


@pytest.mark.usefixtures("eager_mode")
def test_learning_rates_that_change_and_constraints():
    v, rate = tf.Variable(1.0, constraint=lambda x: tf.minimum(x, 0.25)), tf.Variable(1.0)
    optimizer = train.GradientDescentOptimizer(lambda: rate)
    optimizer.apply_gradients([(tf.constant(0.5), v)])
    assert v.numpy() == 0.25  # 0.5, by the constraint
    rate.assign(0.0)
    optimizer.apply_gradients([(tf.constant(0.5), v)])
    assert v.numpy() == 0.25


@pytest.mark.usefixtures("eager_mode")
def test_slots_belong_to_variables_not_to_names():
    a, b = tf.Variable([1.0], name="same"), tf.Variable([1.0], name="same")
    optimizer = train.MomentumOptimizer(1.0, 0.5)
    optimizer.apply_gradients([(tf.constant([1.0]), a), (tf.constant([2.0]), b)])
    assert [optimizer.get_slot(v, "momentum").numpy().tolist() for v in (a, b)] == [[1.0], [2.0]]
    assert [v.name for v in optimizer.variables()] == ["same/Momentum:0", "same/Momentum_1:0"]

"""Variables and optimizers inside branches and loops of a graph, as TensorFlow 1.15 places and names them."""

import numpy as np
import pytest

import mainstem.v1 as tf

KINDS = pytest.mark.parametrize("resource", [False, True], ids=["ref", "resource"])


def names():
    return [v.name.removesuffix(":0") for v in tf.global_variables()]


def run(fetches):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches)


def get(name, shape, resource):
    return tf.get_variable(name, shape, initializer=tf.ones_initializer(), use_resource=resource)


@KINDS
def test_variables_made_in_branches(resource):
    p = tf.placeholder_with_default(True, [])
    r = tf.cond(p, lambda: get("a", [2], resource) * 2.0, lambda: get("b", [2], resource) * 3.0)
    assert names() == ["a", "b"] and run(r).tolist() == [2, 2]
    r = tf.cond(p, lambda: tf.Variable(lambda: tf.ones([2]), use_resource=resource) * 2.0, lambda: tf.ones([2]))
    assert names()[2:] == ["cond_1/Variable"] and run(r).tolist() == [2, 2]
    with pytest.raises(ValueError, match="from inside a control-flow construct"):
        tf.cond(p, lambda: tf.Variable(tf.ones([2]), use_resource=resource) * 2.0, lambda: tf.ones([2]))


@KINDS
def test_variables_made_in_loops(resource):
    def body(i, x):
        with tf.variable_scope("rec", reuse=tf.AUTO_REUSE):
            return i + 1, tf.matmul(x, get("w", [2, 2], resource))

    _, x = tf.while_loop(lambda i, x: i < 3, body, [0, tf.ones([1, 2])])
    grads = tf.gradients(x, tf.global_variables())
    assert names() == ["rec/w"]
    value, (grad,) = run([x, grads])
    assert value.tolist() == [[8.0, 8.0]] and grad.tolist() == [[12.0, 12.0], [12.0, 12.0]]


@KINDS
def test_a_training_step_in_a_branch(resource):
    v, p = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=resource), tf.placeholder_with_default(True, [])
    optimizer, loss = tf.train.AdamOptimizer(0.1), tf.reduce_sum(v * v)

    def step():
        with tf.control_dependencies([optimizer.minimize(loss)]):
            return tf.constant(1.0)

    r = tf.cond(p, step, lambda: tf.constant(0.0))
    assert names() == ["v", "cond/beta1_power", "cond/beta2_power", "v/Adam", "v/Adam_1"]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for feed, want in ((True, [0.9, 1.9]), (False, [0.9, 1.9]), (True, [0.8004126, 1.8001668])):
            assert session.run(r, {p: feed}) == float(feed)
            np.testing.assert_allclose(session.run(v), want, rtol=1e-6)

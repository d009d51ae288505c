"""GradientTape while a graph is built: the same programs as in eager mode, run by a session."""

import re

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.graph.indexed_slices import IndexedSlices


def run(*fetches):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches[0] if len(fetches) == 1 else list(fetches))


def test_gradient_of_watched_tensors_only():
    x, y = tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0])
    before = x * 5.0
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        z = x * y + before
    assert tape.gradient(z, y) is None
    np.testing.assert_array_equal(run(tape.gradient(z, x)), [3, 4])  # what was made before the tape is constant
    assert tape.gradient(before, x) is None


@pytest.mark.parametrize("use_resource", [False, True])
def test_variables(use_resource):
    v = tf.get_variable("v", initializer=[2.0, 3.0], use_resource=use_resource)
    w = tf.get_variable("w", initializer=[1.0, 1.0], use_resource=use_resource, trainable=False)
    unused = tf.get_variable("u", initializer=[1.0], use_resource=use_resource)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(v * v * w)
    grads = tape.gradient(y, {"v": v, "w": w, "unused": unused})
    assert grads["w"] is None and grads["unused"] is None
    np.testing.assert_array_equal(run(grads["v"]), [4, 6])
    assert tape.watched_variables() == (v,)
    with pytest.raises(RuntimeError, match="non-persistent"):
        tape.gradient(y, v)


def test_stop_recording_and_reset():
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        with tape.stop_recording():
            unseen = y * x
        z = unseen * y
    assert run(tape.gradient(z, x)) == 32
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        tape.reset()
        tape.watch(x)
        z = x * 3.0
    assert run(tape.gradient([y, z], x)) == 3


def test_higher_order_and_output_gradients():
    x = tf.constant([0.3, -0.7])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.tanh(x)
        g = inner.gradient(y, x, output_gradients=tf.constant([2.0, 3.0]))
    second = outer.gradient(g, x)
    t = np.tanh([0.3, -0.7])
    np.testing.assert_allclose(run(second), np.array([2, 3]) * -2 * t * (1 - t * t), rtol=1e-5)


def test_jacobians():
    x = tf.constant(np.arange(6, dtype=np.float32).reshape(3, 2))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        unrelated = tf.ones([3]) * 2.0
    whole, batch = run(tape.jacobian(y, x), tape.batch_jacobian(y, x))
    assert whole.shape == (3, 2, 3, 2) and batch.shape == (3, 2, 2)
    np.testing.assert_array_equal(np.einsum("ijij->ij", whole), 2 * np.arange(6).reshape(3, 2))
    np.testing.assert_array_equal(np.einsum("bii->bi", batch), 2 * np.arange(6).reshape(3, 2))
    assert tape.jacobian(unrelated, x) is None
    with pytest.raises(NotImplementedError, match="static shape"):
        tape.jacobian(tf.placeholder(tf.float32, [None]), x)


def test_rows_of_a_jacobian_are_one_node():
    """`_VectorizedCall`: all rows at once, differentiable itself; variables, lookups and loops inside."""
    v = tf.get_variable("v", initializer=np.linspace(-1, 1, 6).astype(np.float32).reshape(3, 2), use_resource=True)
    x = tf.constant(np.arange(8, dtype=np.float32).reshape(4, 2) / 10)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.tanh(tf.matmul(x, v, transpose_b=True)) * tf.gather(v, [0])[0, 0]
        before = len(tf.get_default_graph().get_operations())
        j, jv = tape.jacobian(y, [x, v])
        added = [o.type for o in tf.get_default_graph().get_operations()[before:]]
    assert added.count("_VectorizedCall") == 1 and "Placeholder" not in added
    (slow,) = [tf.stack([tf.gradients(y[a, b], x)[0] for b in range(3)]) for a in range(1)]
    second = outer.gradient(j, x)
    want = tf.gradients([tf.gradients(y[a, b], x)[0] for a in range(4) for b in range(3)], x)[0]
    found, first, found_v, g, w = run(j, slow, jv, second, want)
    np.testing.assert_allclose(found[0], first, rtol=1e-5, atol=1e-6)
    assert found_v.shape == (4, 3, 3, 2)
    np.testing.assert_allclose(g, w, rtol=1e-5, atol=1e-5)


def test_a_jacobian_survives_export_and_import():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    j = tape.jacobian(y, x)
    definition = tf.get_default_graph().as_graph_def()
    with tf.Graph().as_default():
        (again,) = tf.import_graph_def(definition, return_elements=[j.name], name="")
        np.testing.assert_array_equal(run(again), [[2, 0], [0, 4]])


def test_batch_jacobian_of_unknown_batches():
    x = tf.placeholder(tf.float32, [None, 3])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sin(x) * x[:, :1]
    j = tape.batch_jacobian(y, x)
    assert j.shape.as_list() == [None, 3, 3]
    values = np.random.RandomState(0).randn(5, 3).astype(np.float32)
    with tf.Session() as session:
        found = session.run(j, {x: values})
        rows = [session.run(tf.gradients(y[:, i], x)[0], {x: values}) for i in range(3)]
    np.testing.assert_allclose(found, np.stack(rows, 1), rtol=1e-5, atol=1e-6)


def test_lookups_give_slices_and_unconnected_zeros():
    table = tf.get_variable("table", [5, 2])
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.gather(table, [1, 3, 1]))
    g = tape.gradient(y, table)
    assert isinstance(g, IndexedSlices)
    np.testing.assert_array_equal(run(tf.convert_to_tensor(g))[:, 0], [0, 2, 0, 1, 0])
    np.testing.assert_array_equal(run(tape.gradient(y, x, unconnected_gradients="zero")), [0, 0])


def test_recompute_grad_and_pass_through():
    w = tf.get_variable("w", initializer=[[0.5, -0.2], [0.1, 0.9]])
    x = tf.constant([[1.0, 2.0]])
    block = tf.recompute_grad(lambda x: tf.tanh(tf.matmul(x, w)))
    plain = tf.gradients(tf.tanh(tf.matmul(x, w)), [x, w])
    again = tf.gradients(block(x), [x, w])
    rounded = tf.gradients(tf.grad_pass_through(tf.round)(x) * x, x)[0]
    a, b, c = run(plain, again, rounded)
    for p, q in zip(a, b):
        np.testing.assert_allclose(p, q, rtol=1e-6)
    np.testing.assert_array_equal(c, [[2, 4]])


def test_reasons_in_a_graph():
    x, y, n = tf.constant([1.5, 2.5]), tf.constant(1.0), tf.constant(3)
    v = tf.get_variable("v", initializer=[2.0, 3.0])
    w = tf.get_variable("w", initializer=[2.0, 3.0], trainable=False)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        whole = tf.cast(x * v, tf.int32, name="whole")
        back = tf.sqrt(tf.cast(whole, tf.float32))
        fine = x * v * w
        stopped = tf.stop_gradient(x) * 2.0
    outside = fine * 2.0
    assert tape.gradient(back, x) is None
    assert re.fullmatch(
        r"Cast 'whole' at \S+test_tape_graph.py:\d+ broke the connection: its result is int32, .*", tape.explain(back, v)
    )
    assert "StopGradient 'StopGradient' at" in tape.explain(stopped, x)
    assert "every op on the way has a gradient" in tape.explain(fine, x)
    assert re.match(r"Mul 'mul_\d' at \S+ was made while the tape did not record", tape.explain(outside, v))
    assert "does not depend" in tape.explain(stopped, v)
    assert "call tape.watch(source)" in tape.explain(fine, y)
    assert "not trainable" in tape.explain(fine, w)
    assert "int32, which has no gradient" in tape.explain(fine, n)
    assert "never recorded" in tf.GradientTape().explain(x, x)

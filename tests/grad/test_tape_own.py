"""What is Mainstem's own of GradientTape: reasons, compiled plays, what is kept, calls with a gradient of their own."""

import gc
import inspect
import warnings
import weakref

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import mainstem.v2 as tf
from mainstem.eager.context import context
from mainstem.eager.tensor import wrap
from mainstem.grad import play
from mainstem.grad import tape as tapes
from mainstem.graph.indexed_slices import IndexedSlices

pytestmark = pytest.mark.usefixtures("eager_mode")


def _line():
    return f"{__file__}:{inspect.currentframe().f_back.f_lineno - 1}"


def test_reasons_name_the_op_and_the_line():
    x, y = tf.constant([1.5, 2.5]), tf.constant(1.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        doubled = x * 2.0
        whole = tf.cast(doubled, tf.int32)
        cast_at = _line()
        back = tf.sqrt(tf.cast(whole, tf.float32)) + 1.0
        stopped = tf.stop_gradient(doubled)
        stopped_at = _line()
        after_stop = stopped * 3.0
        chosen = tf.argmax(x)
        chosen_at = _line()
        fine = doubled * tf.stop_gradient(x)
        away = x.numpy() * tf.constant(2.0)
        other = y * 2.0
    assert tape.gradient([back, after_stop], x) is None
    assert tape.explain(back, x) == f"Cast at {cast_at} broke the connection: its result is int32, which has no gradient."
    assert tape.explain(after_stop, x).startswith(f"StopGradient at {stopped_at} broke the connection")
    assert tape.explain(chosen, x).startswith(f"ArgMax at {chosen_at} broke")
    assert "every op on the way has a gradient" in tape.explain(fine, x)
    assert "not on the tape" in tape.explain(away, x)
    assert "call tape.watch(source)" in tape.explain(other, y)
    assert "none of them leads to the target" in tape.explain(after_stop, stopped) or "not watched" in tape.explain(
        after_stop, stopped
    )


def test_reasons_of_variables():
    v, w, unread = tf.Variable(2.0), tf.Variable(3.0, trainable=False, name="counter"), tf.Variable(1.0)
    n = tf.constant(3)
    with tf.GradientTape() as tape:
        y = v * w
        z = v * 2.0
    assert tape.gradient(y, w) is None  # the tape may have let go of its values: reasons stay
    assert "'counter:0' is not trainable" in tape.explain(y, w)
    assert "was not read while the tape recorded" in tape.explain(y, unread)
    assert "int32, which has no gradient" in tape.explain(y, n)
    assert "every op" in tape.explain(z, v)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        y = v * 2.0
    assert "watch_accessed_variables=False" in tape.explain(y, v)
    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = v * 2.0
    assert "no op took it" in tape.explain(y, x)


def test_a_computation_that_comes_again_is_compiled_once_and_keeps_no_values():
    def step(x, factor):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(tf.sin(x * factor) + x)
        return tape.gradient(y, x)

    before = len(play._plans)
    for i in range(6):
        x = np.linspace(0, i, 4).astype(np.float32)
        np.testing.assert_allclose(step(tf.constant(x), tf.constant(float(i))), i * np.cos(x * i) + 1, rtol=1e-5)
    assert len(play._plans) == before + 1
    plan = next(reversed(play._plans.values()))
    assert plan.compiled[False].pull.function._cache_size() == 1


def test_plans_are_bounded(monkeypatch):
    monkeypatch.setattr(play, "KEPT", len(play._plans) + 2)
    x = tf.constant(1.0)
    for n in range(1, 8):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(n):
                y = tf.negative(y)
        assert float(tape.gradient(y, x)) == (-1) ** n
    assert len(play._plans) <= play.KEPT


def test_one_plan_serves_variables_of_other_shapes():
    for rows in (3, 5, 4, 6, 3):
        table = tf.Variable(tf.ones([rows, 2]))
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(tf.gather(table, [0, 2]))
        g = tape.gradient(y, table)
        assert isinstance(g, IndexedSlices) and tf.convert_to_tensor(g).shape == (rows, 2)


def test_values_go_with_the_gradient():
    x = tf.constant(np.ones(10, np.float32))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.exp(x)
        inner = weakref.ref(y)
        z = tf.reduce_sum(y)
    del y
    assert inner() is not None
    tape.gradient(z, x)
    gc.collect()
    assert inner() is None
    assert context().tapes == []


def test_an_exception_inside_ends_the_recording():
    x = tf.constant(1.0)
    with pytest.raises(ZeroDivisionError), tf.GradientTape() as tape:
        tape.watch(x)
        raise ZeroDivisionError
    assert context().tapes == []
    assert tape.gradient(x, x).numpy() == 1


def test_a_call_may_bring_its_own_gradient():
    x = tf.constant([1.0, 2.0])
    for _ in range(5):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * 3.0
            z, count = wrap(y._value * 2), tf.constant(7)
            context().tapes[0].record_call([y], [z, count], lambda grads: [grads[0] * jnp.float32(10)])
            w = tf.reduce_sum(z * z)
        np.testing.assert_allclose(tape.gradient(w, x), 2 * np.array([6, 12]) * 10 * 3)


def test_jacobian_through_what_cannot_be_traced():
    x = tf.constant([1.0, 2.0, 3.0, 4.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        first, second = tf.dynamic_partition(x * x, [0, 1, 0, 1], 2)
        y = first * second
    want = [[2 * 1 * 4, 2 * 2 * 1, 0, 0], [0, 0, 2 * 3 * 16, 2 * 4 * 9]]
    np.testing.assert_allclose(tape.jacobian(y, x), want)


def test_warnings_come_once(monkeypatch):
    monkeypatch.setattr(tapes, "_warned", set())
    n, x = tf.constant(3), tf.constant(1.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(n)
                tape.watch(x)
                y = x * x
                tape.gradient(y, x)
    assert [str(w.message).split(" ")[0] for w in caught] == ["The", "Calling"]
    assert caught[0].filename == __file__


def test_contrib_eager_gradient_functions():
    import mainstem.v1 as v1

    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape():
        value, ((g, variable),) = v1.contrib.eager.implicit_value_and_gradients(lambda k: tf.reduce_sum(v * v * k))(3.0)
    assert variable is v and float(value) == 15
    np.testing.assert_array_equal(g, [6, 12])
    f = v1.contrib.eager.gradients_function(lambda a, b: a * a * b, params=["b"])
    assert [float(g) for g in f(3.0, 2.0)] == [9]
    value, grads = v1.contrib.eager.value_and_gradients_function(lambda a, b: a * a * b)(3.0, 2.0)
    assert float(value) == 18 and [float(g) for g in grads] == [12, 9]
    with pytest.raises(ValueError, match="No trainable variables"):
        v1.contrib.eager.implicit_gradients(lambda: tf.constant(1.0))()


def test_wrong_arguments():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
    with pytest.raises(TypeError, match="target"):
        tape.gradient(None, x)
    with pytest.raises(TypeError, match="source.*3.0"):
        tape.gradient(y, [3.0])
    with pytest.raises(ValueError, match="output_gradients"):
        tape.gradient([y], x, output_gradients=[1.0, 2.0])
    with pytest.raises(ValueError, match="never entered"):
        tf.GradientTape().watch(x)


def test_tensors_keep_no_tracers():
    """Eager code under a trace of the user's own leaves concrete tensors concrete."""
    k = tf.constant([1.0, 2.0])

    @jax.jit
    def f(x):
        x = wrap(x)
        return ((x * k + 2.5) * k + 2.5)._value

    for _ in range(2):
        np.testing.assert_array_equal(f(jnp.ones(2, jnp.float32)), [6, 11.5])
    np.testing.assert_array_equal((k * 2.5 + k).numpy(), [3.5, 7])

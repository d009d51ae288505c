"""Variables of eager mode inside functions that are traced, as TensorFlow 2.21 treats them."""

import gc
import weakref

import numpy as np
import pytest

import mainstem.v2 as tf

pytestmark = pytest.mark.usefixtures("eager_mode")


class Holder:
    v = None


def test_reads_and_assignments_keep_the_order_of_the_program():
    v = tf.Variable(3.0)

    @tf.function
    def f():
        first = v.read_value()
        v.assign(10.0)
        second = v + 0.0
        assert repr(v) == "<tf.Variable 'Variable:0' shape=() dtype=float32>"
        return first, second, v.assign_add(1.0).assign_add(1.0), v

    assert [x.numpy() for x in f()] == [3, 10, 12, 12]
    assert v.numpy() == 12


def test_branches_and_loops_write():
    v = tf.Variable(1.0)

    @tf.function
    def branch(x, flag):
        if flag:
            v.assign(x)
        else:
            v.assign_add(x)
        return v + 0.0

    @tf.function
    def loop(n):
        i = tf.constant(0)
        while i < n:
            v.assign_add(1.0)
            i += 1
        return v.read_value()

    assert branch(tf.constant(2.0), tf.constant(True)).numpy() == 2
    assert branch(tf.constant(2.0), tf.constant(False)).numpy() == 4
    assert loop(tf.constant(3)).numpy() == 7 and v.numpy() == 7


def test_scatters_slices_and_shapes():
    w = tf.Variable([1.0, 2.0, 3.0])

    @tf.function
    def f():
        w.scatter_nd_update([[0]], [5.0])
        w[1].assign(7.0)
        w.scatter_add(tf.IndexedSlices(tf.constant([1.0]), tf.constant([2])))
        return w.sparse_read([0, 1, 2]), w.is_initialized()

    rows, started = f()
    assert rows.numpy().tolist() == w.numpy().tolist() == [5, 7, 4] and started.numpy()
    for wrong in (lambda: w.assign([1.0]), lambda: w.assign_add([1.0, 2.0])):
        with pytest.raises(ValueError, match="[Ss]hape"):
            tf.function(wrong)()
    with pytest.raises(NotImplementedError, match=r"numpy\(\) is only available"):
        tf.function(lambda: w.numpy())()


def test_strings_and_arguments():
    s, v = tf.Variable("a"), tf.Variable(7.0)

    @tf.function
    def f(q):
        s.assign("b")
        q.assign_add(1.0)
        return s.value(), q * 2.0

    text, twice = f(v)
    assert text.numpy() == b"b" and s.numpy() == b"b" and twice.numpy() == 16 and v.numpy() == 8


def test_made_on_the_first_call_in_eager_mode():
    kept = Holder()

    @tf.function
    def f(x):
        if kept.v is None:
            with tf.name_scope("inner"):
                kept.v = tf.Variable(tf.ones([2]) * 3.0, name="q")
        return kept.v * x

    assert f(2.0).numpy().tolist() == [6, 6] and kept.v.name == "inner/q:0" and kept.v.numpy().tolist() == [3, 3]
    kept.v.assign([1.0, 1.0])
    assert f(2.0).numpy().tolist() == [2, 2]


def test_initial_values_from_arguments_functions_and_captured_tensors():
    kept, more, other, outside = Holder(), Holder(), Holder(), tf.constant(4.0)

    @tf.function
    def f(x):
        if kept.v is None:
            kept.v = tf.Variable(x + outside)
            more.v = tf.Variable(lambda: tf.ones([2]))
            other.v = tf.Variable(outside * 2.0)
        kept.v.assign_add(1.0)
        return kept.v * x, more.v + other.v

    assert [x.numpy().tolist() for x in f(tf.constant(2.0))] == [14.0, [9.0, 9.0]]
    assert [x.numpy().tolist() for x in f(tf.constant(2.0))] == [16.0, [9.0, 9.0]]
    assert kept.v.numpy() == 8


def test_an_initial_value_of_another_type_is_refused():
    with pytest.raises(ValueError, match="float64"):
        tf.function(lambda x: tf.Variable(x, dtype=tf.float64))(tf.constant(1.0))


def test_only_the_first_call_makes_variables():
    with pytest.raises(ValueError, match=r"singleton tf\.Variables"):
        tf.function(lambda: tf.Variable(1.0) + 1.0)()


def test_trainable_variables_are_watched_and_others_not():
    v, n = tf.Variable(3.0), tf.Variable(2.0, trainable=False)
    with tf.GradientTape(persistent=True) as tape:
        y = v * v * n
        v.assign(5.0)
        z = v * v
    assert [x is v for x in tape.watched_variables()] == [True]
    assert tape.gradient(y, v).numpy() == 12 and tape.gradient(z, v).numpy() == 10 and tape.gradient(y, n) is None


def test_what_a_function_replaces_is_not_taken_from_who_read_it():
    v = tf.Variable(np.ones(1000, "f"))
    before = v.value()
    step = tf.function(lambda: v.assign(v * 2.0))
    step()
    middle = v.value()
    step()
    assert before.numpy()[0] == 1 and middle.numpy()[0] == 2 and v.numpy()[0] == 4


def test_a_variable_made_in_a_functions_trace_lives_in_eager_mode_and_goes():
    kept = Holder()

    @tf.function
    def f():
        if kept.v is None:
            kept.v = tf.Variable([1.0])
        return kept.v + 1.0

    f()
    gone = weakref.ref(kept.v)
    del f
    kept.v = None
    gc.collect()
    assert gone() is None

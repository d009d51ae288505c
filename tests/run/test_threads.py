"""Sessions used by several threads at once, and fetch structures of any shape."""

import threading

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import mainstem.v1 as tf


def in_threads(*functions):
    """Runs functions in threads of their own; raises what the first of them raised."""
    errors = []

    def guarded(fn):
        try:
            fn()
        except BaseException as e:  # noqa: BLE001 - handed on to the test below
            errors.append(e)

    threads = [threading.Thread(target=guarded, args=(fn,), daemon=True) for fn in functions]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert not any(t.is_alive() for t in threads), "a thread hangs"
    if errors:
        raise errors[0]


def test_a_python_function_that_waits_does_not_stop_other_runs():
    entered, leave = threading.Event(), threading.Event()

    def wait(x):
        entered.set()
        assert leave.wait(30), "the other thread's run was blocked"
        return x + 1

    v = tf.Variable(1.0)
    waiting = tf.py_func(wait, [v + 1.0], tf.float32) * 2.0
    step = v.assign_add(1.0)
    sess = tf.Session()
    sess.run(v.initializer)
    got = []

    def other():
        assert entered.wait(30)
        for _ in range(3):
            sess.run(step)
        leave.set()

    in_threads(lambda: got.append(sess.run(waiting)), other)
    assert got == [6.0] and sess.run(v) == 4.0


def test_mixed_programs_from_four_threads():
    x = tf.placeholder(tf.float32, [None])
    counter, total = tf.Variable(0, dtype=tf.int32), tf.Variable(tf.zeros([4]))
    count = counter.assign_add(1)
    add = tf.assign_add(total, tf.ones([4]))
    double, text = x * 2.0, tf.py_func(lambda a: (a + 1).astype(np.float32), [x * 2.0], tf.float32)
    both = tf.reduce_sum(tf.reshape(text, [-1])) + tf.reduce_sum(total) * 0.0
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    rounds = 25
    seen = [[] for _ in range(4)]

    def work(k):
        def run():
            for i in range(rounds):
                feed = {x: np.full(1 + (i + k) % 3, float(k), np.float32)}
                kind = (i + k) % 4
                if kind == 0:
                    assert sess.run(double, feed).tolist() == [2.0 * k] * (1 + (i + k) % 3)
                elif kind == 1:
                    assert sess.run(both, feed) == (2.0 * k + 1) * (1 + (i + k) % 3)
                elif kind == 2:
                    got = sess.run({"t": total, "d": [double]}, feed)
                    assert len(set(got["t"].tolist())) == 1, "a sum half done was seen"
                else:
                    sess.run(add)
                seen[k].append(int(sess.run(count)))

        return run

    in_threads(*(work(k) for k in range(4)))
    assert sess.run(counter) == 4 * rounds
    assert sorted(sum(seen, [])) == list(range(1, 4 * rounds + 1)), "every increment gave a number of its own"
    assert all(s == sorted(s) for s in seen)
    adds = sum((i + k) % 4 == 3 for k in range(4) for i in range(rounds))
    assert sess.run(total).tolist() == [float(adds)] * 4


def test_the_first_run_may_come_from_many_threads():
    v = tf.Variable(0, dtype=tf.int64)
    step = tf.assign_add(v, 1)
    sess = tf.Session()
    sess.run(v.initializer)
    barrier = threading.Barrier(4)

    def run():
        barrier.wait(30)
        sess.run(step)

    in_threads(run, run, run, run)
    assert sess.run(v) == 4


def test_a_failing_run_leaves_the_session_usable():
    def fail(_):
        raise ValueError("not today")

    v = tf.Variable(1.0)
    bad = tf.py_func(fail, [v], tf.float32)
    sess = tf.Session()
    sess.run(v.initializer)
    with pytest.raises((ValueError, tf.errors.OpError), match="not today"):
        sess.run(bad + 1.0)
    done = []
    in_threads(lambda: done.append(sess.run(v + 1.0)))
    assert done == [2.0]


leaves = st.sampled_from(["a:0", "b", "c:0", "op", "tensor a", "tensor b", "operation"])
structures = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.sampled_from(["x", "y", 3]), inner, max_size=3),
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def fetched():
    """A session, what each leaf of `structures` fetches, and the value that it gives."""
    with tf.Graph().as_default() as g:
        a = tf.constant(1.0, name="a")
        b = tf.constant([1, 2], name="b")
        tf.constant(b"text", name="c")
        op = tf.no_op(name="op")
        sess = tf.Session(graph=g)
    fetch = {"tensor a": a, "tensor b": b, "operation": op, "b": "b:0"}
    value = {"a:0": 1.0, "tensor a": 1.0, "b": [1, 2], "tensor b": [1, 2], "c:0": b"text", "op": None, "operation": None}
    return sess, fetch, value


def filled(structure, table):
    """The structure with every leaf looked up in `table` (itself when it is not there)."""
    if isinstance(structure, dict):
        return {k: filled(v, table) for k, v in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(filled(v, table) for v in structure)
    return table.get(structure, structure)


def plain(result):
    if isinstance(result, dict):
        return {k: plain(v) for k, v in result.items()}
    if isinstance(result, (list, tuple)):
        return type(result)(plain(v) for v in result)
    return result.tolist() if isinstance(result, np.ndarray) else result


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(structure=structures)
def test_any_structure_comes_back_in_its_own_shape(fetched, structure):
    sess, fetch, value = fetched
    assert plain(sess.run(filled(structure, fetch))) == filled(structure, value)


def test_an_operation_of_python_that_changes_a_variable_is_one_step_for_other_threads():
    counted = tf.get_variable("counted", initializer=0, use_resource=False)
    number = counted.count_up_to(400)
    seen = []

    def count():
        with pytest.raises(tf.errors.OutOfRangeError):
            while True:
                seen.append(int(session.run(number)))

    with tf.Session() as session:
        session.run(counted.initializer)
        threads = [threading.Thread(target=count) for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    assert sorted(seen) == list(range(400))

"""What passes from one queue to another many elements at a time: as one at a time, in values, order, ends and errors."""

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.lower import blocks

ROWS = np.random.RandomState(0).rand(9, 4).astype(np.float32)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def pipeline(compute, types, shapes=None, capacity=100, least=None):
    """(source, sink, operation that passes an element of the source through `compute` to the sink)."""
    source = tf.FIFOQueue(100, [tf.int32, tf.float32], [[], [2]])
    sink = (
        tf.FIFOQueue(capacity, types, shapes)
        if least is None
        else tf.RandomShuffleQueue(capacity, least, types, shapes, seed=1)
    )
    return source, sink, sink.enqueue(compute(*source.dequeue()))


def filled(session, source, count):
    numbers = np.arange(count, dtype=np.int32)
    session.run(source.enqueue_many([numbers % 9, np.stack([numbers, -numbers], 1).astype(np.float32)]))


def blocks_of(session, put):
    session.run_some(put)
    session.run_some(put)
    return session._executors[(type(put), put, ())].blocks


COMPUTATIONS = {
    "gather": lambda i, v: [tf.gather(ROWS, i), v],
    "arithmetic": lambda i, v: [tf.reshape((tf.gather(ROWS, i) - 0.5) * 2.0, [2, 2, 1]), tf.one_hot(i, 3), 7],
    "broadcast": lambda i, v: [v * [[1.0, 2.0], [3.0, 4.0]], tf.cast(i, tf.float32) + v, tf.expand_dims(v, 1) * v],
    "text": lambda i, v: [tf.as_string(i), tf.string_join(["a", tf.as_string(i)])],
    "sizes": lambda i, v: [v[: i % 3], tf.range(i)],
    "reduced": lambda i, v: [tf.reduce_sum(v), tf.concat([v, v], 0), tf.transpose(tf.stack([v, v * 3.0]))],
}


@pytest.mark.parametrize("name", COMPUTATIONS)
def test_values_and_order_are_those_of_single_runs(name):
    made = COMPUTATIONS[name](*[tf.placeholder(tf.int32, []), tf.placeholder(tf.float32, [2])])
    source, sink, put = pipeline(COMPUTATIONS[name], [tf.convert_to_tensor(m).dtype for m in made])
    out = sink.dequeue()
    with tf.Session() as one, tf.Session() as many:
        filled(one, source, 40), filled(many, source, 40)
        for _ in range(40):
            one.run(put)
        assert bool(blocks_of(many, put)) == (name != "text")
        while many.run(source.size()):
            many.run_some(put)
        assert many.run(sink.size()) == 40
        for _ in range(40):
            for a, b in zip(one.run(out), many.run(out)):
                np.testing.assert_array_equal(a, b, strict=True)


def test_no_more_is_taken_than_there_is_room_for():
    source, sink, put = pipeline(lambda i, v: [i, v], [tf.int32, tf.float32], [[], [2]], capacity=5)
    with tf.Session() as session:
        filled(session, source, 20)
        assert blocks_of(session, put)
        assert session.run([source.size(), sink.size()]) == [15, 5]


def test_the_end_comes_after_the_last_element():
    source, sink, put = pipeline(lambda i, v: [i, v], [tf.int32, tf.float32], [[], [2]])
    with tf.Session() as session:
        filled(session, source, 7)
        session.run(source.close())
        assert blocks_of(session, put)
        with pytest.raises(
            tf.errors.OutOfRangeError, match=r"closed and has insufficient elements \(requested 1.*QueueDequeue"
        ):
            session.run_some(put)
        assert session.run(sink.dequeue_many(7))[0].tolist() == list(range(7))


def test_elements_before_a_bad_one_are_put_and_those_after_it_stay():
    source, sink, put = pipeline(lambda i, v: [tf.gather(ROWS[:5], i), v], [tf.float32] * 2)
    with tf.Session() as session:
        filled(session, source, 1), session.run_some(put)
        filled(session, source, 9)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"5 is not in \[0, 5\).*GatherV2"):
            session.run_some(put)
        assert session.run([sink.size(), source.size()]) == [6, 3]
        assert session.run(source.dequeue())[0] == 6


def test_wrong_shapes_are_refused():
    source, sink, put = pipeline(lambda i, v: [v[: i + 1]], [tf.float32], [[2]])
    with tf.Session() as session:
        filled(session, source, 1)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"Expected \[2\], got \[1\]"):
            session.run(put)
        filled(session, source, 1)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"Expected \[2\], got \[1\].*QueueEnqueue"):
            session.run_some(put)


def test_an_element_that_stays_in_a_shuffle_queue_keeps_no_others():
    source, sink, put = pipeline(lambda i, v: [tf.gather(ROWS, i)], [tf.float32], [[4]], least=2)
    with tf.Session() as session:
        filled(session, source, 30)
        assert blocks_of(session, put)
        (queue,) = [s.value for s in session._slots if isinstance(s.value, blocks.queue_store.ShuffleQueue)]
        assert len(queue) > 20 and all(e[0].base is None for e in queue.elements)


def test_what_a_run_can_see_runs_alone():
    v = tf.get_variable("v", [2], initializer=tf.ones_initializer())
    p = tf.placeholder_with_default(True, [])
    with tf.Session() as session:
        session.run(v.initializer)
        for compute in (
            lambda i, x: [x * v],
            lambda i, x: [x + tf.random_uniform([2])],
            lambda i, x: [tf.cond(p, lambda: x, lambda: x * 2.0)],
            lambda i, x: [tf.py_func(lambda y: y, [x], tf.float32)],
            lambda i, x: [tf.Print(x, [i], first_n=0)],
        ):
            source, _, put = pipeline(compute, [tf.float32])
            filled(session, source, 4)
            assert blocks_of(session, put) is False
            assert session.run(source.size()) == 2


def test_a_closed_session_is_refused():
    source, _, put = pipeline(lambda i, v: [v], [tf.float32])
    session = tf.Session()
    filled(session, source, 4)
    session.run_some(put)
    session.close()
    with pytest.raises(RuntimeError, match="closed Session"):
        session.run_some(put)

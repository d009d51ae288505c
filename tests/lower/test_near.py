"""Small operations between those in Python stay there; others do not."""

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.lower.plan import Plan


def segments(fetches, targets=(), feeds=()):
    return [
        ("host" if s.host else "device", [o.type for o in s.ops]) for s in Plan(fetches, targets, feeds, stay=True).segments
    ]


@pytest.fixture
def row():
    return tf.FIFOQueue(9, [tf.int32], [[]], name="numbers").dequeue(name="row")


def test_a_pipeline_of_one_element_is_one_segment(row):
    image = tf.gather(tf.constant(np.ones((5, 6), np.float32)), row)
    put = tf.FIFOQueue(9, [tf.float32, tf.float32], [[2, 3], [4]]).enqueue(
        [tf.reshape((image - 0.5) * 2.0, [2, 3]), tf.one_hot(row, 4)]
    )
    ((place, ops),) = segments([], [put])
    assert place == "host" and ops[0] == "QueueDequeueV2" and ops[-1] == "QueueEnqueueV2" and "OneHot" in ops


def test_what_the_device_needs_is_computed_there(row):
    doubled = row * 2
    put = tf.FIFOQueue(9, [tf.int32], [[]]).enqueue([doubled])
    big = tf.exp(tf.cast(doubled, tf.float32))
    places = {op: place for place, ops in segments([big], [put]) for op in ops}
    assert places["Mul"] == places["Exp"] == "device"


def test_large_arithmetic_goes_to_the_device(row):
    large = tf.gather(tf.constant(np.ones((2, 300, 300), np.float32)), row) * 2.0
    put = tf.FIFOQueue(9, [tf.float32], [[300, 300]]).enqueue([large])
    assert ("device", ["GatherV2", "Mul"]) in segments([], [put])


def test_a_program_without_python_stays_one_device_segment():
    x = tf.placeholder(tf.float32, [2])
    assert segments([x * 2.0], feeds=[x]) == [("device", ["Mul"])]


def test_what_is_fed_before_a_queue_stays(row):
    x = tf.placeholder(tf.float32, [2])
    y = x * 2.0
    put = tf.FIFOQueue(9, [tf.float32], [[2]]).enqueue([y])
    assert segments([], [put], [x]) == [("host", ["Mul", "QueueEnqueueV2"])]
    assert ("device", ["Mul"]) in segments([y], [put], [x])


def test_a_variable_is_read_on_the_device(row):
    v = tf.get_variable("v", initializer=np.float32([1, 2]))
    put = tf.FIFOQueue(9, [tf.float32], [[]]).enqueue([tf.gather(v, row)])
    assert any(place == "device" for place, _ in segments([], [put]))


def test_values_are_those_of_the_device():
    rng = np.random.default_rng(0)
    table, row = rng.normal(size=(4, 3)).astype(np.float32), tf.placeholder(tf.int32, [])
    x = tf.gather(tf.constant(table), row)
    made = [x[1], tf.stack([x, x * 2.0 - 1.0]), tf.one_hot(row, 5, axis=0), tf.cast(row, tf.float32) / 3.0, x[::-1], x[None]]
    queue = tf.FIFOQueue(9, [t.dtype for t in made], [t.shape for t in made])
    put, taken = queue.enqueue(made), queue.dequeue()
    with tf.Session() as session:
        for i in range(4):
            session.run(put, {row: i})
            for got, wanted in zip(session.run(taken), session.run(made, {row: i}), strict=True):
                assert got.dtype == wanted.dtype and got.shape == wanted.shape
                np.testing.assert_allclose(got, wanted, rtol=1e-6)


def test_an_index_out_of_range_is_an_error_in_a_pipeline():
    row = tf.placeholder(tf.int32, [])
    put = tf.FIFOQueue(9, [tf.float32], [[]]).enqueue([tf.gather(tf.constant([1.0, 2.0]), row)])
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="is not in"):
        session.run(put, {row: 2})

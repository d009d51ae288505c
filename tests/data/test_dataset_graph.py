"""Iterators of graphs: one-shot, initializable, reinitializable, feedable."""

import numpy as np
import pytest

import mainstem.v1 as tf

D = tf.data.Dataset


@pytest.fixture(autouse=True)
def _graph():
    with tf.Graph().as_default():
        yield


def drain(session, element):
    made = []
    with pytest.raises(tf.errors.OutOfRangeError, match="End of sequence.*IteratorGetNext"):
        while True:
            made.append(np.asarray(session.run(element)).tolist())
    return made


def test_a_one_shot_iterator_starts_in_every_session():
    element = D.range(3).make_one_shot_iterator().get_next()
    for _ in range(2):
        with tf.Session() as session:
            assert drain(session, element) == [0, 1, 2]


def test_a_one_shot_iterator_takes_no_placeholder_and_no_variable():
    x, v = tf.placeholder(tf.float32, [None], name="x"), tf.get_variable("v", [], use_resource=True)
    with pytest.raises(ValueError, match=r"Cannot capture a placeholder \(name:x, type:Placeholder\) by value"):
        D.from_tensor_slices(x).make_one_shot_iterator()
    with pytest.raises(ValueError, match="make_initializable_iterator.*Cannot capture a stateful node"):
        D.range(3).map(lambda i: tf.cast(i, tf.float32) + v).make_one_shot_iterator()


def test_placeholders_feed_datasets_when_the_initializer_runs():
    x, size = tf.placeholder(tf.float32, [None, 2]), tf.placeholder_with_default(np.int64(2), [])
    iterator = D.from_tensor_slices(x).map(lambda r: r * 2).batch(size).make_initializable_iterator()
    element = iterator.get_next()
    assert element.shape.as_list() == [None, 2] and element.op.type == "IteratorGetNext"
    with tf.Session() as session:
        with pytest.raises(tf.errors.FailedPreconditionError, match="iterator has not been initialized"):
            session.run(element)
        session.run(iterator.initializer, {x: np.ones([3, 2])})
        assert [len(b) for b in drain(session, element)] == [2, 1]
        session.run(iterator.initializer, {x: np.zeros([2, 2]), size: 5})
        assert drain(session, element) == [[[0, 0], [0, 0]]]


def test_captured_variables_are_those_of_the_session():
    v = tf.get_variable("v", [], tf.int64, tf.constant_initializer(5), use_resource=True)
    iterator = D.range(3).map(lambda i: i + v).make_initializable_iterator()
    element = iterator.get_next()
    with tf.Session() as session:
        session.run(v.initializer)
        session.run(iterator.initializer)
        assert session.run(element) == 5
        session.run(v.assign(100))
        assert session.run(element) == 101


def test_a_reinitializable_iterator_changes_datasets():
    train, test = D.range(3).map(lambda x: (x, tf.one_hot(x, 3))), D.range(7, 9).map(lambda x: (x, tf.one_hot(x, 3)))
    iterator = tf.data.Iterator.from_structure(train.output_types, train.output_shapes)
    number, _ = iterator.get_next()
    starts = [iterator.make_initializer(d) for d in (train, test)]
    with tf.Session() as session:
        for start, expected in zip(starts, ([0, 1, 2], [7, 8])):
            session.run(start)
            assert drain(session, number) == expected
    with pytest.raises(TypeError, match="output types"):
        iterator.make_initializer(D.from_tensors((1.0, [1.0, 0.0, 0.0])))
    with pytest.raises(TypeError, match="output shapes"):
        iterator.make_initializer(D.from_tensors((np.int64(1), np.float32([1.0]))))


def test_a_feedable_iterator_is_another_one_in_every_run():
    a, b = D.range(10), D.range(100, 200)
    handle = tf.placeholder(tf.string, [])
    element = tf.data.Iterator.from_string_handle(handle, a.output_types, a.output_shapes).get_next()
    one, two = a.make_one_shot_iterator(), b.make_initializable_iterator()
    with tf.Session() as session:
        first, second = session.run([one.string_handle(), two.string_handle()])
        session.run(two.initializer)
        assert [int(session.run(element, {handle: h})) for h in (first, second, first, second)] == [0, 100, 1, 101]
        with pytest.raises(tf.errors.InvalidArgumentError, match="handle"):
            session.run(element, {handle: b"nothing"})


def test_the_nodes_are_tensorflows():
    iterator = D.range(8).map(lambda x: x + 1).shuffle(4, seed=1).batch(2).repeat(2).make_initializable_iterator()
    iterator.get_next()
    kinds = [op.type for op in tf.get_default_graph().get_operations() if op.type != "Const"]
    assert kinds == [
        "RangeDataset", "MapDataset", "Equal", "Equal", "LogicalAnd", "Select", "ShuffleDataset", "BatchDatasetV2", "RepeatDataset",
        "OptimizeDataset", "ModelDataset", "IteratorV2", "MakeIterator", "IteratorToStringHandle", "IteratorGetNext",
    ]  # fmt: skip


def test_training_from_an_iterator():
    points = np.random.RandomState(0).randn(256, 2).astype("float32")
    data = D.from_tensor_slices((points, points @ np.float32([2, -3]) + 1)).shuffle(256, seed=1).repeat().batch(32)
    x, y = data.make_one_shot_iterator().get_next()
    w, b = tf.get_variable("w", [2, 1]), tf.get_variable("b", [])
    loss = tf.reduce_mean(tf.square(tf.squeeze(tf.matmul(x, w), 1) + b - y))
    step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(150):
            session.run(step)
        np.testing.assert_allclose(session.run(w)[:, 0], [2, -3], atol=1e-2)


def test_a_saver_keeps_the_place_of_an_iterator(tmp_path):
    iterator = D.range(10).shuffle(5, seed=1).make_initializable_iterator()
    element = iterator.get_next()
    saver = tf.train.Saver([tf.data.experimental.make_saveable_from_iterator(iterator)])
    with tf.Session() as session:
        session.run(iterator.initializer)
        [session.run(element) for _ in range(4)]
        path = saver.save(session, str(tmp_path / "it"))
        rest = drain(session, element)
    with tf.Session() as session:
        session.run(iterator.initializer)
        saver.restore(session, path)
        assert drain(session, element) == rest


def test_sessions_that_close_end_threads():
    import threading

    element = D.range(1000).prefetch(2).make_one_shot_iterator().get_next()
    before = threading.active_count()
    for _ in range(5):
        with tf.Session() as session:
            session.run(element)
    assert threading.active_count() <= before + 2

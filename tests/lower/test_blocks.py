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


def written(folder, counts, bad=()):
    """Files of `counts` Examples each, whose numbers go on; the numbers in `bad` are no Examples."""
    names, number = [], 0
    for i, count in enumerate(counts):
        names.append(str(folder / f"{i}.tfrecords"))
        with tf.python_io.TFRecordWriter(names[-1]) as writer:
            for _ in range(count):
                example = tf.train.Example()
                example.features.feature["pixels"].bytes_list.value.append(bytes([number, 2, 3, 4]))
                example.features.feature["label"].int64_list.value.append(number)
                writer.write(b"?" if number in bad else example.SerializeToString())
                number += 1
    return names


def reading(names, reader=None):
    """(reader, queue of names, sink, operation that reads a record into the sink, operation that fills the queue of names)."""
    queue, sink = tf.FIFOQueue(10, [tf.string], [[]]), tf.FIFOQueue(1000, [tf.string, tf.float32, tf.int64], [[], [4], []])
    reader = reader or tf.TFRecordReader()
    key, record = reader.read(queue)
    features = {"pixels": tf.FixedLenFeature([], tf.string), "label": tf.FixedLenFeature([], tf.int64)}
    parsed = tf.parse_single_example(record, features)
    pixels = tf.decode_raw(parsed["pixels"], tf.uint8)
    pixels.set_shape([4])
    put = sink.enqueue([key, tf.cast(pixels, tf.float32) * 0.5 - 1.0, parsed["label"]])
    return reader, queue, sink, put, tf.group(queue.enqueue_many([names]), name="fill")


def test_records_are_those_of_single_runs(tmp_path):
    reader, queue, sink, put, fill = reading(written(tmp_path, [70, 1, 5]))
    out, close = sink.dequeue(), queue.close()
    with tf.Session() as one, tf.Session() as many:
        one.run(fill), many.run(fill), one.run(close), many.run(close)
        for _ in range(76):
            one.run(put)
        assert blocks_of(many, put)
        assert many.run(sink.size()) == 65 and many.run(reader.num_records_produced()) == 65
        with pytest.raises(tf.errors.OutOfRangeError, match="ReaderRead"):
            while True:
                many.run_some(put)
        counts = [reader.num_records_produced(), reader.num_work_units_completed(), sink.size()]
        assert many.run(counts) == [76, 3, 76]
        for _ in range(76):
            for a, b in zip(one.run(out), many.run(out)):
                np.testing.assert_array_equal(a, b, strict=True)


def test_records_before_a_bad_one_are_put_and_those_after_it_come_next(tmp_path):
    reader, _, sink, put, fill = reading(written(tmp_path, [10, 3], bad=[4]))
    with tf.Session() as session:
        session.run(fill), session.run_some(put)
        with pytest.raises(tf.errors.InvalidArgumentError, match="Could not parse example input"):
            session.run_some(put)
        assert session.run([sink.size(), reader.num_records_produced(), reader.num_work_units_completed()]) == [4, 5, 0]
        for _ in range(2):
            session.run_some(put)
        assert session.run(sink.dequeue_many(12))[2].tolist() == [0, 1, 2, 3, *range(5, 13)]


def test_damage_is_told_after_the_records_before_it(tmp_path):
    (name,) = written(tmp_path, [6])
    with open(name, "rb") as file:
        whole = file.read()
    with open(name, "wb") as file:
        file.write(whole[:-5])
    _, _, sink, put, fill = reading([name])
    with tf.Session() as session:
        session.run(fill), session.run_some(put)
        session.run_some(put)
        assert session.run(sink.size()) == 5
        with pytest.raises(tf.errors.DataLossError, match="truncated record"):
            session.run_some(put)
        session.run(fill)
        session.run_some(put)
        assert session.run(sink.size()) == 10


def test_large_records_and_whole_files_come_a_few_at_a_time(tmp_path):
    name = str(tmp_path / "large")
    with tf.python_io.TFRecordWriter(name) as writer:
        for _ in range(9):
            writer.write(bytes(400_000))
    for reader, each in ((tf.TFRecordReader(), 3), (tf.WholeFileReader(), 1)):
        queue, sink = tf.FIFOQueue(10, [tf.string], [[]]), tf.FIFOQueue(50, [tf.string], [[]])
        put = sink.enqueue([reader.read(queue)[1]])
        with tf.Session() as session:
            session.run(queue.enqueue_many([[name] * 3]))
            session.run_some(put)
            before = session.run(sink.size())
            session.run_some(put)
            assert session.run(sink.size()) == before + each


@pytest.mark.parametrize("least", [None, 2])
def test_strings_keep_the_zeros_at_their_end(tmp_path, least):
    """NumPy's own arrays of bytes drop them."""
    name, wanted = str(tmp_path / "zeros"), [b"%d" % i + bytes(i) for i in range(9)]
    with tf.python_io.TFRecordWriter(name) as writer:
        for record in wanted:
            writer.write(record)
    queue, middle = tf.FIFOQueue(10, [tf.string], [[]]), tf.FIFOQueue(50, [tf.string], [[]])
    sink = tf.FIFOQueue(50, [tf.string]) if least is None else tf.RandomShuffleQueue(50, least, [tf.string])
    read, put = middle.enqueue([tf.TFRecordReader().read(queue)[1]]), sink.enqueue([middle.dequeue()])
    fill, sizes, close, out = queue.enqueue_many([[name] * 3]), [middle.size(), sink.size()], sink.close(), sink.dequeue()
    with tf.Session() as session:
        session.run(fill)
        for i, step in enumerate((read, put)):
            while session.run(sizes)[i] < 27:
                session.run_some(step)
        session.run(close)
        assert sorted(session.run(out) for _ in range(27)) == sorted(wanted * 3)

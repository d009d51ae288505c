"""Input pipelines whose graphs pass between TensorFlow and us: functions in the library, queue runners in the collections.

Every program puts what starts it into the collection "init" and what it gives into "out". Plain Python, also of 3.7.
"""

import numpy as np


def queues(tf):
    number = tf.train.range_input_producer(6, shuffle=False, num_epochs=2, name="numbers").dequeue()
    return [], tf.train.batch([number, tf.cast(number, tf.float32) * 2.0], 3, name="batched")


def shuffle_queue(tf):
    queue = tf.RandomShuffleQueue(20, 2, [tf.int32], shapes=[[]], seed=3)
    put, close = queue.enqueue_many([np.arange(10, dtype=np.int32)]), queue.close()
    return [put, close], [queue.dequeue_many(4)]


def one_shot(tf):
    data = tf.data.Dataset.range(10).map(lambda i: i * 3 + 1)
    data = data.filter(lambda i: tf.equal(i % 2, 0)).batch(2)
    return [], [data.make_one_shot_iterator().get_next()]


def captured(tf):
    count, scale = tf.placeholder_with_default(tf.constant(5, tf.int64), []), tf.constant([1.0, 2.0])
    data = tf.data.Dataset.range(count).map(lambda i: (tf.cast(i, tf.float32) * scale, tf.as_string(i)))
    data = data.flat_map(lambda x, text: tf.data.Dataset.from_tensors((x, text)).repeat(2))
    iterator = data.shuffle(4, seed=1).repeat(2).prefetch(1).make_initializable_iterator()
    return [iterator.initializer], iterator.get_next()


def variable(tf):
    v = tf.get_variable("v", initializer=np.int64(7), use_resource=True)
    iterator = tf.data.Dataset.range(4).map(lambda i: i + v).make_initializable_iterator()
    return [v.initializer, iterator.initializer], [iterator.get_next()]


def interleaved(tf):
    data = tf.data.Dataset.range(3).interleave(lambda i: tf.data.Dataset.range(i, i + 3), 2, 1)
    data = data.map(lambda i: i, num_parallel_calls=2).take(7).skip(1)
    data = tf.data.Dataset.zip((data, data.map(lambda i: -i))).padded_batch(2, ([], []))
    iterator = data.make_initializable_iterator()
    return [iterator.initializer], iterator.get_next()


def windows(tf):
    data = tf.data.Dataset.from_tensor_slices({"a": np.arange(6, dtype=np.float32), "b": [b"x"] * 6})
    data = data.apply(tf.data.experimental.scan(0.0, lambda s, x: (s + x["a"], s + x["a"])))
    data = data.window(2, drop_remainder=True).flat_map(lambda w: w.batch(2))
    iterator = data.concatenate(tf.data.Dataset.from_tensors([1.0, 2.0])).cache().make_initializable_iterator()
    return [iterator.initializer], [iterator.get_next()]


def grouped(tf):
    offset = tf.constant(1, tf.int64)
    data = tf.data.Dataset.range(10).apply(
        tf.data.experimental.group_by_window(
            lambda i: (i + offset) % 3, lambda key, part: part.map(lambda i: (i, key)).batch(2), 2
        )
    )
    iterator = data.make_initializable_iterator()
    return [iterator.initializer], iterator.get_next()


def control(tf):
    def odd_or_sum(i):
        return tf.cond(
            tf.equal(i % 2, 1),
            lambda: i,
            lambda: tf.while_loop(lambda n, s: n < i, lambda n, s: (n + 1, s + n), (i * 0, i * 0))[1],
        )

    iterator = tf.data.Dataset.range(6).map(odd_or_sum).make_initializable_iterator()
    return [iterator.initializer], [iterator.get_next()]


def reinitializable(tf):
    first, second = tf.data.Dataset.range(3), tf.data.Dataset.range(10, 13).map(lambda i: i * 2)
    iterator = tf.data.Iterator.from_structure(first.output_types, first.output_shapes)
    first, second = iterator.make_initializer(first), iterator.make_initializer(second)
    return [first, second], [iterator.get_next()]


PROGRAMS = [
    queues, shuffle_queue, one_shot, captured, variable, interleaved, windows, grouped, control, reinitializable,
]  # fmt: skip


def meta_graph(tf, program):
    """The MetaGraphDef of a program."""
    with tf.Graph().as_default():
        starts, outs = program(tf)
        for name, made in (("init", starts), ("out", outs)):
            for m in made:
                tf.add_to_collection(name, m)
        return tf.train.export_meta_graph()


def results(tf, meta):
    """What the runs of an imported MetaGraphDef give, at most twelve, and "end" when that was all."""
    with tf.Graph().as_default(), tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=20000)) as session:
        tf.train.import_meta_graph(meta)
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        for start in tf.get_collection("init"):
            session.run(start)
        coordinator, made = tf.train.Coordinator(), []
        threads = tf.train.start_queue_runners(session, coordinator) if tf.get_collection("queue_runners") else []
        try:
            for _ in range(12):
                made.append([_plain(v) for v in session.run(tf.get_collection("out"))])
        except tf.errors.OutOfRangeError:
            made.append("end")
        coordinator.request_stop()
        coordinator.join(threads)
        return made


def _plain(value):
    value = np.asarray(value).tolist()
    return value.decode() if isinstance(value, bytes) else value

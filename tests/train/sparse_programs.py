"""Programs that batch sparse tensors, written for a namespace `tf`: see `input_programs.py`. Plain Python, also of 3.7."""

import numpy as np

from tests.train.input_programs import _graph, _run, _shown


def _number(tf, count=7, name=None):
    return tf.train.range_input_producer(count, shuffle=False, num_epochs=1, name=name).dequeue()


def _sparse(tf, x):
    """One to three times `x`, of a shape that depends on it."""
    n = x % 3 + 1
    values = tf.fill([n], tf.cast(x, tf.float32))
    return tf.SparseTensor(tf.cast(tf.expand_dims(tf.range(n), 1), tf.int64), values, tf.cast(tf.stack([n + x]), tf.int64))


def _many(tf, x):
    """Three rows of texts, the second without an entry."""
    values = tf.as_string(tf.stack([x, x + 1, x + 2]))
    return tf.SparseTensor(tf.constant([[0, 1], [0, 2], [2, 0]], tf.int64), values, tf.constant([3, 4], tf.int64))


def batch(b):
    x = _number(b.tf)
    made = b.tf.train.batch([x, _sparse(b.tf, x)], 3)
    return [_shown([made[0], made[1].values, made[1].indices, made[1].dense_shape]), *_graph(b.tf), *_run(b, made, 3)]


def batch_alone(b):
    made = b.tf.train.batch({"s": _sparse(b.tf, _number(b.tf))}, 3, allow_smaller_final_batch=True)
    return _run(b, made, 4)


def batch_many(b):
    x = _number(b.tf)
    made = b.tf.train.batch([_many(b.tf, x), tf_row(b.tf, x)], 4, enqueue_many=True)
    return [_shown([made[0].values, made[0].indices]), *_run(b, made, 4)]


def tf_row(tf, x):
    return tf.stack([x, x, x])


def batch_padded(b):
    x = _number(b.tf)
    made = b.tf.train.batch([_sparse(b.tf, x), tf_row(b.tf, x)[: x % 3 + 1]], 3, dynamic_pad=True)
    return _run(b, made, 2)


def maybe_batch(b):
    x = _number(b.tf)
    made = b.tf.train.maybe_batch([_sparse(b.tf, x), x], x % 2 > 0, 3)
    return _run(b, made, 2)


def maybe_batch_alone(b):
    x = _number(b.tf)
    return _run(b, b.tf.train.maybe_batch([_sparse(b.tf, x)], x % 2 > 0, 3), 2)


def maybe_batch_many(b):
    x = _number(b.tf)
    made = b.tf.train.maybe_batch(
        [_many(b.tf, x), tf_row(b.tf, x)], b.tf.stack([x % 2 > 0, x > 2, x > 1]), 4, enqueue_many=True
    )
    return _run(b, made, 3)


def maybe_batch_many_all(b):
    x = _number(b.tf)
    return _run(b, b.tf.train.maybe_batch([_many(b.tf, x), tf_row(b.tf, x)], x % 2 > 0, 4, enqueue_many=True), 3)


def batch_join(b):
    xs = [_number(b.tf, 3, f"n{i}") for i in range(2)]
    made = b.tf.train.batch_join([[_sparse(b.tf, x), x] for x in xs], 6)
    out = _run(b, made, 2)
    values, numbers = out[3][0][1], out[3][1]
    return [*_graph(b.tf)[:3], *out[:3], sorted(values), sorted(numbers), *out[4:]]


def shuffle_batch(b):
    x = _number(b.tf, 12)
    made = b.tf.train.shuffle_batch([_sparse(b.tf, x), x], 4, 12, 4, seed=1)
    out = _run(b, made, 4)
    return [*_graph(b.tf)[:3], *out[:3], sorted(v for r in out[3:6] for v in r[1]), out[6:]]


def shuffle_batch_join(b):
    xs = [_number(b.tf, 6, f"n{i}") for i in range(2)]
    made = b.tf.train.shuffle_batch_join([[_sparse(b.tf, x), x] for x in xs], 4, 20, 10, allow_smaller_final_batch=True)
    out = _run(b, made, 3)
    return [*out[:3], sorted(v for r in out[3:6] for v in r[1])]


def bad(b):
    tf = b.tf
    sparse = tf.SparseTensor([[0]], [1.5], [4])
    place = tf.sparse_placeholder(tf.float32)
    alone = tf.raw_ops.TakeManySparseFromTensorsMap(sparse_handles=[3], dtype=tf.float32, shared_name="kept")[1]
    one = tf.raw_ops.AddSparseToTensorsMap(
        sparse_indices=place.indices, sparse_values=place.values, sparse_shape=place.dense_shape, shared_name="kept"
    )
    rows = tf.raw_ops.AddManySparseToTensorsMap(
        sparse_indices=place.indices, sparse_values=place.values, sparse_shape=place.dense_shape, shared_name="kept"
    )
    out = [b.build(lambda: tf.train.batch_join([[sparse], [tf.constant(1.5)]], 3))[0]]
    out += [r[0] for r in b.run(alone)]
    for feed in (([[0]], [1.0, 2.0], [4]), ([[0, 1]], [1.0], [4])):
        feed = {place: (np.int64(feed[0]), np.float32(feed[1]), np.int64(feed[2]))}
        out += [r[0] for r in b.run(one, rows, feed_dict=feed)]
    return out + b.run(one, rows, feed_dict={place: (np.int64([[0, 1], [1, 0]]), np.float32([1, 2]), np.int64([2, 2]))})


PROGRAMS = [
    batch, batch_alone, batch_many, batch_padded, maybe_batch, maybe_batch_alone, maybe_batch_many, maybe_batch_many_all, batch_join,
    shuffle_batch, shuffle_batch_join, bad,
]  # fmt: skip

"""What is known of a tensor's value before anything runs."""

import numpy as np

import mainstem.v1 as tf
from mainstem.graph import fold


def known(t):
    v = fold.constant_value(t)
    return None if v is None else v.tolist()


def test_constants_and_arithmetic_on_shapes():
    x = tf.placeholder(tf.float32, [2, 3, None])
    y = tf.placeholder(tf.float32, [2, 3])
    assert known(tf.constant([1, 2])) == [1, 2]
    assert known(tf.shape(x, name="s", out_type=tf.int64)) is None and known(tf.shape(tf.identity(y))) == [2, 3]
    assert known(tf.rank(tf.identity(x))) == 3 and known(tf.size(tf.identity(y))) == 6
    assert known(tf.shape(x)[0] * 2) == 4 and known(tf.shape(x)[2]) is None and known(tf.shape(x)[-2]) == 3
    assert known(tf.reduce_prod(tf.shape(x)[:2])) is None or known(tf.reduce_prod(tf.shape(x)[:2])) == 6
    assert known(tf.placeholder(tf.int32, [])) is None


def test_folded_values_have_the_tensors_type():
    t = tf.shape(tf.placeholder(tf.float32, [2, 3]), out_type=tf.int64)[1] + 1
    v = fold.constant_value(t)
    assert v.dtype == np.int64 and v == 4


def test_a_shape_set_later_is_seen():
    x = tf.placeholder(tf.float32, [None, 3])
    first = tf.shape(x)[0]
    assert known(first) is None
    x.set_shape([5, 3])
    assert known(first) == 5


def test_partly_known_shapes():
    x = tf.placeholder(tf.float32, [None, 3, 4])
    s = tf.shape(x)
    assert fold.partial_shape(s) == (None, 3, 4)
    assert fold.partial_shape(s[1:]) == (3, 4) and fold.partial_shape(s[::-1]) == (4, 3, None)
    assert fold.partial_shape(tf.stack([s[0], 7])) == (None, 7)
    assert fold.partial_shape(tf.concat([s[:1], [12]], 0)) == (None, 12)
    assert fold.partial_shape(tf.concat([s, tf.placeholder(tf.int32, [None])], 0)) is None
    assert fold.partial_shape(tf.slice(s, [1], [2])) == (3, 4) and fold.partial_shape(tf.slice(s, [0], [-1])) == (None, 3, 4)
    assert fold.partial_shape(tf.cast(s, tf.int64)) == (None, 3, 4)
    assert fold.partial_shape(tf.constant([-1, 2])) == (None, 2)
    assert tf.reshape(x, [-1, s[1] * s[2]]).shape.as_list() == [None, 12]
    assert tf.reshape(x, tf.stack([s[0], 12])).shape.as_list() == [None, 12]


def test_strided_slices_on_data_are_left_alone():
    data = tf.placeholder(tf.int32, [3])
    assert known(data[1]) is None and fold.partial_shape(data[1:]) is None
    matrix = tf.constant([[1, 2], [3, 4]])
    assert known(matrix[1, 0]) == 3 and known(matrix[:, 1]) == [2, 4]


def test_a_long_chain_of_integers_is_no_shape_arithmetic():
    t = tf.constant(0)
    for _ in range(1500):
        t = t + 1
    assert known(t) in (None, 1500), "no recursion error"

"""Placeholders and what else programs open a graph with."""

import numpy as np

import mainstem.v1 as tf


def test_a_default_of_any_shape():
    flag = tf.placeholder_with_default(tf.constant(True), None, name="flag")
    rows = tf.placeholder_with_default([1.0, 2.0], [None])
    assert flag.shape.ndims is None and rows.shape.as_list() == [None]
    assert flag.op.node_def.attr["shape"].shape.unknown_rank
    with tf.Session() as session:
        assert session.run(flag) == np.True_
        np.testing.assert_array_equal(session.run(flag, {flag: [False, True]}), [False, True])
        np.testing.assert_array_equal(session.run(rows * 2.0, {rows: [3.0]}), [6.0])

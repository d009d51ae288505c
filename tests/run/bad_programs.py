"""Calls that TensorFlow refuses when the graph is built. Runs under the real TensorFlow and under Mainstem; for Python 3.7 too."""

import numpy as np


def f(tf, *shape):
    """A placeholder of floats."""
    return tf.placeholder(tf.float32, shape)


def i(tf, *shape):
    """A placeholder of int32."""
    return tf.placeholder(tf.int32, shape)


def _two_names(tf):
    with tf.variable_scope("s"):
        tf.get_variable("v", [2])
        tf.get_variable("v", [2])


CALLS = {
    "matmul_inner": lambda tf: tf.matmul(f(tf, 2, 3), f(tf, 4, 5)),
    "matmul_rank": lambda tf: tf.matmul(f(tf, 3), f(tf, 3, 5)),
    "matmul_dtype": lambda tf: tf.matmul(f(tf, 2, 3), i(tf, 3, 5)),
    "matmul_string": lambda tf: tf.matmul(tf.constant([["a"]]), tf.constant([["b"]])),
    "add_shapes": lambda tf: f(tf, 2, 3) + f(tf, 4),
    "add_dtypes": lambda tf: f(tf, 2) + i(tf, 2),
    "add_python": lambda tf: i(tf, 2) + 0.5,
    "mul_string": lambda tf: tf.multiply(tf.constant("a"), tf.constant("b")),
    "conv_rank": lambda tf: tf.nn.conv2d(f(tf, 8, 8, 3), f(tf, 3, 3, 3, 4), [1, 1, 1, 1], "SAME"),
    "conv_channels": lambda tf: tf.nn.conv2d(f(tf, 1, 8, 8, 3), f(tf, 3, 3, 2, 4), [1, 1, 1, 1], "SAME"),
    "conv_too_big": lambda tf: tf.nn.conv2d(f(tf, 1, 2, 2, 3), f(tf, 3, 3, 3, 4), [1, 1, 1, 1], "VALID"),
    "conv_padding": lambda tf: tf.nn.conv2d(f(tf, 1, 8, 8, 3), f(tf, 3, 3, 3, 4), [1, 1, 1, 1], "FULL"),
    "conv_dtype": lambda tf: tf.nn.conv2d(i(tf, 1, 8, 8, 3), f(tf, 3, 3, 3, 4), [1, 1, 1, 1], "SAME"),
    "bias_add": lambda tf: tf.nn.bias_add(f(tf, 2, 3), f(tf, 4)),
    "max_pool": lambda tf: tf.nn.max_pool(f(tf, 8, 8, 3), [1, 2, 2, 1], [1, 2, 2, 1], "SAME"),
    "reshape": lambda tf: tf.reshape(f(tf, 2, 3), [4, 2]),
    "reshape_two_unknown": lambda tf: tf.reshape(f(tf, 2, 3), [-1, -1]),
    "concat": lambda tf: tf.concat([f(tf, 2, 3), f(tf, 3, 3)], 1),
    "concat_axis": lambda tf: tf.concat([f(tf, 2, 3), f(tf, 2, 3)], 2),
    "concat_dtypes": lambda tf: tf.concat([f(tf, 2), i(tf, 2)], 0),
    "stack": lambda tf: tf.stack([f(tf, 2), f(tf, 3)]),
    "transpose": lambda tf: tf.transpose(f(tf, 2, 3), [0, 1, 2]),
    "squeeze": lambda tf: tf.squeeze(f(tf, 2, 3), [0]),
    "expand_dims": lambda tf: tf.expand_dims(f(tf, 2, 3), 5),
    "reduce_axis": lambda tf: tf.reduce_sum(f(tf, 2, 3), 2),
    "argmax_axis": lambda tf: tf.argmax(f(tf, 2, 3), 2),
    "split": lambda tf: tf.split(f(tf, 5, 3), 2),
    "slice": lambda tf: tf.slice(f(tf, 2, 3), [0, 2], [2, 2]),
    "strided_slice": lambda tf: f(tf, 2, 3)[0, 0, 0],
    "index_out": lambda tf: f(tf, 2, 3)[5],
    "tile": lambda tf: tf.tile(f(tf, 2, 3), [1, 2, 3]),
    "pad": lambda tf: tf.pad(f(tf, 2, 3), [[1, 1]]),
    "gather_dtype": lambda tf: tf.gather(f(tf, 2, 3), f(tf, 2)),
    "where": lambda tf: tf.where(f(tf, 2), f(tf, 2), f(tf, 2)),
    "where_shapes": lambda tf: tf.where(tf.equal(f(tf, 2), 0), f(tf, 3), f(tf, 3)),
    "xent_shapes": lambda tf: tf.nn.softmax_cross_entropy_with_logits(labels=f(tf, 2, 3), logits=f(tf, 2, 4)),
    "xent_positional": lambda tf: tf.nn.softmax_cross_entropy_with_logits(f(tf, 2, 3), f(tf, 2, 3)),
    "sparse_xent_rank": lambda tf: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=i(tf, 2, 3), logits=f(tf, 2, 3)),
    "sparse_xent_dtype": lambda tf: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=f(tf, 2), logits=f(tf, 2, 3)),
    "sigmoid_xent": lambda tf: tf.nn.sigmoid_cross_entropy_with_logits(labels=f(tf, 2, 3), logits=f(tf, 2, 1)),
    "dropout_keep": lambda tf: tf.nn.dropout(f(tf, 2), keep_prob=1.5),
    "in_top_k": lambda tf: tf.nn.in_top_k(f(tf, 2, 3), i(tf, 4), 1),
    "top_k": lambda tf: tf.nn.top_k(f(tf, 2, 3), 4),
    "fused_batch_norm": lambda tf: tf.nn.fused_batch_norm(f(tf, 2, 4, 4, 3), f(tf, 2), f(tf, 3)),
    "assign_shape": lambda tf: tf.assign(tf.get_variable("v", [2]), f(tf, 3)),
    "assign_dtype": lambda tf: tf.assign(tf.get_variable("v", [2]), i(tf, 2)),
    "no_shape": lambda tf: tf.get_variable("v"),
    "variable_twice": _two_names,
    "constant_too_many": lambda tf: tf.constant([1, 2, 3], shape=[2]),
    "constant_dtype": lambda tf: tf.constant("a", tf.float32),
    "ragged": lambda tf: tf.constant([[1, 2], [3]]),
    "tensor_as_bool": lambda tf: bool(f(tf, 1) > 0),
    "iterate": lambda tf: list(f(tf)),
    "cast_to_nothing": lambda tf: tf.cast(f(tf, 2), "float31"),
    "set_shape": lambda tf: f(tf, 2, 3).set_shape([3, 3]),
    "cond_shape": lambda tf: tf.add_n([f(tf, 2), f(tf, 3)]),
    "add_n_empty": lambda tf: tf.add_n([]),
    "gradients_of_nothing": lambda tf: tf.train.GradientDescentOptimizer(0.1).minimize(f(tf)),
    "numpy_dtype": lambda tf: tf.matmul(np.ones((2, 2)), f(tf, 2, 2)),
    "one_hot_depth": lambda tf: tf.one_hot(i(tf, 2), [3, 4]),
    "name": lambda tf: tf.constant(1, name="a b"),
    "resize": lambda tf: tf.image.resize_bilinear(f(tf, 8, 8, 3), [4, 4]),
    "device": lambda tf: tf.device("/nonsense:x").__enter__(),
    "segment_sum": lambda tf: tf.segment_sum(f(tf, 2, 3), f(tf, 2)),
    "einsum": lambda tf: tf.einsum("ij,jk->ik", f(tf, 2, 3), f(tf, 4, 5)),
    "tensordot": lambda tf: tf.tensordot(f(tf, 2, 3), f(tf, 4, 5), 1),
    "broadcast_to": lambda tf: tf.broadcast_to(f(tf, 2, 3), [2, 4]),
    "unstack": lambda tf: tf.unstack(tf.placeholder(tf.float32)),
    "matrix_inverse": lambda tf: tf.matrix_inverse(f(tf, 2, 3)),
    "lookup_ids": lambda tf: tf.nn.embedding_lookup(f(tf, 5, 3), f(tf, 2)),
}


def outcome(tf, name):
    """(name of the exception's class, its message) that building gives, None when it builds."""
    with tf.Graph().as_default():
        try:
            CALLS[name](tf)
        except Exception as e:
            return type(e).__name__, str(e)
    return None

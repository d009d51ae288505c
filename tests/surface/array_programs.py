"""Programs over the array functions, written for a namespace `tf`: the real TensorFlow 1.15 when recording, ours in the test.

A program gets `tf` and `feed(shape, value)`, which makes a placeholder of that declared shape and feeds `value` to it; it gives the
tensors to run. Plain Python, also of 3.7.
"""

import numpy as np

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
ROWS = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32)
I = np.int32  # noqa: E741

EXACT_NAMES = {  # the graph has the very nodes that TensorFlow makes
    "shape": lambda tf, feed: [
        tf.shape(feed([None, 3], ROWS)),
        tf.shape(feed([2, 3], ROWS)),
        tf.shape(feed([2, 3], ROWS), name="foo", out_type=tf.int64),
        tf.size(feed([2, 3], ROWS)),
        tf.size(feed([None, 3], ROWS)),
        tf.rank(feed([2, 3], ROWS)),
        tf.rank(feed(None, ROWS)),
    ],
    "reshape": lambda tf, feed: [
        tf.reshape(feed([2, 3], ROWS), [-1]),
        tf.reshape(feed([None, 3], ROWS), [tf.shape(feed([None], ROWS[0]))[0], -1]),
        tf.expand_dims(feed([2, 3], ROWS), -1),
        tf.expand_dims(feed([2, 3], ROWS), dim=0),
        tf.squeeze(feed([1, 3], ROWS[:1])),
        tf.squeeze(feed([1, 3], ROWS[:1]), 0),
        tf.squeeze(feed([1, 3], ROWS[:1]), squeeze_dims=[0]),
    ],
    "transpose": lambda tf, feed: [
        tf.transpose(feed([2, 3], ROWS)),
        tf.transpose(feed([2, 3, 4], X), [2, 0, 1]),
        tf.transpose(feed([None, None], ROWS), name="turned"),
        tf.transpose(feed(None, X)),
        tf.transpose(feed([2, 3], (ROWS * 1j).astype(np.complex64)), conjugate=True),
    ],
    "concat_and_stack": lambda tf, feed: [
        tf.concat([feed([2, 3], ROWS), feed([None, 3], ROWS)], 0),
        tf.concat([feed([2, 3], ROWS)], 1),
        tf.stack([feed([3], ROWS[0]), feed([3], ROWS[1])]),
        tf.stack([1, 2, 3]),
        tf.stack([1.0, feed([], np.float32(2))], axis=-1),
        tf.stack([1.0, feed([], np.float32(2))]),
        tf.stack([np.ones(2), np.zeros(2)], axis=1),
        tf.convert_to_tensor([[1.0, feed([], np.float32(2))], [3.0, feed([], np.float32(4))]]),
    ],
    "parallel_stack": lambda tf, feed: [tf.parallel_stack([feed([3], ROWS[0]), feed([3], ROWS[1])])],
    "split_and_unstack": lambda tf, feed: (
        tf.split(feed([2, 6], X.reshape(4, 6)[:2]), 3, 1)
        + tf.split(feed([4, 3], X.reshape(8, 3)[:4]), [1, 3])
        + tf.split(feed([4, 3], X.reshape(8, 3)[:4]), [1, -1], name="sp")
        + tf.unstack(feed([2, 3], ROWS), axis=1)
    ),
    "getitem": lambda tf, feed: [
        feed([2, 3], ROWS)[0],
        feed([2, 3], ROWS)[1:, ::2],
        feed([2, 3, 4], X)[..., tf.newaxis],
        feed([2, 3, 4], X)[tf.constant(1) :, 0],
        feed([2, 3, 4], X)[-1, -2:],
        feed([2, 3, 4], X)[None, :, None, 1:2],
        feed([2, 3, 4], X)[:, 1, ..., ::-1],
        feed([2, 3, 4], X)[np.int64(1) :],
        feed([None, 3], ROWS)[tf.constant(1, tf.int64)],
    ],
    "getitem_at_run_time": lambda tf, feed: [
        feed([2, 3], ROWS)[feed([], I(1))],
        feed([2, 3], ROWS)[: feed([], I(1)), 1],
        feed([2, 3, 4], X)[feed([], I(-1)), 1:, feed([], I(2))],
        feed([None, 3, 4], X)[feed([], I(0)) :, feed([], I(1)) : feed([], I(3))],
    ],
    "zeros_and_ones": lambda tf, feed: [
        tf.zeros([2, 3]),
        tf.zeros([40, 30]),
        tf.zeros([]),
        tf.zeros([2], tf.string),
        tf.zeros([2], tf.bool),
        tf.zeros(tf.shape(feed([None], ROWS[0]))),
        tf.zeros([2], name="z"),
        tf.zeros(5),
        tf.zeros(tf.TensorShape([2])),
        tf.ones([2, 3]),
        tf.ones([40, 30], tf.int32),
        tf.ones([2], tf.bool),
        tf.fill([2, 3], 1.0),
    ],
    "likes": lambda tf, feed: [
        tf.zeros_like(feed([2, 3], ROWS)),
        tf.zeros_like(feed([None, 3], ROWS)),
        tf.zeros_like(feed([None, 3], ROWS), dtype=tf.int32),
        tf.zeros_like(feed([2, 3], ROWS), optimize=False),
        tf.zeros_like([1.0, 2.0]),
        tf.ones_like(feed([2, 3], ROWS)),
        tf.ones_like(feed([None, 3], ROWS), dtype=tf.int32),
        tf.ones_like(feed([2], np.array([True, False]))),
    ],
    "ranges": lambda tf, feed: [
        tf.range(5),
        tf.range(1, 5, 2),
        tf.range(0.0, 1.0, 0.3),
        tf.range(5, dtype=tf.float32),
        tf.range(feed([], I(4))),
        tf.range(1, 3.5),
        tf.linspace(0.0, 1.0, 3, name="L"),
    ],
    "one_hot": lambda tf, feed: [
        tf.one_hot([0, 1], 3),
        tf.one_hot(feed([2], np.array([0, 2], np.int64)), 3, on_value=1, off_value=0),
        tf.one_hot([1], 3, 5.0, name="oh"),
        tf.one_hot([[0], [5]], 3, axis=1),
    ],
    "pad": lambda tf, feed: [
        tf.pad(feed([2, 3], ROWS), [[1, 1], [0, 0]]),
        tf.pad(feed([2, 3], ROWS), [[1, 1], [0, 0]], constant_values=2),
        tf.pad(feed([2, 3], ROWS), [[1, 1], [0, 2]], "reflect"),
        tf.pad(feed([2, 3], ROWS), [[1, 1], [0, 3]], "SYMMETRIC", name="q"),
    ],
    "sequence_mask": lambda tf, feed: [
        tf.sequence_mask(feed([None], np.array([1, 3, 0], I))),
        tf.sequence_mask([1, 2], 5),
        tf.sequence_mask([[1], [2]], 3, tf.float32, name="m"),
    ],
    "gather": lambda tf, feed: [
        tf.gather(feed([2, 3], ROWS), [0, 1, 1]),
        tf.gather(feed([2, 3], ROWS), [0, 1], axis=1),
        tf.gather(feed([2, 3], ROWS), [[0], [2]], axis=1, batch_dims=1),
        tf.gather_nd(feed([2, 3], ROWS), [[0, 1]]),
        tf.scatter_nd([[0], [1]], feed([2], ROWS[0, :2]), [4]),
        tf.tensor_scatter_update(feed([3], ROWS[0]), [[0]], [9.0]),
        tf.tensor_scatter_add(feed([3], ROWS[0]), [[0]], [9.0]),
        tf.tensor_scatter_sub(feed([3], ROWS[0]), [[0]], [9.0]),
    ],
    "where": lambda tf, feed: [
        tf.where(feed([2], np.array([True, False]))),
        tf.where([True, False], feed([2, 3], ROWS), feed([2, 3], -ROWS)),
        tf.where_v2([True, False, True], feed([2, 3], ROWS), 0.0),
        tf.where(feed([2], np.array([False, True])), name="w"),
    ],
    "boolean_mask": lambda tf, feed: [
        tf.boolean_mask(feed([2, 3], ROWS), feed([2], np.array([False, True]))),
        tf.boolean_mask(feed([None, 3, 4], X), feed([None, 3], np.array([[True, False, True], [False] * 3]))),
        tf.boolean_mask(feed([2, 3], ROWS), [True, False, True], axis=1),
        feed([2, 3], ROWS)[feed([2], np.array([True, False]))],
    ],
    "sets": lambda tf, feed: [
        *tf.unique(feed([5], np.array([4, 1, 4, 2, 1], I))),
        *tf.unique_with_counts(feed([5], np.array([4, 1, 4, 2, 1], I))),
        *tf.setdiff1d([1, 2, 3], [2]),
        *tf.dynamic_partition(feed([3], ROWS[0]), [0, 1, 0], 2),
        tf.dynamic_stitch([[0], [1]], [[1.0], [2.0]]),
    ],
    "blocks": lambda tf, feed: [
        tf.space_to_batch(feed([1, 4, 6, 1], X.reshape(1, 4, 6, 1)), [[0, 0], [0, 0]], 2),
        tf.batch_to_space(feed([4, 2, 3, 1], X.reshape(4, 2, 3, 1)), [[0, 0], [0, 1]], 2),
        tf.space_to_batch_nd(feed([1, 24], X.reshape(1, 24)), [3], [[0, 0]]),
        tf.batch_to_space_nd(feed([4, 6], X.reshape(4, 6)), [2], [[1, 0]]),
        tf.space_to_depth(feed([1, 4, 6, 1], X.reshape(1, 4, 6, 1)), 2),
        tf.depth_to_space(feed([1, 2, 3, 4], X.reshape(1, 2, 3, 4)), 2),
        tf.image.extract_image_patches(
            feed([1, 4, 6, 1], X.reshape(1, 4, 6, 1)), [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "SAME"
        ),
        *tf.required_space_to_batch_paddings([5, 7], [2, 3]),
    ],
    "turning": lambda tf, feed: [
        tf.reverse(feed([2, 3], ROWS), [0]),
        tf.reverse_sequence(feed([2, 3], ROWS), [1, 3], seq_axis=1, batch_axis=0),
        tf.reverse_sequence(feed([2, 3], ROWS), [2, 3], seq_dim=1),
        tf.roll(feed([2, 3], ROWS), 1, 1),
        tf.invert_permutation([2, 0, 1]),
        tf.tile(feed([2, 3], ROWS), [1, 2]),
        tf.slice(feed([2, 3], ROWS), [1, 0], [1, -1]),
        tf.bitcast(feed([3], ROWS[0]), tf.int32),
        tf.broadcast_to(feed([3], ROWS[0]), [2, 3]),
        tf.broadcast_dynamic_shape([1, 3], [2, 1]),
        tf.ensure_shape(feed(None, ROWS), [2, None]),
        tf.unravel_index([5, 2], [2, 3]),
    ],
}

SAME_VALUES = {  # TensorFlow spends more nodes on these
    "meshgrid": lambda tf, feed: (
        tf.meshgrid(feed([2], ROWS[0, :2]), feed([3], ROWS[0]))
        + tf.meshgrid(feed([2], ROWS[0, :2]), [5.0, 6.0, 7.0], indexing="ij")
        + tf.meshgrid([1, 2], [3, 4, 5], [6, 7])
    ),
    "zeros_of_a_list_with_tensors": lambda tf, feed: [
        tf.zeros((feed([], I(2)), 3)),
        tf.ones([tf.shape(feed([None], ROWS[0]))[0], 2]),
    ],
    "strided_slice": lambda tf, feed: [
        tf.strided_slice(feed([2, 3], ROWS), [0, 0], [1, 2]),
        tf.strided_slice(feed([2, 3], ROWS), [0, 2], [2, 0], [1, -1], end_mask=2),
    ],
    "batch_gather": lambda tf, feed: [
        tf.batch_gather(feed([2, 3], ROWS), feed([2, 2], np.array([[0, 2], [1, 1]], I))),
        tf.gather_nd(feed([2, 3, 4], X), [[[0], [2]], [[1], [1]]], batch_dims=1),
        tf.gather_nd(feed([2, 3, 4], X), [[[0], [2], [1]], [[3], [1], [0]]], batch_dims=2),
    ],
    "repeat": lambda tf, feed: [
        tf.repeat(feed([2, 3], ROWS), 2, axis=0),
        tf.repeat([3, 4], [1, 2]),
        tf.repeat(feed([2, 3], ROWS), feed([3], np.array([2, 0, 1], I)), axis=1),
    ],
    "searchsorted": lambda tf, feed: [
        tf.searchsorted([1, 3, 3, 7], [0, 3, 9]),
        tf.searchsorted(feed([2, 3], ROWS), [[2.0], [7.0]], side="right", out_type=tf.int64),
    ],
    "paddings": lambda tf, feed: list(
        tf.required_space_to_batch_paddings(feed([2], np.array([5, 7], I)), [2, 3], [[1, 0], [0, 2]])
    ),
    "quantize": lambda tf, feed: [tf.quantization.quantize_and_dequantize(feed([2, 3], ROWS), 0.0, 5.0, range_given=True)],
    "indexed_slices": lambda tf, feed: [
        tf.convert_to_tensor(tf.IndexedSlices(feed([2, 3], ROWS), feed([2], np.array([4, 1], I)), tf.constant([5, 3]))),
        tf.convert_to_tensor_or_indexed_slices(tf.IndexedSlices(feed([2, 3], ROWS), feed([2], np.array([4, 1], I)))).values,
    ],
}

RAISES = {  # wrong programs
    "index_out_of_range": lambda tf, feed: feed([4], X)[5],
    "index_float": lambda tf, feed: feed([4], X)[1.5],
    "index_string": lambda tf, feed: feed([4], X)["a"],
    "too_many_indices": lambda tf, feed: feed([4], X)[0, 0],
    "step_zero": lambda tf, feed: feed([4], X)[::0],
    "two_ellipses": lambda tf, feed: feed([2, 3, 4], X)[..., 0, ...],
    "squeeze": lambda tf, feed: tf.squeeze(feed([4], X), 0),
    "expand_dims": lambda tf, feed: tf.expand_dims(feed([4], X), 3),
    "expand_dims_without_axis": lambda tf, feed: tf.expand_dims(feed([4], X)),
    "expand_dims_twice": lambda tf, feed: tf.expand_dims(feed([4], X), 0, dim=0),
    "squeeze_twice": lambda tf, feed: tf.squeeze(feed([1], X), 0, squeeze_dims=[0]),
    "stack_shapes": lambda tf, feed: tf.stack([feed([2], X), feed([3], X)]),
    "stack_axis": lambda tf, feed: tf.stack([feed([2], X), feed([2], X)], axis=3),
    "concat_ranks": lambda tf, feed: tf.concat([feed([2], X), feed([3, 3], X)], 0),
    "concat_shapes": lambda tf, feed: tf.concat([feed([2, 3], X), feed([3, 4], X)], 0),
    "concat_in_the_old_order": lambda tf, feed: tf.concat(0, [feed([2, 3], X), feed([3, 3], X)]),
    "concat_dtypes": lambda tf, feed: (
        tf.concat([feed([2], X), [1, 2]], 0) and tf.concat([tf.constant([1]), tf.constant([1.0])], 0)
    ),
    "reshape": lambda tf, feed: tf.reshape(feed([2, 3], X), [4]),
    "split": lambda tf, feed: tf.split(feed([5, 3], X), 2),
    "split_by_scalar_tensor": lambda tf, feed: tf.split(feed([4, 3], X), tf.constant(2)),
    "unstack": lambda tf, feed: tf.unstack(feed([None, 3], X)),
    "unstack_axis": lambda tf, feed: tf.unstack(feed([2, 3], X), axis=2),
    "tile": lambda tf, feed: tf.tile(feed([4, 2], X), [0]),
    "select_rows": lambda tf, feed: tf.where(feed([3], np.array([True] * 3)), feed([2, 2], X), feed([2, 2], X)),
    "where_half": lambda tf, feed: tf.where(feed([3], np.array([True] * 3)), feed([2, 2], X)),
    "range_backwards": lambda tf, feed: tf.range(5, 0),
    "range_of_delta_zero": lambda tf, feed: tf.range(0, 5, 0),
    "pad": lambda tf, feed: tf.pad(feed([4, 2], X), [[1, 1]]),
    "pad_mode": lambda tf, feed: tf.pad(feed([4, 2], X), [[1, 1], [0, 0]], "CIRCLE"),
    "space_to_depth": lambda tf, feed: tf.space_to_depth(feed([1, 3, 3, 1], X), 2),
    "boolean_mask": lambda tf, feed: tf.boolean_mask(feed([2, 3], X), feed([3], np.array([True] * 3))),
    "boolean_mask_scalar": lambda tf, feed: tf.boolean_mask(feed([2, 3], X), True),
    "broadcast_to": lambda tf, feed: tf.broadcast_to(feed([2, 3], X), [2, 4]),
    "one_hot_bool": lambda tf, feed: tf.one_hot([1], 3, dtype=tf.bool),
    "one_hot_dtypes": lambda tf, feed: tf.one_hot([1], 3, 5, dtype=tf.float32),
    "meshgrid": lambda tf, feed: tf.meshgrid([1], [2], indexing="yx"),
    "searchsorted": lambda tf, feed: tf.searchsorted([1], [1], side="middle"),
    "bitcast": lambda tf, feed: tf.bitcast(feed([3], X.astype(np.uint8)), tf.int32),
    "slice_of_a_tensor_assigned": lambda tf, feed: feed([3], X)[0].assign(1.0),
}

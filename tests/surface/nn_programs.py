"""Programs over `tf.nn`: `program(tf, x)` where `x(shape, dtype="float32", low=-1, high=1)` makes a fed placeholder.

`tf` is the real TensorFlow 1.15 when recording, ours in the test. A program gives the tensors to compare; their gradients with
respect to all fed floats are compared too. Plain Python, also of 3.7.
"""

import numpy as np

S1, S2 = [1, 1, 1, 1], [1, 2, 2, 1]
LABELS = np.array([[0.1, 0.2, 0.7], [1.0, 0.0, 0.0]], np.float32)

PROGRAMS = {
    "relu": lambda tf, x: [tf.nn.relu(x([2, 3])), tf.nn.relu6(x([2, 3], high=9)), tf.nn.elu(x([2])), tf.nn.selu(x([2])),
                           tf.nn.softplus(x([2])), tf.nn.softsign(x([2]))],
    "leaky_relu": lambda tf, x: [tf.nn.leaky_relu(x([2, 3])), tf.nn.leaky_relu(x([2, 3]), 0.01, "lr"),
                                 tf.nn.leaky_relu(tf.constant([-3, 4]))],
    "crelu": lambda tf, x: [tf.nn.crelu(x([2, 3])), tf.nn.crelu(x([2, 3]), axis=0)],
    "swish": lambda tf, x: [tf.nn.swish(x([2, 3]))],
    "softmax": lambda tf, x: [tf.nn.softmax(x([2, 3])), tf.nn.softmax(x([2, 3, 4]), 1), tf.nn.softmax(x([2, 3]), dim=0),
                              tf.nn.log_softmax(x([2, 3])), tf.nn.log_softmax(x([2, 3, 2]), axis=0, name="ls")],
    "bias_add": lambda tf, x: [tf.nn.bias_add(x([2, 3]), x([3])), tf.nn.bias_add(x([2, 2, 2, 3]), [1.0, 2.0, 3.0], name="b"),
                               tf.nn.xw_plus_b(x([2, 3]), x([3, 4]), x([4])), tf.nn.relu_layer(x([2, 3]), x([3, 4]), x([4]))],
    "l2": lambda tf, x: [tf.nn.l2_loss(x([2, 3])), tf.nn.l2_normalize(x([2, 3]), 1), tf.nn.l2_normalize(x([2, 3]), dim=0, name="n"),
                         tf.nn.l2_normalize(x([4]), 0, epsilon=10.0), tf.nn.zero_fraction(tf.nn.relu(x([4, 4])))],
    "top_k": lambda tf, x: [tf.nn.top_k(x([2, 5]), 2).values, tf.nn.top_k(x([2, 5])).indices,
                            tf.nn.in_top_k(x([3, 4]), [0, 1, 3], 2)],
    "dropout_shape": lambda tf, x: [tf.nn.dropout(x([2, 3]), keep_prob=1.0), tf.nn.dropout(tf.ones([8]), 0.5, seed=7),
                                    tf.nn.dropout(x([6, 4], low=1), rate=0.25, seed=3, noise_shape=[6, 1]),
                                    tf.nn.dropout(x([20]), keep_prob=x([], low=0.5), seed=3)],
    "conv2d": lambda tf, x: [tf.nn.conv2d(x([1, 5, 5, 2]), x([3, 3, 2, 4]), S1, "SAME"),
                             tf.nn.conv2d(x([1, 5, 5, 2]), x([3, 3, 2, 4]), [2], "VALID", name="c"),
                             tf.nn.conv2d(x([1, 5, 5, 2]), filters=x([3, 3, 2, 4]), strides=2,
                                          padding=[[0, 0], [1, 2], [0, 1], [0, 0]])],
    "conv1d": lambda tf, x: [tf.nn.conv1d(x([2, 7, 3]), x([3, 3, 4]), 2, "SAME"),
                             tf.nn.conv1d(x([2, 7, 3]), x([3, 3, 4]), stride=1, padding="VALID", name="c1"),
                             tf.nn.conv1d_transpose(x([2, 4, 3]), x([3, 2, 3]), [2, 8, 2], 2)],
    "conv3d": lambda tf, x: [tf.nn.conv3d(x([1, 3, 4, 3, 2]), x([2, 2, 2, 2, 3]), [1, 1, 1, 1, 1], "SAME"),
                             tf.nn.conv3d_transpose(x([1, 2, 2, 2, 3]), x([2, 2, 2, 2, 3]), [1, 4, 4, 4, 2], [1, 2, 2, 2, 1])],
    "conv2d_transpose": lambda tf, x: [
        tf.nn.conv2d_transpose(x([1, 3, 3, 2]), x([3, 3, 4, 2]), [1, 6, 6, 4], S2),
        tf.nn.conv2d_transpose(x([1, 3, 3, 2]), x([3, 3, 4, 2]), tf.stack([1, 7, 7, 4]), S2, "VALID", name="t"),
        tf.nn.conv_transpose(x([1, 3, 3, 2]), x([3, 3, 4, 2]), [1, 6, 6, 4], 2)],
    "convolution": lambda tf, x: [tf.nn.convolution(x([1, 5, 5, 2]), x([3, 3, 2, 4]), "SAME"),
                                  tf.nn.convolution(x([1, 6, 2]), x([3, 2, 4]), "VALID", strides=[2]),
                                  tf.nn.convolution(x([1, 7, 2]), x([3, 2, 4]), "SAME", dilation_rate=[2])],
    "atrous": lambda tf, x: [tf.nn.atrous_conv2d(x([1, 7, 6, 2]), x([3, 3, 2, 3]), 2, "SAME"),
                             tf.nn.atrous_conv2d(x([1, 7, 6, 2]), x([3, 3, 2, 3]), 2, "VALID"),
                             tf.nn.atrous_conv2d_transpose(x([1, 7, 6, 2]), x([3, 3, 3, 2]), [1, 7, 6, 3], 2, "SAME"),
                             tf.nn.convolution(x([1, 8, 7, 2]), x([3, 3, 2, 4]), "SAME", dilation_rate=[2, 3])],
    "depthwise": lambda tf, x: [tf.nn.depthwise_conv2d(x([1, 5, 5, 3]), x([3, 3, 3, 2]), S1, "SAME"),
                                tf.nn.depthwise_conv2d(x([1, 5, 5, 3]), x([3, 3, 3, 2]), S2, "VALID"),
                                tf.nn.separable_conv2d(x([1, 5, 5, 3]), x([3, 3, 3, 2]), x([1, 1, 6, 4]), S1, "SAME")],
    "depthwise_rate": lambda tf, x: [tf.nn.depthwise_conv2d(x([1, 6, 6, 2]), x([3, 3, 2, 1]), S1, "SAME", rate=[2, 2]),
                                     tf.nn.depthwise_conv2d(x([1, 6, 6, 2]), x([3, 3, 2, 1]), S1, "VALID", rate=[2, 1])],
    "morphology": lambda tf, x: [tf.nn.dilation2d(x([1, 5, 5, 2]), x([2, 2, 2]), S1, S1, "SAME"),
                                 tf.nn.erosion2d(x([1, 5, 5, 2]), x([2, 3, 2]), S1, S1, "VALID")],
    "max_pool": lambda tf, x: [tf.nn.max_pool(x([1, 5, 5, 2]), S2, S2, "SAME"), tf.nn.max_pool2d(x([1, 4, 4, 2]), 2, 2, "VALID"),
                               tf.nn.max_pool1d(x([1, 6, 2]), 3, 2, "SAME"), tf.nn.max_pool3d(x([1, 4, 4, 4, 1]), 2, 2, "VALID"),
                               tf.nn.max_pool_with_argmax(x([1, 4, 4, 1]), S2, S2, "SAME")[0]],
    "avg_pool": lambda tf, x: [tf.nn.avg_pool(x([1, 5, 5, 2]), S2, S2, "SAME"), tf.nn.avg_pool2d(x([1, 4, 4, 2]), 2, 2, "VALID"),
                               tf.nn.avg_pool1d(x([1, 6, 2]), 3, 2, "SAME"), tf.nn.avg_pool3d(x([1, 4, 4, 4, 1]), 2, 2, "VALID"),
                               tf.ones([1, 3, 3, 1]), tf.nn.avg_pool(tf.ones([1, 3, 3, 1]), S2, S2, "SAME", name="ap")],
    "pool": lambda tf, x: [tf.nn.pool(x([1, 5, 5, 2]), [2, 2], "MAX", "SAME"), tf.nn.pool(x([1, 6, 2]), [3], "AVG", "VALID", strides=[2]),
                           tf.nn.pool(x([1, 7, 6, 2]), [2, 2], "MAX", "VALID", dilation_rate=[2, 2]),
                           tf.nn.with_space_to_batch(x([1, 6, 6, 1]), [2, 2], "VALID", lambda v, n, p: v * 2.0)],
    "moments": lambda tf, x: list(tf.nn.moments(x([4, 3]), [0])) + list(tf.nn.moments(x([2, 3, 2, 2]), [0, 1, 2], keep_dims=True))
                             + list(tf.nn.moments(x([4, 3]), axes=0, name="m")),
    "statistics": lambda tf, x: list(tf.nn.normalize_moments(*tf.nn.sufficient_statistics(x([4, 3]), [0])))
                                + list(tf.nn.normalize_moments(*tf.nn.sufficient_statistics(x([4, 3]), [0, 1], shift=0.5)))
                                + list(tf.nn.weighted_moments(x([4, 3]), [0], x([4, 1], low=0.1)))
                                + list(tf.nn.weighted_moments(x([4, 3]), [0, 1], 2.0, keep_dims=True)),
    "batch_norm": lambda tf, x: [tf.nn.batch_normalization(x([4, 3]), x([3]), x([3], low=0.1), x([3]), x([3]), 1e-3),
                                 tf.nn.batch_normalization(x([4, 3]), x([3]), x([3], low=0.1), None, None, 1e-3),
                                 tf.nn.batch_norm_with_global_normalization(x([1, 2, 2, 3]), x([3]), x([3], low=0.1), x([3]), x([3]),
                                                                            1e-3, True)],
    "fused_batch_norm": lambda tf, x: list(tf.nn.fused_batch_norm(x([2, 3, 3, 2]), x([2]), x([2])))
                                      + list(tf.nn.fused_batch_norm(x([2, 3, 3, 2]), x([2]), x([2]), x([2]), x([2], low=0.1),
                                                                    is_training=False, name="fbn"))[:1],
    "lrn": lambda tf, x: [tf.nn.local_response_normalization(x([1, 2, 2, 5]), 2), tf.nn.lrn(x([1, 2, 2, 5]), 1, 2, 0.5, 0.75)],
    "softmax_loss": lambda tf, x: [
        tf.nn.softmax_cross_entropy_with_logits(labels=LABELS, logits=x([2, 3])),
        tf.nn.softmax_cross_entropy_with_logits(labels=tf.nn.softmax(x([2, 3])), logits=x([2, 3]), name="sx"),
        tf.nn.softmax_cross_entropy_with_logits_v2(labels=x([2, 3], low=0), logits=x([2, 3])),
        tf.nn.softmax_cross_entropy_with_logits_v2(labels=x([2, 4, 3], low=0), logits=x([2, 4, 3])),
        tf.nn.softmax_cross_entropy_with_logits_v2(labels=x([2, 4, 3], low=0), logits=x([2, 4, 3]), axis=1)],
    "sparse_softmax_loss": lambda tf, x: [
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[2, 0], logits=x([2, 3])),
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=np.array([[2, 0]]), logits=x([1, 2, 3]), name="s"),
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=np.array([1]), logits=x([1, 3], "float64"))],
    "sigmoid_loss": lambda tf, x: [tf.nn.sigmoid_cross_entropy_with_logits(labels=x([2, 3], low=0), logits=x([2, 3])),
                                   tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0, 0.0, 1.0], logits=[1000.0, -1000.0, -1000.0]),
                                   tf.nn.weighted_cross_entropy_with_logits(x([2, 3], low=0), x([2, 3]), 2.0),
                                   tf.nn.log_poisson_loss(x([2, 3], low=0, high=3), x([2, 3])),
                                   tf.nn.log_poisson_loss(x([4], low=0.5, high=4), x([4]), compute_full_loss=True)],
    "nce": lambda tf, x: [
        tf.nn.nce_loss(x([9, 4]), x([9]), tf.constant([[1], [5], [2]]), x([3, 4]), 5, 9, sampled_values=SAMPLED(tf)),
        tf.nn.nce_loss(x([9, 4]), x([9]), tf.constant([[1, 2], [5, 0], [2, 3]]), x([3, 4]), 5, 9, 2, sampled_values=SAMPLED(tf, 2),
                       remove_accidental_hits=True),
        tf.nn.sampled_softmax_loss(x([9, 4]), x([9]), tf.constant([[1], [5], [2]]), x([3, 4]), 5, 9, sampled_values=SAMPLED(tf)),
        tf.nn.sampled_softmax_loss([x([5, 4]), x([4, 4])], x([9]), tf.constant([[1], [5], [2]]), x([3, 4]), 5, 9, sampled_values=SAMPLED(tf),
                                   partition_strategy="div")],
    "embedding": lambda tf, x: [tf.nn.embedding_lookup(x([5, 3]), [0, 4, 0]), tf.nn.embedding_lookup(x([5, 3]), [[0, 4], [1, 1]]),
                                tf.nn.embedding_lookup(x([5, 3], low=0), [0, 4, 3], max_norm=0.7),
                                tf.nn.embedding_lookup([x([3, 2]), x([2, 2])], [[0, 4], [3, 1]]),
                                tf.nn.embedding_lookup([x([3, 2]), x([2, 2])], [[0, 4], [3, 1]], "div", name="e")],
    "ctc": lambda tf, x: [
        tf.nn.ctc_loss(CTC(tf), x([6, 2, 5]), [5, 6]),
        tf.nn.ctc_loss(CTC(tf), x([2, 6, 5]), [5, 6], time_major=False),
        tf.nn.ctc_loss_v2([[1, 2, 0], [1, 1, 4]], x([7, 2, 5]), [2, 3], [7, 7]),
        tf.nn.ctc_loss_v2([[1, 2, 0], [1, 1, 4]], x([2, 7, 5]), [2, 3], [7, 7], logits_time_major=False, blank_index=-2),
        tf.nn.ctc_greedy_decoder(x([6, 2, 4]), [5, 6])[0][0].values, tf.nn.ctc_greedy_decoder(x([6, 2, 4]), [5, 6])[1],
        tf.nn.ctc_beam_search_decoder(x([6, 2, 4]), [5, 6], 10, 2)[0][1].values,
        tf.nn.ctc_beam_search_decoder_v2(x([6, 2, 4]), [5, 6], 10)[1]],
    "safe_embedding": lambda tf, x: [
        tf.nn.safe_embedding_lookup_sparse(x([5, 3]), GAPPY(tf)),
        tf.nn.safe_embedding_lookup_sparse(x([5, 3]), GAPPY(tf), combiner="sum", default_id=2),
        tf.nn.safe_embedding_lookup_sparse(x([5, 3]), GAPPY(tf), GAPPY_WEIGHTS(tf), combiner="sqrtn")],
    "embedding_sparse": lambda tf, x: [
        tf.nn.embedding_lookup_sparse(x([5, 3]), IDS(tf), None, combiner=c) for c in ("sum", "mean", "sqrtn")
    ] + [tf.nn.embedding_lookup_sparse(x([5, 3]), IDS(tf), WEIGHTS(tf), combiner=c) for c in ("sum", "mean", "sqrtn")],
}  # fmt: skip


# Dilated convolutions are one Conv2D with dilations here, not SpaceToBatchND around an undilated one; softmax off the last axis
# and its losses need fewer nodes, swish no function call, zero_fraction no cond.
OTHER_NODES = {
    "atrous", "convolution", "depthwise_rate", "swish", "softmax", "softmax_loss", "l2", "top_k", "nce", "embedding",
    "embedding_sparse", "conv1d", "conv2d_transpose", "sparse_softmax_loss", "safe_embedding", "pool", "ctc",
}  # fmt: skip
OTHER_NAMES = {"safe_embedding", "ctc", "atrous", "convolution", "depthwise_rate", "swish"}


def SAMPLED(tf, num_true=1):  # noqa: N802
    return (
        tf.constant([0, 1, 3, 7, 2], tf.int64),
        tf.constant([[0.1] * num_true, [0.2] * num_true, [0.3] * num_true]),
        tf.constant([0.5, 0.4, 0.3, 0.2, 0.35]),
    )


def CTC(tf):  # noqa: N802
    return tf.SparseTensor([[0, 0], [0, 1], [1, 0], [1, 1], [1, 2]], tf.constant([1, 2, 0, 0, 3]), [2, 3])


def GAPPY(tf):  # noqa: N802
    return tf.SparseTensor([[0, 0], [0, 1], [2, 0], [3, 2]], tf.constant([1, 4, -1, 0], tf.int64), [5, 3])


def GAPPY_WEIGHTS(tf):  # noqa: N802
    return tf.SparseTensor([[0, 0], [0, 1], [2, 0], [3, 2]], tf.constant([1.0, 0.5, 2.0, -3.0]), [5, 3])


def IDS(tf):  # noqa: N802
    return tf.SparseTensor([[0, 0], [0, 1], [1, 0], [2, 2]], tf.constant([1, 4, 1, 0], tf.int64), [3, 3])


def WEIGHTS(tf):  # noqa: N802
    return tf.SparseTensor([[0, 0], [0, 1], [1, 0], [2, 2]], tf.constant([1.0, 0.5, 2.0, 3.0]), [3, 3])


RAISES = {
    "unnamed": lambda tf, x: tf.nn.softmax_cross_entropy_with_logits(x([2, 3]), x([2, 3])),
    "unnamed_sparse": lambda tf, x: tf.nn.sparse_softmax_cross_entropy_with_logits([0, 1], x([2, 3])),
    "sparse_rank": lambda tf, x: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[[0, 1]], logits=x([2, 3])),
    "sparse_shape": lambda tf, x: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 1, 2], logits=x([2, 3])),
    "sigmoid_shape": lambda tf, x: tf.nn.sigmoid_cross_entropy_with_logits(labels=x([3]), logits=x([2, 3])),
    "dropout_int": lambda tf, x: tf.nn.dropout(tf.constant([1, 2]), 0.5),
    "dropout_rate": lambda tf, x: tf.nn.dropout(x([2]), rate=1.5),
    "conv_depth": lambda tf, x: tf.nn.conv2d(x([1, 5, 5, 3]), x([3, 3, 2, 4]), S1, "SAME"),
    "conv_padding": lambda tf, x: tf.nn.conv2d(x([1, 5, 5, 3]), x([3, 3, 3, 4]), S1, "WHAT"),
    "conv_strides": lambda tf, x: tf.nn.conv2d(x([1, 5, 5, 3]), x([3, 3, 3, 4]), [1, 1, 1], "SAME"),
    "pool_big": lambda tf, x: tf.nn.max_pool(x([1, 2, 2, 1]), [1, 3, 3, 1], S1, "VALID"),
    "bias_shape": lambda tf, x: tf.nn.bias_add(x([2, 3]), x([4])),
    "fused_moments": lambda tf, x: tf.nn.fused_batch_norm(x([1, 2, 2, 3]), x([3]), x([3]), x([3]), x([3])),
    "no_params": lambda tf, x: tf.nn.embedding_lookup([], [0]),
    "strategy": lambda tf, x: tf.nn.embedding_lookup([x([3, 2]), x([2, 2])], [0], "what"),
    "combiner": lambda tf, x: tf.nn.embedding_lookup_sparse(x([3, 2]), IDS(tf), None, combiner="what"),
    "not_sparse": lambda tf, x: tf.nn.embedding_lookup_sparse(x([3, 2]), [0], None),
}

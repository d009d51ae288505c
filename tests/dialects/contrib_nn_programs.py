"""Programs of `tf.contrib.nn`: run under TensorFlow 1.15 by `golden/record_metrics.py`, under Mainstem by `test_contrib_nn.py`."""

import numpy as np

_RANDOM = np.random.RandomState(5)
WEIGHTS, BIASES = _RANDOM.randn(12, 4).astype("float32"), _RANDOM.randn(12).astype("float32")
INPUTS, LABELS = _RANDOM.randn(3, 4).astype("float32"), np.array([[2], [7], [2]], "int64")
LOGITS, CLASSES = _RANDOM.randn(3, 5).astype("float32"), np.eye(5, dtype="float32")[[1, 4, 0]]


def _sampled(tf):
    return tf.constant([7, 0, 3, 11, 5], tf.int64), tf.fill([3, 1], 0.5), tf.constant([0.4, 0.3, 0.2, 0.1, 0.6])


def _with_gradients(f, *given):
    def program(tf):
        tensors = [tf.constant(v) for v in given]
        made = f(tf, *tensors)
        return [made, *map(tf.convert_to_tensor, tf.gradients(made, [t for t in tensors if t.dtype.is_floating]))]

    return program


def _sparse_loss(tf, weights, biases, labels, inputs):
    return tf.contrib.nn.sampled_sparse_softmax_loss(weights, biases, labels, inputs, 5, 12, _sampled(tf))


def _rank_loss(tf, weights, biases, labels, inputs):
    sampled = _sampled(tf)
    return tf.contrib.nn.rank_sampled_softmax_loss(weights, biases, labels, inputs, 5, 3, 12, 1, sampled, 0.5, True, "div")


def _drop(tf, x):
    tf.set_random_seed(3)
    return tf.contrib.nn.alpha_dropout(x, 0.6, seed=4)


def _drop_rows(tf, x):
    return tf.contrib.nn.alpha_dropout(x, tf.constant(0.5), noise_shape=[3, 1], seed=9, name="own")


def _flipped(name, labels):
    return _with_gradients(lambda tf, x: getattr(tf.contrib.nn, f"deprecated_flipped_{name}_with_logits")(x, labels), LOGITS)


PROGRAMS = {
    "sampled sparse": _with_gradients(_sparse_loss, WEIGHTS, BIASES, LABELS, INPUTS),
    "rank sampled": _with_gradients(_rank_loss, WEIGHTS, BIASES, LABELS, INPUTS),
    "alpha dropout": _with_gradients(_drop, LOGITS),
    "alpha dropout of rows": _with_gradients(_drop_rows, LOGITS),
    "softplus": _with_gradients(lambda tf, x, a: tf.contrib.nn.scaled_softplus(x, a), 3 * LOGITS, np.float32(0.7)),
    "softplus clipped": _with_gradients(
        lambda tf, x, a, c: tf.contrib.nn.scaled_softplus(x, a, c), 3 * LOGITS, np.full([5], 0.3, "float32"), np.float32(1.5)
    ),
    "softmax": _flipped("softmax_cross_entropy", CLASSES),
    "sparse softmax": _flipped("sparse_softmax_cross_entropy", [1, 4, 0]),
    "sigmoid": _flipped("sigmoid_cross_entropy", CLASSES),
    "nth": lambda tf: tf.contrib.nn.nth_element(LOGITS, 1, reverse=True),
    "conv1d": lambda tf: tf.contrib.nn.conv1d_transpose(
        tf.constant(LOGITS[:, :4, None]), tf.constant(WEIGHTS[:3, :2, None]), [3, 8, 2], 2
    ),
}
ERRORS = {
    "more than there are": lambda tf: tf.contrib.nn.rank_sampled_softmax_loss(
        WEIGHTS, BIASES, LABELS, INPUTS, 20, 3, 12, 1, None, 0.5, True, "div"
    ),
    "more than sampled": lambda tf: tf.contrib.nn.rank_sampled_softmax_loss(
        WEIGHTS, BIASES, LABELS, INPUTS, 5, 5, 12, 1, None, 0.5, True, "div"
    ),
    "strategy": lambda tf: tf.contrib.nn.rank_sampled_softmax_loss(
        WEIGHTS, BIASES, LABELS, INPUTS, 5, 3, 12, 1, None, 0.5, True, "odd"
    ),
    "probability": lambda tf: tf.contrib.nn.alpha_dropout(LOGITS, 1.5),
}

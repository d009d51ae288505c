"""Programs of `tf.losses`: run under TensorFlow 1.15 by `golden/record_layers.py`, under Mainstem by `test_losses.py`."""

try:
    from layer_programs import data
except ImportError:  # beside the tests, not by itself
    from tests.dialects.layer_programs import data


def numbers(tf):
    return tf.constant(abs(data(4, 3)), name="labels"), tf.constant(abs(data(3, 4)).reshape(4, 3), name="predictions")


def classes(tf):
    return tf.constant([[1.0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]), tf.constant(data(4, 3))


WEIGHTS = {"all": 2.0, "rows": [[1.0], [0.0], [2.0], [0.5]], "each": abs(data(4, 3)), "none": 0.0}


def weighted(name):
    def program(tf):
        labels, predictions = numbers(tf)
        return [
            getattr(tf.losses, name)(labels, predictions, weights=tf.constant(w) if label != "all" else w)
            for label, w in sorted(WEIGHTS.items())
        ]

    return program


def reductions(tf):
    labels, predictions = numbers(tf)
    weights = tf.constant([[1.0], [0.0], [2.0], [0.5]])
    keys = sorted(set(tf.losses.Reduction.all()))
    return [tf.losses.mean_squared_error(labels, predictions, weights, reduction=k) for k in keys]


def collections(tf):
    labels, predictions = numbers(tf)
    with tf.variable_scope("inner"):
        a = tf.losses.mean_squared_error(labels, predictions)
    b = tf.losses.absolute_difference(labels, predictions, loss_collection=None)
    tf.losses.add_loss(b)
    tf.layers.dense(labels, 2, kernel_regularizer=tf.nn.l2_loss)
    assert tf.losses.get_losses() == [a, b] and tf.losses.get_losses("inner") == [a]
    parts = [tf.losses.get_regularization_loss(), tf.losses.get_total_loss(False), tf.losses.get_total_loss()]
    return parts + tf.losses.get_regularization_losses()


def gradients(tf):
    (labels, predictions), (rows, logits) = numbers(tf), classes(tf)
    made = [f(labels, predictions) for f in (tf.losses.huber_loss, tf.losses.log_loss, tf.losses.mean_pairwise_squared_error)]
    out = [tf.gradients(loss, predictions)[0] for loss in made]
    return out + [tf.gradients(tf.losses.softmax_cross_entropy(rows, logits, label_smoothing=0.1), logits)[0]]


PROGRAMS = {
    "absolute_difference": weighted("absolute_difference"),
    "mean_squared_error": weighted("mean_squared_error"),
    "hinge_loss": weighted("hinge_loss"),
    "huber_loss": weighted("huber_loss"),
    "log_loss": weighted("log_loss"),
    "sigmoid_cross_entropy": weighted("sigmoid_cross_entropy"),
    "pairs": lambda tf: [
        tf.losses.mean_pairwise_squared_error(*numbers(tf)),
        tf.losses.mean_pairwise_squared_error(*numbers(tf), weights=tf.constant([[1.0], [0.0], [2.0], [0.5]])),
    ],
    "cosine_distance": lambda tf: [
        tf.losses.cosine_distance(*numbers(tf), axis=1),
        tf.losses.cosine_distance(*numbers(tf), dim=0),
    ],
    "softmax": lambda tf: [
        tf.losses.softmax_cross_entropy(*classes(tf)),
        tf.losses.softmax_cross_entropy(*classes(tf), weights=tf.constant([1.0, 0.0, 2.0, 0.5]), label_smoothing=0.2),
        tf.losses.sigmoid_cross_entropy(*classes(tf), label_smoothing=0.2),
    ],
    "sparse": lambda tf: [
        tf.losses.sparse_softmax_cross_entropy(tf.constant([0, 2, 1, 0]), classes(tf)[1]),
        tf.losses.sparse_softmax_cross_entropy(tf.constant([[0], [2], [1], [0]]), classes(tf)[1], weights=[1.0, 0, 2, 3]),
        tf.losses.sparse_softmax_cross_entropy([0, 2, 1, 0], classes(tf)[1], weights=[[1.0], [0], [2], [3]]),
    ],
    "reductions": reductions,
    "integers": lambda tf: [tf.losses.mean_squared_error(tf.constant([1, 2]), tf.constant([3, 5]))],
    "collections": collections,
    "gradients": gradients,
    "scope": lambda tf: [
        tf.losses.compute_weighted_loss(numbers(tf)[0], 3.0, scope="own"),
        tf.losses.get_regularization_loss(),
    ],
}


def _x(tf, *shape):
    return tf.placeholder(tf.float32, shape)


ERRORS = {
    "shapes": lambda tf: tf.losses.mean_squared_error(_x(tf, 2, 3), _x(tf, 2, 4)),
    "weights of another size": lambda tf: tf.losses.mean_squared_error(_x(tf, 2, 3), _x(tf, 2, 3), weights=_x(tf, 2, 2)),
    "weights of another rank": lambda tf: tf.losses.mean_squared_error(_x(tf, 2, 3), _x(tf, 2, 3), weights=_x(tf, 3)),
    "no labels": lambda tf: tf.losses.huber_loss(None, _x(tf, 2)),
    "no weights": lambda tf: tf.losses.huber_loss(_x(tf, 2), _x(tf, 2), weights=None),
    "reduction": lambda tf: tf.losses.log_loss(_x(tf, 2), _x(tf, 2), reduction="x"),
    "no axis": lambda tf: tf.losses.cosine_distance(_x(tf, 2), _x(tf, 2)),
    "two axes": lambda tf: tf.losses.cosine_distance(_x(tf, 2), _x(tf, 2), axis=0, dim=0),
    "nothing to add": lambda tf: tf.losses.get_total_loss(),
    "rank of classes": lambda tf: tf.losses.sparse_softmax_cross_entropy(tf.constant([[1, 2]]), _x(tf, 2, 3)),
}

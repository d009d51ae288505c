"""What re-implementers of layers get wrong, a program a trap: run under TensorFlow 1.15 by `golden/record_layers.py`.

A program gives tensors, or plain values; they are asked for after the variables have their first values.
"""

import numpy as np

ROWS = np.float32([[1], [2], [3], [4]])


def fused_variance_is_unbiased(tf):
    """The same numbers leave another moving variance behind as an image than as rows."""
    image = tf.layers.batch_normalization(tf.constant(ROWS.reshape(4, 1, 1, 1)), training=True, momentum=0.0)
    rows = tf.layers.batch_normalization(tf.constant(ROWS), training=True, momentum=0.0)
    with tf.control_dependencies(tf.get_collection("update_ops")):
        moved = [tf.identity(v.read_value()) for v in tf.global_variables() if "moving" in v.name]
    return [image, rows] + moved


def updates_wait_to_be_asked(tf):
    """Moving moments stay as they are unless a step runs the update ops; `updates_collections=None` runs them in place."""
    x, slim = tf.constant(ROWS), tf.contrib.slim
    lazy = slim.batch_norm(x, decay=0.5, scope="lazy")
    forced = slim.batch_norm(x, decay=0.5, updates_collections=None, scope="forced")
    with tf.control_dependencies([lazy, forced]):
        moved = [v.read_value() for v in slim.get_model_variables() if "moving" in v.name]
    return moved + [[u.name for u in tf.get_collection("update_ops")]]


def defaults_differ(tf):
    """Slim has no gamma and decay 0.999, `tf.layers` a gamma and momentum 0.99."""
    x, slim = tf.constant(ROWS.reshape(4, 1, 1, 1)), tf.contrib.slim
    slim.batch_norm(x)
    tf.layers.batch_normalization(x, training=True)
    with tf.control_dependencies(tf.get_collection("update_ops")):
        moved = [v.read_value() for v in tf.global_variables() if "moving" in v.name]
    return moved + [[v.name for v in tf.global_variables()]]


def zero_debias_adds_variables(tf):
    tf.contrib.slim.batch_norm(tf.constant(ROWS), zero_debias_moving_mean=True, updates_collections=None)
    return [sorted((v.name, v.shape.as_list()) for v in tf.global_variables())]


def epsilon_of_norms(tf):
    layers, x = tf.contrib.layers, tf.constant(ROWS.reshape(1, 2, 1, 2) * 1e-3)
    halves = layers.layer_norm(tf.constant(ROWS.reshape(1, 4) * 0.02, tf.float16))
    return [
        layers.layer_norm(x),
        layers.instance_norm(x),
        layers.group_norm(x, 1),
        tf.round(tf.cast(halves, tf.float32) * 10.0),  # TensorFlow's rsqrt of halves is one unit off
    ]


def dropout_scales(tf):
    ones = tf.ones([8])
    return [
        tf.nn.dropout(ones, keep_prob=0.5, seed=7),
        tf.nn.dropout(ones, 0.8, seed=7),
        tf.nn.dropout(ones, rate=0.2, seed=7),
        tf.layers.dropout(ones, seed=7),
        tf.layers.dropout(ones, training=True, seed=7),
        tf.contrib.slim.dropout(ones, seed=7),
        tf.contrib.slim.dropout(ones, is_training=False),
        tf.nn.dropout(tf.constant([np.inf] * 4), 0.5, seed=7),
    ]


def default_initializer_is_glorot(tf):
    w, whole = tf.get_variable("w", [400, 200]), tf.get_variable("n", [3], tf.int32)
    return [tf.sqrt(tf.reduce_mean(tf.square(w))) < 0.0585, tf.reduce_max(tf.abs(w)) <= 0.1, whole, w.initial_value.op.name]


def seeds(tf):
    return [
        tf.glorot_uniform_initializer(seed=7)([2, 2]),
        tf.orthogonal_initializer(seed=7)([2, 2]),
        tf.truncated_normal_initializer(seed=7)([4]),
        tf.contrib.layers.xavier_initializer(seed=7)([2, 2]),
        tf.contrib.layers.xavier_initializer(uniform=False, seed=7)([2, 2]),
        tf.contrib.layers.variance_scaling_initializer(seed=7)([2, 2]),
        tf.variance_scaling_initializer(seed=7)([2, 2]),
    ]


def statistics(tf):
    """Deviations after truncation: the core's initializer makes up for it, contrib's has its own factor of 1.3."""

    def deviation(initializer):
        x = initializer([400, 500])
        return tf.round(100 * tf.sqrt(tf.reduce_mean(tf.square(x)) * 400)), tf.reduce_max(tf.abs(x)) < 0.3

    core = tf.variance_scaling_initializer(1.0, seed=1)
    own = tf.contrib.layers.variance_scaling_initializer(1.0, seed=1)
    drawn = tf.truncated_normal([1000], seed=1)
    return [*deviation(core), *deviation(own), tf.reduce_max(tf.abs(drawn)) < 2.0]


def penalties(tf):
    w, slim = tf.constant([3.0, 4.0]), tf.contrib.slim
    return [tf.nn.l2_loss(w), slim.l2_regularizer(0.1)(w), slim.l1_regularizer(0.1)(w), slim.l1_l2_regularizer(0.1, 0.1)(w)]


def regularization_losses_join_once(tf):
    """A shared variable is penalized once, whatever the dialect; `get_total_loss` adds the collection."""
    x, slim = tf.ones([2, 3]), tf.contrib.slim
    half, ones = slim.l2_regularizer(0.5), tf.ones_initializer()
    for reuse in (None, True):
        tf.layers.dense(x, 2, kernel_initializer=ones, kernel_regularizer=half, name="a", reuse=reuse)
        slim.fully_connected(x, 2, weights_initializer=ones, weights_regularizer=half, scope="b", reuse=reuse)
        with tf.variable_scope("c", regularizer=half, reuse=reuse):
            tf.get_variable("w", [2], initializer=ones)
    tf.losses.mean_squared_error([0.0], [2.0])
    losses = tf.get_collection("regularization_losses")
    names = [[t.name for t in tf.get_collection(k)] for k in ("regularization_losses", "losses")]
    total = [tf.losses.get_total_loss(), tf.losses.get_total_loss(add_regularization_losses=False)]
    return [*losses, *total, tf.losses.get_regularization_loss(), names]


def means_over_weights_that_are_not_zero(tf):
    labels, guesses = tf.constant([1.0, 2.0]), tf.constant([2.0, 4.0])
    return [
        tf.losses.mean_squared_error(labels, guesses, weights=[0.0, 1.0]),
        tf.losses.mean_squared_error(labels, guesses, weights=[0.5, 1.0]),
        tf.losses.mean_squared_error(labels, guesses, weights=[0.5, 0.0], reduction="weighted_mean"),
        tf.losses.mean_squared_error(labels, guesses, weights=[0.5, 0.0], reduction="weighted_sum_over_batch_size"),
        tf.contrib.losses.mean_squared_error(guesses, labels, weights=[0.0, 1.0]),
        tf.contrib.losses.log_loss(tf.constant([0.9]), tf.constant([1.0])),
        tf.losses.log_loss(tf.constant([1.0]), tf.constant([0.9])),
    ]


def small_rules_of_losses(tf):
    one = tf.constant([1.0])
    return [
        tf.losses.log_loss(one, one),
        tf.losses.hinge_loss(tf.constant([[1.0, 0.0]]), tf.constant([[0.5, 0.5]])),
        tf.losses.huber_loss(tf.constant([0.0, 0.0]), tf.constant([0.5, 3.0])),
        tf.losses.softmax_cross_entropy([[1.0, 0.0, 0.0]], [[1.0, 2.0, 3.0]], label_smoothing=0.1),
        tf.losses.sigmoid_cross_entropy([[1.0, 0.0]], [[1.0, 2.0]], label_smoothing=0.1),
        tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0, 0.0], logits=[-1000.0, 1000.0]),
    ]


def gradients_to_labels(tf):
    labels, logits = tf.constant([[0.3, 0.7]]), tf.constant([[1.0, 2.0]])
    old = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    new = tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits)
    return [tf.gradients(old, labels)[0] is None, tf.gradients(new, labels)[0], tf.gradients(old, logits)[0]]


def names_of_layers(tf):
    layers, slim, x = tf.layers, tf.contrib.slim, tf.ones([1, 4, 4, 2])

    def several():
        for _ in range(2):
            layers.conv2d(x, 2, 3), layers.dense(x, 2), layers.batch_normalization(x)
        layers.conv2d_transpose(x, 2, 3), layers.separable_conv2d(x, 2, 3)
        for _ in range(2):
            slim.conv2d(x, 2, 3), slim.fully_connected(x, 2), slim.batch_norm(x)
        slim.separable_conv2d(x, 2, 3, 1), slim.conv2d_transpose(x, 2, 3), slim.layer_norm(x)

    several()
    with tf.variable_scope("a"):
        several()
    return [[v.name for v in tf.global_variables()]]


def scopes_entered_again(tf):
    """Variable scopes count from the start again, name scopes go on; a default name is made unique."""
    told, x = [], tf.ones([1, 2])
    with tf.variable_scope("a"):
        told.append(tf.layers.dense(x, 2).name)
    try:
        with tf.variable_scope("a"):
            tf.layers.dense(x, 2)
    except ValueError as e:
        told.append(str(e).split(",")[0])
    for _ in range(2):
        with tf.variable_scope(None, "d"):
            told.append(tf.get_variable("v", [1]).name)
    with tf.variable_scope("s") as scope:
        told += [tf.get_variable("v", [1]).name, tf.identity(x, name="t").name]
    with tf.variable_scope(scope, reuse=True):
        told += [tf.get_variable("v", [1]).name, tf.identity(x, name="t").name]
    with tf.name_scope("n"):
        told += [tf.Variable(1.0, name="w").name, tf.get_variable("gw", [1]).name, tf.layers.dense(x, 2, name="l").name]
    return [told]


def clashes(tf):
    told = []
    with tf.variable_scope("a", reuse=tf.AUTO_REUSE):
        tf.get_variable("w", [2])
        for shape in ([3], [2]):
            try:
                told.append(tf.get_variable("w", shape).name)
            except ValueError as e:
                told.append(str(e).split(". ")[0].rstrip("."))
    return [told]


def made_at_the_first_call(tf):
    """A layer's variables lie where it is called first, not where it was made."""
    with tf.variable_scope("made"):
        layer = tf.layers.Dense(2)
    with tf.variable_scope("called"):
        layer(tf.ones([1, 2]))
    with tf.variable_scope("again"):
        layer(tf.ones([1, 2]))
    return [[v.name for v in layer.variables]]


def metrics_are_local(tf):
    value, update = tf.metrics.accuracy([1, 0], [1, 1])
    tf.train.get_or_create_global_step()
    with tf.control_dependencies([value]):
        first = tf.identity(value)
    kinds = [[v.name, v.dtype.base_dtype.name] for v in tf.local_variables() + tf.global_variables()]
    return [first, kinds, [v.name for v in tf.get_collection("metric_variables")], [update.name, value.name]]


def shapes_of_convolutions(tf):
    """SAME pads at the end, a transposed convolution is a gradient, its shape is the smallest, pooling counts valid cells."""
    ones = tf.ones_initializer()
    line = tf.constant([[[[1.0], [1.0]]]])
    kernel = tf.constant_initializer([1.0, 2.0, 3.0])
    return [
        tf.layers.conv2d(tf.ones([1, 4, 4, 1]), 1, 3, strides=2, padding="same", kernel_initializer=ones),
        tf.layers.conv2d(tf.ones([1, 5, 1, 1]), 1, (3, 1), dilation_rate=(2, 1), padding="same", kernel_initializer=ones),
        tf.layers.conv2d_transpose(line, 1, (1, 3), strides=(1, 2), padding="same", kernel_initializer=kernel),
        tf.shape(tf.layers.conv2d_transpose(tf.ones([1, 3, 3, 1]), 1, 2, strides=3, padding="valid")),
        tf.layers.average_pooling2d(tf.ones([1, 3, 3, 1]), 2, 2, padding="same"),
        tf.contrib.slim.conv2d_transpose(line, 1, [1, 3], stride=[1, 2], weights_initializer=kernel, activation_fn=None),
    ]


PROGRAMS = {
    f.__name__.replace("_", " "): f
    for f in (
        fused_variance_is_unbiased, updates_wait_to_be_asked, defaults_differ, zero_debias_adds_variables, epsilon_of_norms,
        dropout_scales, default_initializer_is_glorot, seeds, statistics, penalties, regularization_losses_join_once,
        means_over_weights_that_are_not_zero, small_rules_of_losses, gradients_to_labels, names_of_layers, scopes_entered_again,
        clashes, made_at_the_first_call, metrics_are_local, shapes_of_convolutions,
    )
}  # fmt: skip


def outcome(tf, program):
    """What a program gives, as JSON keeps it."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        found = list(program(tf))
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        tensors = {i: t for i, t in enumerate(found) if hasattr(t, "graph")}
        values = session.run(tensors)
        found = [np.asarray(values[i]).tolist() if i in tensors else t for i, t in enumerate(found)]
    return found

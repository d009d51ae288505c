"""The network of `mainstem train` in each dialect: the same layers, with each dialect's own names of variables."""

import mainstem.v1 as tf

_DROPOUT_SEED = 1  # the same draws in every style
_OTHER = {"kernel": "weights", "bias": "biases", "weights": "kernel", "biases": "bias"}


def _start():
    return tf.truncated_normal_initializer(stddev=0.1)


def _convolution(x, filters, scope):
    with tf.variable_scope(scope):
        w = tf.get_variable("weights", [5, 5, x.shape[-1].value, filters], initializer=_start())
        b = tf.get_variable("biases", [filters], initializer=tf.zeros_initializer())
        h = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, w, [1, 1, 1, 1], "SAME"), b))
        return tf.nn.max_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")


def _dense(x, units, scope):
    with tf.variable_scope(scope):
        w = tf.get_variable("weights", [x.shape[-1].value, units], initializer=_start())
        b = tf.get_variable("biases", [units], initializer=tf.zeros_initializer())
        return tf.matmul(x, w) + b


def graph(images, keep_prob, classes):
    """With variables and operations."""
    h = _convolution(_convolution(images, 32, "conv1"), 64, "conv2")
    h = tf.nn.relu(_dense(tf.reshape(h, [-1, h.shape[1:].num_elements()]), 1024, "dense"))
    return _dense(tf.nn.dropout(h, keep_prob=keep_prob, seed=_DROPOUT_SEED), classes, "logits")


def layers(images, keep_prob, classes):
    """With `tf.layers`."""
    h = images
    for i, filters in enumerate((32, 64), 1):
        h = tf.layers.conv2d(h, filters, 5, padding="same", activation=tf.nn.relu, kernel_initializer=_start(), name=f"conv{i}")
        h = tf.layers.max_pooling2d(h, 2, 2, padding="same")
    h = tf.layers.dense(tf.layers.flatten(h), 1024, tf.nn.relu, kernel_initializer=_start(), name="dense")
    h = tf.layers.dropout(h, rate=1 - keep_prob, seed=_DROPOUT_SEED, training=True)  # where nothing is to be dropped, rate is 0
    return tf.layers.dense(h, classes, kernel_initializer=_start(), name="logits")


def slim(images, keep_prob, classes):
    """With Slim."""
    s = tf.contrib.slim
    with s.arg_scope([s.conv2d, s.fully_connected], weights_initializer=_start()), s.arg_scope([s.max_pool2d], padding="SAME"):
        h = s.max_pool2d(s.conv2d(images, 32, 5, scope="conv1"), 2)
        h = s.max_pool2d(s.conv2d(h, 64, 5, scope="conv2"), 2)
        h = s.fully_connected(s.flatten(h), 1024, scope="dense")
        h = s.dropout(h, keep_prob, seed=_DROPOUT_SEED)
        return s.fully_connected(h, classes, activation_fn=None, scope="logits")


def keras(images, keep_prob, classes):
    """With `tf.keras`."""
    k = tf.keras.layers
    h = images
    for i, filters in enumerate((32, 64), 1):
        h = k.Conv2D(filters, 5, padding="same", activation="relu", kernel_initializer=_start(), name=f"conv{i}")(h)
        h = k.MaxPooling2D(2, 2, padding="same")(h)
    h = k.Dense(1024, "relu", kernel_initializer=_start(), name="dense")(k.Flatten()(h))
    h = k.Dropout(1 - keep_prob, seed=_DROPOUT_SEED)(h, training=True)  # where nothing is to be dropped, the rate is 0
    return k.Dense(classes, kernel_initializer=_start(), name="logits")(h)


STYLES = {"graph": graph, "layers": layers, "slim": slim, "keras": keras}


def name_map(variables, stored):
    """{name in a checkpoint: variable}, whichever style saved it: kernel and bias there may be weights and biases here.

    Args:
        variables: those to find.
        stored: {name: shape} of the checkpoint.

    Raises ValueError for a variable that is not there, or there in another shape, with both shapes.
    """
    found = {}
    for v in variables:
        above, _, last = v.op.name.rpartition("/")
        name = next((n for n in (v.op.name, f"{above}/{_OTHER.get(last)}") if n in stored), None)
        here = v.shape.as_list()
        if name is None:
            raise ValueError(
                f"--init-from: the checkpoint has no {v.op.name}, of shape {here}. It has {', '.join(sorted(stored))}."
            )
        if list(stored[name]) != here:
            raise ValueError(
                f"--init-from: {v.op.name} has shape {here} here and {list(stored[name])} in the checkpoint ({name})."
            )
        found[name] = v
    return found


def init_from(session, path):
    """Gives the trainable variables the values of a checkpoint (a file's prefix or a folder) that any style saved.

    Raises ValueError where there is none or it does not fit.
    """
    prefix = tf.train.latest_checkpoint(path) if tf.gfile.IsDirectory(path) else path
    if not prefix or not tf.train.checkpoint_exists(prefix):
        raise ValueError(f"--init-from: there is no checkpoint at {path}.")
    stored = dict(tf.train.list_variables(prefix))
    tf.train.Saver(name_map(tf.trainable_variables(), stored)).restore(session, prefix)

"""What objects of `tf.layers` tell of themselves: run under TensorFlow 1.15 by `golden/record_layers.py`."""

import numpy as np

KINDS = {
    "dense": lambda tf: tf.layers.Dense(3, activation=tf.nn.relu, kernel_initializer=tf.ones_initializer()),
    "named dense": lambda tf: tf.layers.Dense(
        3, name="fc", use_bias=False, trainable=False, dtype=tf.float64, kernel_regularizer=square
    ),
    "conv1d": lambda tf: tf.layers.Conv1D(2, 3, padding="causal"),
    "conv2d": lambda tf: tf.layers.Conv2D(2, 3, strides=2, data_format="channels_first"),
    "conv3d": lambda tf: tf.layers.Conv3D(2, (3, 2, 1), kernel_initializer=tf.variance_scaling_initializer(2.0)),
    "conv2d_transpose": lambda tf: tf.layers.Conv2DTranspose(2, 3, activation=tf.nn.elu),
    "conv3d_transpose": lambda tf: tf.layers.Conv3DTranspose(2, 3),
    "separable_conv1d": lambda tf: tf.layers.SeparableConv1D(2, 3),
    "separable_conv2d": lambda tf: tf.layers.SeparableConv2D(2, 3, depth_multiplier=2, activation="tanh"),
    "max_pooling1d": lambda tf: tf.layers.MaxPooling1D(2, 2),
    "max_pooling2d": lambda tf: tf.layers.MaxPooling2D(2, 2),
    "average_pooling3d": lambda tf: tf.layers.AveragePooling3D(2, 3, padding="same"),
    "dropout": lambda tf: tf.layers.Dropout(0.3, seed=4),
    "flatten": lambda tf: tf.layers.Flatten(),
    "batch norm": lambda tf: tf.layers.BatchNormalization(momentum=0.9, axis=1),
    "batch norm with renorm": lambda tf: tf.layers.BatchNormalization(
        renorm=True, gamma_initializer=tf.constant_initializer(2.0)
    ),
    "plain": lambda tf: tf.layers.Layer(),
    "plain with a name": lambda tf: tf.layers.Layer(name="x", trainable=False),
}


def square(w):
    return w * w


def lists(value):
    """A value as JSON keeps it."""
    if isinstance(value, dict):
        return {k: lists(v) for k, v in value.items()}
    return [lists(v) for v in value] if isinstance(value, (list, tuple)) else value


def _config(kind):
    def program(tf):
        layer = KINDS[kind](tf)
        config = layer.get_config()
        if config.get("kernel_regularizer") is not None:  # a function is told by its name only
            return [config]
        again = type(layer).from_config(config)
        return [config, again.name, type(again).__name__, again.get_config()]

    return program


def _said(ask):
    """What a question gives, or how it is refused."""
    try:
        return str(ask())
    except Exception as e:
        return type(e).__name__ + ": " + str(e)


def weights(tf):
    layer, x = tf.layers.Dense(2, kernel_initializer=tf.ones_initializer()), tf.ones([1, 3])
    told = [_said(layer.get_weights), _said(layer.count_params)]
    y = layer(x)
    norm = tf.layers.BatchNormalization()
    norm(y, training=True)
    told += [layer.count_params(), norm.count_params()]
    with tf.Session() as session:
        told.append([w.tolist() for w in layer.get_weights()])
        told.append([w.tolist() for w in norm.get_weights()])
        layer.set_weights([np.arange(6).reshape(3, 2), np.ones(2)])
        told += [session.run(y).tolist(), [w.tolist() for w in layer.get_weights()]]
    told += [
        _said(lambda: layer.set_weights([np.zeros((3, 2))])),
        _said(lambda: layer.set_weights([np.zeros((3, 1)), np.ones(2)])),
    ]
    return told


def outside_of_sessions(tf):
    layer = tf.layers.Dense(2, kernel_initializer=tf.constant_initializer(3.0))
    layer(tf.ones([1, 3]))
    told = [w.tolist() for w in layer.get_weights()]
    layer.set_weights([np.full((3, 2), 5.0), np.ones(2)])
    return told + [w.tolist() for w in layer.get_weights()]


def lists_of_variables(tf):
    x, told = tf.ones([2, 3]), []
    dense, norm = tf.layers.Dense(2, kernel_regularizer=tf.nn.l2_loss), tf.layers.BatchNormalization()
    told += [[v.name for v in getattr(norm, n)] for n in ("weights", "losses", "updates")]
    norm(dense(x), training=True)
    kinds = "weights trainable_weights non_trainable_weights variables trainable_variables non_trainable_variables"
    for layer in (dense, norm):
        for trainable in (True, False):
            layer.trainable = trainable
            told += [[v.name for v in getattr(layer, n)] for n in kinds.split()] + [len(layer.losses), len(layer.updates)]
        layer.trainable = True
        told += [len(layer.get_updates_for(x)), len(layer.get_updates_for(None))]
        told += [len(layer.get_losses_for(x)), len(layer.get_losses_for(None))]
    return told


def questions(tf):
    layer, x = tf.layers.Dense(2), tf.ones([1, 3])
    layer(x)
    names = "input output input_shape output_shape input_mask output_mask dynamic metrics stateful inbound_nodes outbound_nodes"
    told = {n: _said(lambda n=n: getattr(layer, n)) for n in (names + " dtype input_spec scope_name supports_masking").split()}
    for n in ("input", "output", "input_shape", "output_shape", "input_mask", "output_mask"):
        told[n + " at"] = _said(lambda n=n: getattr(layer, "get_" + n + "_at")(0))
    told["signature"] = _said(lambda: layer.compute_output_signature(tf.TensorSpec([2, 3], tf.float32)))
    told["shape"] = _said(lambda: tf.TensorShape(layer.compute_output_shape((2, 3))).as_list())
    told["mask"] = _said(lambda: layer.compute_mask(x))

    class Own(tf.layers.Layer):
        def __init__(self, size, **kwargs):
            super().__init__(**kwargs)
            self.size = size

    class Wider(tf.layers.Dense):
        def __init__(self, more, **kwargs):
            super().__init__(2 + more, **kwargs)

    told["own arguments"] = _said(Own(3).get_config)
    told["a subclass"] = Wider(3).get_config()["units"]
    return told


def keras_style(tf):
    layers, x, told = tf.layers, tf.ones([1, 3]), []
    with layers.experimental.keras_style_scope():
        first, second = layers.Dense(2), layers.Dense(2)
        first(x), second(x), first(x)
        with tf.variable_scope("s"):
            layers.Dense(2)(x)
        with tf.name_scope("n"):
            layers.Dense(2)(x)
        told += [_said(lambda: layers.dense(x, 2, reuse=True)), _said(lambda: layers.dense(x, 2, name="own"))]
        told.append(_said(lambda: first(x, scope="q")))
        layers.Dense(2, name="own")(x)
        layers.Dense(2, name="own", kernel_regularizer=tf.nn.l2_loss)(x)
        norm = layers.BatchNormalization()
        norm(x, training=True)
        told += [len(norm.updates), len(tf.get_collection("update_ops")), len(tf.get_collection("regularization_losses"))]
        cell = tf.nn.rnn_cell.LSTMCell(2)
        cell(x, cell.zero_state(1, tf.float32))
    layers.dense(x, 2)
    told.append([[v.name, v.shape.as_list(), v in tf.trainable_variables()] for v in tf.global_variables()])
    return told + [[o.name for o in tf.get_default_graph().get_operations() if o.type == "BiasAdd"]]


PROGRAMS = {
    **{"config of " + kind: _config(kind) for kind in KINDS},
    "weights": weights,
    "outside of sessions": outside_of_sessions,
    "lists of variables": lists_of_variables,
    "questions": questions,
    "keras style": keras_style,
}


def outcome(tf, program):
    """What a program tells, as JSON keeps it."""
    with tf.Graph().as_default():
        return lists(program(tf))

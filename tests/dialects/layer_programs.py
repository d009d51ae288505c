"""Programs of `tf.layers`: run under TensorFlow 1.15 by `golden/record_layers.py`, under Mainstem by `test_layers.py`."""

import numpy as np


def data(*shape):
    return np.random.RandomState(sum(shape)).uniform(-1, 1, shape).astype(np.float32)


def image(tf, channels=3, height=8, width=7):
    return tf.constant(data(2, height, width, channels), name="image")


def half(tf):
    def regularizer(w):
        return tf.multiply(0.5, tf.nn.l2_loss(w), name="half")

    return regularizer


class Doubled:
    """A layer of the user's: made from the base class of whoever runs the program."""

    def __new__(cls, tf):
        class MyLayer(tf.layers.Layer):
            def build(self, input_shape):
                size = tf.TensorShape(input_shape).as_list()[-1]
                self.w = self.add_variable("w", [size], initializer=tf.ones_initializer(), regularizer=tf.nn.l2_loss)
                self.count = self.add_weight("count", [], trainable=False, initializer=tf.zeros_initializer())
                self.built = True

            def call(self, x):
                self.add_update(tf.assign_add(self.count, 1.0))
                self.add_loss(tf.reduce_sum(x), inputs=x)
                return x * self.w * 2.0

        return MyLayer()


def twice(tf):
    layer = tf.layers.Dense(3, activation=tf.nn.relu)
    x = tf.constant(data(2, 4))
    return [layer(x), layer(x + 1.0)]


def shared(tf):
    x = tf.constant(data(2, 4))
    return [tf.layers.dense(x, 3, name="one"), tf.layers.dense(x, 3, name="one", reuse=True)]


def in_scopes(tf):
    x = tf.constant(data(2, 4))
    with tf.variable_scope("outer", initializer=tf.ones_initializer(), regularizer=tf.nn.l2_loss):
        a = tf.layers.dense(x, 3)
        with tf.variable_scope("inner"):
            b = tf.layers.dense(a, 2)
    with tf.variable_scope("outer", reuse=True):
        c = tf.layers.dense(x, 3, name="dense")
    return [a, b, c, tf.layers.dense(x, 2), tf.layers.dense(x, 2)]


def frozen(tf):
    x = tf.constant(data(2, 4))
    y = tf.layers.batch_normalization(tf.layers.dense(x, 3, trainable=False), training=True, trainable=False)
    return [y, tf.layers.dense(y, 1)]


def network(tf):
    x = tf.layers.conv2d(image(tf), 4, 3, padding="same", activation=tf.nn.relu, kernel_regularizer=half(tf))
    x = tf.layers.batch_normalization(x, training=True)
    x = tf.layers.max_pooling2d(x, 2, 2)
    x = tf.layers.dropout(tf.layers.flatten(x), 0.4, training=True)
    return [tf.layers.dense(x, 5, use_bias=False)]


def switched(tf):
    """`training` as a placeholder, which holds True."""
    training = tf.placeholder_with_default(True, [])
    x = tf.layers.batch_normalization(tf.constant(data(6, 3)), training=training)
    y = tf.layers.batch_normalization(image(tf), training=training, name="plane")
    return [x, y, tf.layers.dropout(x, 0.5, training=training, seed=3)]


def renormed(tf):
    clipping = {"rmin": 0.5, "rmax": 1.5, "dmax": 0.5}
    training = tf.placeholder_with_default(True, [])
    return [
        tf.layers.batch_normalization(tf.constant(3 * data(6, 3) + 1), renorm=True, training=True),
        tf.layers.batch_normalization(image(tf), renorm=True, renorm_clipping=clipping, training=training, renorm_momentum=0.6),
        tf.layers.batch_normalization(tf.constant(data(6, 3)), renorm=True),
    ]


def adjusted(tf):
    def change(shape):
        return tf.random_uniform([shape[-1]], 0.9, 1.1, seed=1), tf.random_uniform([shape[-1]], -0.1, 0.1, seed=2)

    x = tf.layers.batch_normalization(image(tf), adjustment=change, training=True)
    return [x, tf.layers.batch_normalization(tf.constant(data(6, 3)), adjustment=change, center=False, training=True)]


PROGRAMS = {
    "batch norm with renorm": renormed,
    "batch norm with an adjustment": adjusted,
    "batch norm of virtual batches": lambda tf: [
        tf.layers.batch_normalization(tf.constant(data(8, 4, 3)), virtual_batch_size=2, training=True, momentum=0.5),
        tf.layers.batch_normalization(tf.constant(data(8, 3)), virtual_batch_size=4),
    ],
    "dense": lambda tf: [tf.layers.dense(tf.constant(data(2, 4)), 3, activation=tf.nn.relu, kernel_regularizer=half(tf))],
    "dense of three axes": lambda tf: [tf.layers.dense(tf.constant(data(2, 3, 4)), 5)],
    "dense with an activity regularizer": lambda tf: [
        tf.layers.dense(tf.constant(data(2, 4)), 3, activity_regularizer=half(tf))
    ],
    "dense of an array": lambda tf: [tf.layers.dense(data(2, 4), 3)],
    "dense in float64": lambda tf: [tf.layers.dense(tf.constant(data(2, 4).astype(np.float64)), 3)],
    "activation by name": lambda tf: [
        tf.layers.dense(tf.constant(data(2, 4)), 3, activation="tanh", kernel_initializer="ones")
    ],
    "a layer called twice": twice,
    "shared by name": shared,
    "scopes": in_scopes,
    "not trainable": frozen,
    "a layer of the user's": lambda tf: [Doubled(tf)(tf.constant(data(2, 4)))],
    "network": network,
    "training known in a run": switched,
    "conv1d": lambda tf: [tf.layers.conv1d(tf.constant(data(2, 8, 3)), 4, 3, strides=2)],
    "conv1d causal": lambda tf: [tf.layers.conv1d(tf.constant(data(2, 8, 3)), 4, 3, padding="causal")],
    "conv2d": lambda tf: [tf.layers.conv2d(image(tf), 4, (3, 2), strides=(2, 1), name="c")],
    "conv3d": lambda tf: [tf.layers.conv3d(tf.constant(data(1, 4, 5, 4, 2)), 3, 2, padding="same")],
    "conv2d_transpose": lambda tf: [tf.layers.conv2d_transpose(image(tf), 4, 3, strides=2, padding="same")],
    "conv2d_transpose valid": lambda tf: [tf.layers.conv2d_transpose(image(tf), 4, 3, strides=2, activation=tf.nn.relu)],
    "conv3d_transpose": lambda tf: [tf.layers.conv3d_transpose(tf.constant(data(1, 3, 4, 3, 2)), 3, 2, strides=2)],
    "separable_conv1d": lambda tf: [tf.layers.separable_conv1d(tf.constant(data(2, 8, 3)), 4, 3, activation=tf.tanh)],
    "separable_conv2d": lambda tf: [tf.layers.separable_conv2d(image(tf), 4, 3, depth_multiplier=2, padding="same")],
    "pooling of one axis": lambda tf: [
        tf.layers.max_pooling1d(tf.constant(data(2, 8, 3)), 3, 2),
        tf.layers.average_pooling1d(tf.constant(data(2, 8, 3)), 2, 2, padding="same"),
    ],
    "pooling of two axes": lambda tf: [tf.layers.max_pooling2d(image(tf), 3, 2), tf.layers.average_pooling2d(image(tf), 2, 2)],
    "pooling of three axes": lambda tf: [
        tf.layers.max_pooling3d(tf.constant(data(1, 4, 5, 4, 2)), 2, 2),
        tf.layers.average_pooling3d(tf.constant(data(1, 4, 5, 4, 2)), 2, 2, padding="same"),
    ],
    "batch norm in training": lambda tf: [tf.layers.batch_normalization(image(tf), training=True)],
    "batch norm at rest": lambda tf: [tf.layers.batch_normalization(image(tf), gamma_initializer=tf.constant_initializer(2.0))],
    "batch norm of rows": lambda tf: [tf.layers.batch_normalization(tf.constant(data(6, 3)), training=True, momentum=0.9)],
    "batch norm without gamma": lambda tf: [tf.layers.batch_normalization(image(tf), scale=False, center=False, training=True)],
    "batch norm not fused": lambda tf: [tf.layers.batch_normalization(image(tf), fused=False, training=True, axis=1)],
    "batch norm of two axes": lambda tf: [tf.layers.batch_normalization(image(tf), axis=[1, 3], training=True)],
    "dropout": lambda tf: [
        tf.layers.dropout(tf.constant(data(2, 4)), 0.5, training=True, seed=2),
        tf.layers.dropout(data(2, 4)),
    ],
    "dropout of rows": lambda tf: [tf.layers.dropout(tf.constant(data(4, 4)), 0.5, [4, 1], training=True, seed=5)],
    "flatten": lambda tf: [
        tf.layers.flatten(image(tf)),
        tf.layers.flatten(tf.constant(data(2, 3, 4)), data_format="channels_first"),
    ],
}


def _x(tf, *shape):
    return tf.placeholder(tf.float32, shape)


ERRORS = {
    "rank of dense": lambda tf: tf.layers.dense(_x(tf, None), 2),
    "unknown last dimension": lambda tf: tf.layers.dense(_x(tf, None, None), 2),
    "integers": lambda tf: tf.layers.dense(tf.placeholder(tf.int32, [None, 3]), 2),
    "another size": lambda tf: [f(_x(tf, None, n)) for f in [tf.layers.Dense(2)] for n in (3, 4)],
    "unknown keyword": lambda tf: tf.layers.Dense(2, foo=3),
    "rank of conv2d": lambda tf: tf.layers.conv2d(_x(tf, None, 3), 2, 3),
    "kernel of three numbers": lambda tf: tf.layers.Conv2D(2, (3, 3, 3)),
    "kernel of words": lambda tf: tf.layers.Conv2D(2, ("a", "b")),
    "unknown channels": lambda tf: tf.layers.conv2d(_x(tf, None, 4, 4, None), 2, 3),
    "padding": lambda tf: tf.layers.conv2d(_x(tf, None, 4, 4, 3), 2, 3, padding="foo"),
    "data format": lambda tf: tf.layers.conv2d(_x(tf, None, 4, 4, 3), 2, 3, data_format="foo"),
    "strides and holes": lambda tf: tf.layers.conv2d(_x(tf, None, 4, 4, 3), 2, 2, strides=2, dilation_rate=2),
    "axis": lambda tf: tf.layers.batch_normalization(_x(tf, None, 3), axis=3),
    "axis twice": lambda tf: tf.layers.batch_normalization(_x(tf, None, 3), axis=[1, 1]),
    "axis of unknown size": lambda tf: tf.layers.batch_normalization(_x(tf, None, None)),
    "kind of axis": lambda tf: tf.layers.batch_normalization(_x(tf, None, 3), axis="x"),
    "fused renorm": lambda tf: tf.layers.BatchNormalization(fused=True, renorm=True),
    "unknown clipping": lambda tf: tf.layers.BatchNormalization(renorm=True, renorm_clipping={"foo": 1.0}),
    "virtual batch of nothing": lambda tf: tf.layers.batch_normalization(_x(tf, 4, 3), virtual_batch_size=0),
    "virtual batch axis": lambda tf: tf.layers.batch_normalization(_x(tf, 4, 3), axis=0, virtual_batch_size=2),
    "adjusted virtual batch": lambda tf: tf.layers.batch_normalization(
        _x(tf, 4, 3), virtual_batch_size=2, adjustment=lambda s: (1.0, 0.0)
    ),
    "name twice": lambda tf: [tf.layers.dense(_x(tf, None, 3), 2, name="a") for _ in range(2)],
    "reuse of nothing": lambda tf: tf.layers.dense(_x(tf, None, 3), 2, name="a", reuse=True),
    "scope before the first call": lambda tf: tf.layers.Dense(2).scope_name,
    "pool size": lambda tf: tf.layers.max_pooling2d(_x(tf, None, 4, 4, 3), (2, 2, 2), 1),
    "rate": lambda tf: tf.layers.dropout(_x(tf, None, 3), 1.5, training=True),
    "unknown activation": lambda tf: tf.layers.dense(_x(tf, None, 3), 2, activation="foo"),
    "two tensors": lambda tf: tf.layers.Dense(2)([_x(tf, 2, 3), _x(tf, 2, 3)]),
}


def trained(tf, build, steps=6):
    """The losses of a few training steps of a network, and its variables after them."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(7)
        training = tf.placeholder_with_default(True, [])
        logits = build(tf, image(tf), training)
        loss = tf.losses.sparse_softmax_cross_entropy([1, 2], logits) + tf.losses.get_regularization_loss()
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            step = tf.train.MomentumOptimizer(0.05, 0.9).minimize(loss)
        session.run(tf.global_variables_initializer())
        losses = [session.run([loss, step])[0] for _ in range(steps)] + [session.run(loss, {training: False})]
        return [np.array(losses)] + session.run(tf.trainable_variables() + tf.get_collection("model_variables"))


def _of_layers(tf, x, training):
    x = tf.layers.conv2d(
        x, 4, 3, activation=tf.nn.relu, kernel_regularizer=half(tf), kernel_initializer=tf.constant_initializer(0.1)
    )
    x = tf.layers.batch_normalization(x, training=training, momentum=0.9)
    x = tf.layers.separable_conv2d(
        x, 4, 2, depthwise_initializer=tf.ones_initializer(), pointwise_initializer=tf.ones_initializer()
    )
    return tf.layers.dense(
        tf.layers.flatten(tf.layers.average_pooling2d(x, 2, 2)), 3, kernel_initializer=tf.zeros_initializer()
    )


def _of_slim(tf, x, training):
    slim = tf.contrib.slim
    ones, norm = tf.constant_initializer(0.05), {"is_training": training, "decay": 0.8, "updates_collections": None}
    of_convolution = {"weights_initializer": ones, "normalizer_fn": slim.batch_norm, "normalizer_params": norm}
    with slim.arg_scope([slim.conv2d, slim.conv2d_transpose], weights_regularizer=slim.l2_regularizer(0.1), **of_convolution):
        x = slim.conv2d_transpose(slim.conv2d(x, 4, 3, stride=2), 3, 2, stride=2)
    return slim.fully_connected(slim.flatten(x), 3, activation_fn=None, weights_initializer=tf.zeros_initializer())


TRAINED = {"layers": _of_layers, "slim": _of_slim}
HIDDEN = ("Const", "Shape", "Switch", "Merge", "RefSwitch", "If", "StatelessIf", "Identity")


def names(tf, hide):
    """The graph's nodes without constants, shape arithmetic and what is inside branches."""
    nodes = tf.get_default_graph().get_operations()
    return [n.name for n in nodes if n.type not in HIDDEN and not any(h in n.name for h in hide)]


def outcome(tf, program):
    """What a program (a function of `tf`) gives: variables, collections, nodes, values before and after the updates have run."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(7)
        outs = program(tf)
        keys = [tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.TRAINABLE_VARIABLES, tf.GraphKeys.REGULARIZATION_LOSSES]
        result = {k: [v.name for v in tf.get_collection(k)] for k in keys}
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        result["updates"] = [u.name for u in updates]
        result["shapes"] = [v.shape.as_list() for v in tf.global_variables()] + [t.shape.as_list() for t in outs]
        result["nodes"] = names(tf, ["/cond", "Tensordot", "strided_slice", "AssignMovingAvg/", "AssignMovingAvg_1/"])
        session.run(tf.global_variables_initializer())
        losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
        values = list(session.run(outs + losses))
        session.run(updates)
        return result, values + list(session.run(tf.global_variables()))


def failure(tf, program):
    """The type of the error that a wrong program (a function of `tf`) raises."""
    with tf.Graph().as_default():
        try:
            program(tf)
        except Exception as e:
            return type(e).__name__
    return "none"

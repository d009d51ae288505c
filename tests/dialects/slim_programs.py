"""Programs of `tf.contrib.layers` and Slim: run under TensorFlow 1.15 by `golden/record_layers.py`, here by `test_slim.py`."""

try:
    from layer_programs import data, image
except ImportError:  # beside the tests, not by itself
    from tests.dialects.layer_programs import data, image


def vgg(tf):
    slim = tf.contrib.slim
    of_convolution = {"weights_regularizer": slim.l2_regularizer(0.01), "normalizer_fn": slim.batch_norm}
    with slim.arg_scope([slim.conv2d, slim.fully_connected], activation_fn=tf.nn.relu, outputs_collections="points"):
        with slim.arg_scope([slim.conv2d], **of_convolution) as scope:
            x = slim.repeat(image(tf), 2, slim.conv2d, 4, [3, 3], scope="conv1")
            x = slim.max_pool2d(x, [2, 2], scope="pool1")
        with slim.arg_scope(scope):
            x = slim.conv2d(x, 3, 3, stride=2, normalizer_params={"scale": True, "decay": 0.9})
        x = slim.stack(slim.flatten(x), slim.fully_connected, [6, 5], scope="fc")
        x = slim.dropout(x, 0.5, seed=4)
    logits = slim.fully_connected(x, 3, activation_fn=None, scope="logits")
    points = slim.utils.convert_collection_to_dict("points")
    assert list(points) == ["conv1/conv1_1", "conv1/conv1_2", "Conv", "fc/fc_1", "fc/fc_2"], list(points)
    return [logits, slim.softmax(logits)] + list(points.values())


def separable(tf):
    slim = tf.contrib.slim
    x = slim.separable_conv2d(image(tf), 4, 3, depth_multiplier=2, stride=2)
    y = slim.separable_conv2d(image(tf), None, 3, normalizer_fn=slim.batch_norm, variables_collections={"weights": ["w"]})
    assert [v.op.name for v in tf.get_collection("w")] == ["SeparableConv2d_1/depthwise_weights"]
    return [x, y, slim.separable_conv2d(y, None, 2, activation_fn=None)]


def reused(tf):
    slim, x = tf.contrib.slim, tf.constant(data(2, 4))
    with tf.variable_scope("net"):
        a = slim.fully_connected(x, 3, scope="fc")
    with tf.variable_scope("net", reuse=True):
        b = slim.fully_connected(x, 3, scope="fc")
    return [a, b, slim.fully_connected(x, 3), slim.linear(x, 2), slim.fully_connected(x, 2, biases_initializer=None)]


def norms(tf):
    layers, x, y = tf.contrib.layers, image(tf), tf.constant(data(6, 3))
    rows = {"param_initializers": {"beta": tf.constant_initializer(0.5)}, "is_training": True}
    return [
        layers.batch_norm(x),
        layers.batch_norm(x, scale=True, decay=0.9, activation_fn=tf.nn.relu, fused=False),
        layers.batch_norm(x, is_training=False),
        layers.batch_norm(y, **rows),
        layers.batch_norm(x, updates_collections="own"),
        layers.batch_norm(x, fused=False, is_training=False, updates_collections="own"),
    ]


def forced(tf):
    """Updates that run within the step: the values of the moving moments show them."""
    layers, x, y = tf.contrib.layers, image(tf), tf.constant(data(6, 3))
    return [
        layers.batch_norm(x, updates_collections=None, scale=True),
        layers.batch_norm(y, updates_collections=None, decay=0.5),
        layers.batch_norm(x, updates_collections=None, fused=False, decay=0.9),
        layers.batch_norm(x, updates_collections=None, zero_debias_moving_mean=True, decay=0.9),
    ]


def switched(tf):
    """`is_training` as a placeholder, which holds True."""
    layers, training = tf.contrib.layers, tf.placeholder_with_default(True, [])
    return [
        layers.batch_norm(image(tf), is_training=training),
        layers.batch_norm(image(tf), is_training=training, updates_collections=None, decay=0.9),
        layers.batch_norm(tf.constant(data(6, 3)), is_training=training, fused=False, decay=0.9),
        layers.dropout(tf.constant(data(6, 3)), 0.5, is_training=training, seed=3),
    ]


def residual(tf):
    from_nets = __import__(tf.__name__ + ".contrib.slim.nets", fromlist=["resnet_utils"]).resnet_utils
    x = image(tf)
    with tf.contrib.slim.arg_scope(from_nets.resnet_arg_scope()):
        return [from_nets.conv2d_same(x, 4, 3, stride=2, scope="same"), from_nets.subsample(x, 2)]


def penalties(tf):
    layers, a, b = tf.contrib.layers, tf.constant(data(2, 4)), tf.constant(data(3))
    made = [layers.l1_regularizer(0.1)(a), layers.l2_regularizer(0.2)(a), layers.l1_l2_regularizer(0.1, 0.2)(a)]
    assert layers.l2_regularizer(0.0)(a) is None
    both = layers.sum_regularizer([layers.l1_regularizer(0.1), layers.l2_regularizer(0.2)])
    return made + [both(b), layers.apply_regularization(layers.l2_regularizer(0.3), [a, b])]


PROGRAMS = {
    "vgg": vgg,
    "separable": separable,
    "reuse": reused,
    "batch norm": norms,
    "batch norm with forced updates": forced,
    "training known in a run": switched,
    "residual networks": residual,
    "regularizers": penalties,
    "transposed": lambda tf: [tf.contrib.slim.conv2d_transpose(image(tf), 4, [2, 2], stride=2)],
    "pools": lambda tf: [tf.contrib.slim.max_pool2d(image(tf), 2), tf.contrib.slim.avg_pool2d(image(tf), 3, stride=1)],
    "conv1d": lambda tf: [tf.contrib.layers.conv1d(tf.constant(data(2, 8, 3)), 4, 3)],
    "conv3d": lambda tf: [tf.contrib.layers.conv3d(tf.constant(data(1, 4, 5, 4, 2)), 3, 2)],
    "layer norm": lambda tf: [tf.contrib.layers.layer_norm(image(tf)), tf.contrib.layers.layer_norm(data(2, 4), scale=False)],
    "one hot and bias": lambda tf: [
        tf.contrib.layers.one_hot_encoding(tf.constant([2, 0]), 3),
        tf.contrib.layers.bias_add(tf.constant(data(2, 4)), initializer=tf.ones_initializer()),
        tf.contrib.layers.embed_sequence(tf.constant([[2, 0]]), 4, 3),
    ],
}


def _slim(tf):
    return tf.contrib.slim


ERRORS = {
    "not decorated": lambda tf: _slim(tf).arg_scope([tf.nn.relu], a=1).__enter__(),
    "scope with arguments": lambda tf: _slim(tf).arg_scope({}, a=1).__enter__(),
    "no list": lambda tf: _slim(tf).arg_scope(5, a=1).__enter__(),
    "argument twice": lambda tf: _slim(tf).fully_connected(tf.zeros([2, 3]), 2, num_outputs=3),
    "unknown argument": lambda tf: _slim(tf).fully_connected(tf.zeros([2, 3]), 2, foo=3),
    "outputs of a fraction": lambda tf: _slim(tf).fully_connected(tf.zeros([2, 3]), 2.5),
    "rank": lambda tf: _slim(tf).conv2d(tf.zeros([2, 3]), 2, 3),
    "data format": lambda tf: _slim(tf).conv2d(tf.zeros([2, 4, 4, 3]), 2, 3, data_format="foo"),
    "format of pooling": lambda tf: _slim(tf).max_pool2d(tf.zeros([2, 4, 4, 3]), 2, data_format="foo"),
    "format of batch norm": lambda tf: _slim(tf).batch_norm(tf.zeros([2, 4]), data_format="foo"),
    "unknown channels": lambda tf: _slim(tf).batch_norm(tf.placeholder(tf.float32, [2, None])),
    "negative scale": lambda tf: _slim(tf).l2_regularizer(-1.0),
    "whole scale": lambda tf: _slim(tf).l1_regularizer(2),
    "nothing to regularize": lambda tf: _slim(tf).apply_regularization(_slim(tf).l2_regularizer(0.1)),
    "unknown last dimension": lambda tf: _slim(tf).utils.last_dimension(tf.TensorShape([2, None])),
    "not two": lambda tf: _slim(tf).utils.two_element_tuple("a"),
    "no such variable": lambda tf: _slim(tf).get_unique_variable("zz"),
    "stack of a number": lambda tf: _slim(tf).stack(tf.zeros([2, 3]), _slim(tf).fully_connected, 3),
    "name twice": lambda tf: [_slim(tf).fully_connected(tf.zeros([2, 3]), 2, scope="a") for _ in range(2)],
    "axes of layer norm": lambda tf: tf.contrib.layers.layer_norm(tf.zeros([2, 3]), begin_norm_axis=2),
}

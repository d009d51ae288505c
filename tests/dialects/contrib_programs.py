"""Further programs of `tf.contrib.layers` and `tf.contrib.framework`: run under TensorFlow 1.15 by `golden/record_layers.py`."""

import os
import tempfile

import numpy as np

try:
    from layer_programs import data, image
except ImportError:  # beside the tests, not by itself
    from tests.dialects.layer_programs import data, image


def rearranged(tf):
    layers = tf.contrib.layers
    x = image(tf)
    sequence = layers.images_to_sequence(x)
    sparse = layers.dense_to_sparse(tf.constant([[1, 0, 2], [0, 0, 3]]))
    return [
        sequence,
        layers.sequence_to_images(sequence, 8),
        layers.sequence_to_images(sequence, 8, output_data_format="channels_first"),
        layers.maxout(tf.constant(data(2, 6)), 3),
        layers.maxout(x, 1, axis=-1),
        layers.unit_norm(x, 3),
        layers.spatial_softmax(x),
        layers.spatial_softmax(x, temperature=0.5, trainable=False, name="fixed"),
        tf.contrib.slim.pool(x, [2, 2], "AVG", stride=2, padding="SAME"),
        sparse.indices,
        sparse.values,
        tf.gradients(layers.scale_gradient(x, tf.constant(3.0)), x)[0],
    ]


def group_norms(tf):
    layers, x = tf.contrib.layers, image(tf, 6)
    turned = tf.transpose(x, [0, 3, 1, 2])
    return [
        layers.instance_norm(x),
        layers.instance_norm(turned, data_format="NCHW", center=False, activation_fn=tf.nn.relu),
        layers.group_norm(x, 3),
        layers.group_norm(turned, 2, channels_axis=-3, reduction_axes=[-2, -1], scale=False),
        layers.group_norm(x, 2, mean_close_to_zero=True, param_initializers={"gamma": tf.constant_initializer(2.0)}),
    ]


def encoded(tf):
    layers, ids = tf.contrib.layers, tf.constant([[1, 2, 2], [3, 3, 0]], tf.int64)
    start = tf.constant_initializer(data(5, 3))
    table = tf.get_variable("table", [5, 2], initializer=tf.constant_initializer(data(5, 2)))
    sparse = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], tf.constant([1, 4, 2], tf.int64), [4, 2])
    return [
        layers.bow_encoder(ids, 5, 3, initializer=tf.ones_initializer()),
        layers.bow_encoder(ids, 5, 3, sparse_lookup=False, initializer=start),
        layers.embed_sequence(ids, 5, 3, initializer=start),
        layers.embed_sequence(ids, 5, 3, unique=True, initializer=start),
        layers.embedding_lookup_unique(table, ids),
        layers.safe_embedding_lookup_sparse([table], sparse),
        layers.safe_embedding_lookup_sparse([table], sparse, combiner="sum", default_id=1),
    ]


def older(tf):
    layers = tf.contrib.layers
    x = layers.legacy_fully_connected(tf.constant(data(2, 3, 4)), 3, activation_fn=tf.nn.relu, name="old")
    regular = layers.legacy_linear(x, 2, weight_regularizer=layers.l2_regularizer(0.5), bias_init=None)
    assert len(tf.get_collection("weights")) == 2 and len(tf.get_collection("activations")) == 2
    return [x, regular, layers.legacy_relu(x, 2), layers.conv2d_in_plane(image(tf), 3, stride=2)]


def divided(tf):
    layers = tf.contrib.layers
    x = layers.gdn(image(tf), name="g")
    return [x, layers.gdn(x, inverse=True, beta_min=0.5), layers.gdn(tf.constant(data(1, 4, 5)), gamma_init=0.3)]


def reversible(tf):
    def f(x):
        return tf.layers.dense(x, 4, kernel_initializer=tf.constant_initializer(0.1), use_bias=False)

    x = [tf.constant(data(3, 4)), tf.constant(data(3, 4) * 2)]
    y = tf.contrib.layers.rev_block(*x, f, [f, tf.nn.relu], num_layers=2)
    again = tf.contrib.layers.recompute_grad(lambda x: tf.nn.relu(f(x)))
    with tf.variable_scope("again", use_resource=True):
        z = again(x[0])
    return [*y, *tf.gradients(y[0] + y[1], x), z, tf.gradients(z, x[0])[0]]


def renorms(tf):
    layers, x = tf.contrib.layers, image(tf)

    def change(shape):
        return tf.random_uniform([shape[-1]], 0.9, 1.1, seed=1), tf.random_uniform([shape[-1]], -0.1, 0.1, seed=2)

    return [
        layers.batch_norm(x, renorm=True, renorm_decay=0.7, scale=True),
        layers.batch_norm(x, renorm=True, renorm_clipping={"rmax": 1.1, "rmin": 0.9, "dmax": 0.1}, is_training=False),
        layers.batch_norm(x, adjustment=change, decay=0.9),
    ]


def weighted(tf):
    layers, x, weights = tf.contrib.layers, tf.constant(data(4, 3)), tf.constant([1.0, 2.0, 0.0, 1.0])
    return [
        layers.batch_norm(x, batch_weights=weights, fused=False, updates_collections=None, decay=0.5),
        layers.batch_norm(x, batch_weights=weights, fused=False, decay=0.5),
    ]


def checks(tf):
    framework = tf.contrib.framework
    unknown = tf.placeholder_with_default(data(2, 3), None)
    squeezed = framework.remove_squeezable_dimensions(tf.constant(data(3, 1)), tf.constant(data(3)))
    return [
        framework.assert_scalar_int(tf.constant(3)),
        framework.with_shape([2, 3], unknown),
        framework.with_same_shape(tf.constant(data(2, 3)), unknown),
        framework.reduce_sum_n([tf.constant(data(2)), tf.constant(data(3))]),
        *squeezed,
        framework.sort(tf.constant(data(5)), direction="DESCENDING"),
        framework.argsort(tf.constant(data(5))),
    ]


def optimized(optimizer, **settings):
    def program(tf):
        tf.train.get_or_create_global_step()
        v = tf.get_variable("v", [3], initializer=tf.constant_initializer(data(3)))
        w = tf.get_variable("w", [2, 3], initializer=tf.constant_initializer(data(2, 3)))
        loss = tf.reduce_sum(tf.square(v * 3.0)) + tf.reduce_sum(tf.gather(w, [1, 1]) ** 2)
        made = {k: f(tf) if callable(f) and getattr(f, "of_tf", False) else f for k, f in settings.items()}
        made.setdefault("learning_rate", 0.1)
        step = tf.contrib.layers.optimize_loss(loss, tf.train.get_global_step(), optimizer=optimizer, **made)
        tags = [t.op.name for t in tf.get_collection(tf.GraphKeys.SUMMARIES)]
        return [step, tf.constant(" ".join(tags))]

    return program


def of_tf(fn):
    fn.of_tf = True
    return fn


ALL = ["learning_rate", "loss", "gradients", "gradient_norm", "global_gradient_norm"]
PROGRAMS = {
    "rearranged": rearranged,
    "group norms": group_norms,
    "encoders": encoded,
    "older layers": older,
    "divisive": divided,
    "reversible": reversible,
    "batch norm with renorm": renorms,
    "batch norm with weights": weighted,
    "checks": checks,
    "optimize by name": optimized("SGD"),
    "optimize with clipping": optimized("Adam", clip_gradients=0.5, summaries=ALL),
    "optimize with multipliers": optimized("Momentum", gradient_multipliers={"v": 2.0}, increment_global_step=False),
    "optimize with decay": optimized(
        "Ftrl",
        learning_rate_decay_fn=of_tf(lambda tf: lambda rate, step: tf.train.exponential_decay(rate, step, 1, 0.5)),
        summaries=ALL,
    ),
    "optimize adaptively": optimized(
        "RMSProp",
        clip_gradients=of_tf(lambda tf: tf.contrib.slim.adaptive_clipping_fn(1.0, global_step=tf.train.get_global_step())),
        name="own",
    ),
    "optimize with a class's own": optimized("Adagrad", summaries=[]),
}


def _x(tf, *shape):
    return tf.placeholder(tf.float32, shape)


def _saved(tf):
    """A checkpoint with `a` [2, 3]."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable("a", [2, 3], initializer=tf.zeros_initializer())
        session.run(tf.global_variables_initializer())
        return tf.train.Saver().save(session, os.path.join(tempfile.mkdtemp(), "m"))


def _assign(tf, name, shape, **settings):
    path = _saved(tf)
    return tf.contrib.framework.assign_from_checkpoint(path, {name: tf.get_variable("x", shape)}, **settings)


def _restore(tf, name, shape, **settings):
    path = _saved(tf)
    restore = tf.contrib.framework.assign_from_checkpoint_fn(path, {name: tf.get_variable("x", shape)}, **settings)
    with tf.Session() as session:
        return restore(session)


def _optimize(tf, **settings):
    loss = tf.reduce_sum(tf.get_variable("v", [3]))
    settings = {"learning_rate": 0.1, "global_step": None, "optimizer": "SGD", **settings}
    return tf.contrib.layers.optimize_loss(loss, **settings)


ERRORS = {
    "maxout of five": lambda tf: tf.contrib.layers.maxout(_x(tf, 2, 5), 2),
    "unit norm axis": lambda tf: tf.contrib.layers.unit_norm(_x(tf, 2, 5), 2),
    "format of a sequence": lambda tf: tf.contrib.layers.images_to_sequence(_x(tf, 2, 5, 5, 1), "HWC"),
    "pool of rows": lambda tf: tf.contrib.slim.pool(_x(tf, 2, 5), 2, "MAX"),
    "groups": lambda tf: tf.contrib.layers.group_norm(_x(tf, 2, 5, 5, 6), 4),
    "too many groups": lambda tf: tf.contrib.layers.group_norm(_x(tf, 2, 5, 5, 6), 8),
    "axes of groups": lambda tf: tf.contrib.layers.group_norm(_x(tf, 2, 5, 5, 6), 2, reduction_axes=[-1, -2]),
    "unknown rank": lambda tf: tf.contrib.layers.instance_norm(tf.placeholder(tf.float32)),
    "sparse words": lambda tf: tf.contrib.layers.bow_encoder(tf.SparseTensor([[0, 0]], [1], [1, 1]), 3, 2, sparse_lookup=False),
    "no sizes": lambda tf: tf.contrib.layers.embed_sequence(_x(tf, 2, 3)),
    "legacy rank": lambda tf: tf.contrib.layers.legacy_fully_connected(_x(tf, 2), 3),
    "fused weights": lambda tf: tf.contrib.layers.batch_norm(_x(tf, 2, 3, 3, 2), batch_weights=_x(tf, 2), fused=True),
    "fused renorm": lambda tf: tf.contrib.layers.batch_norm(_x(tf, 2, 3, 3, 2), renorm=True, fused=True),
    "no scalar": lambda tf: tf.contrib.framework.assert_scalar(_x(tf, 2)),
    "no int": lambda tf: tf.contrib.framework.assert_scalar_int(_x(tf)),
    "another shape": lambda tf: tf.contrib.framework.with_shape([2, 2], tf.ones([4])),
    "another shape than": lambda tf: tf.contrib.framework.with_same_shape(tf.ones([2]), tf.ones([3])),
    "nothing to sum": lambda tf: tf.contrib.framework.reduce_sum_n([]),
    "missing variable": lambda tf: _assign(tf, "b", [2]),
    "missing variable ignored": lambda tf: _assign(tf, "b", [2], ignore_missing_vars=True),
    "size of a variable": lambda tf: _assign(tf, "a", [2]),
    "shape of a variable": lambda tf: _assign(tf, "a", [3, 2]),
    "nothing to restore": lambda tf: tf.contrib.framework.assign_from_checkpoint_fn("x", []),
    "missing when restored": lambda tf: _restore(tf, "b", [2]),
    "shape when restored": lambda tf: _restore(tf, "a", [3, 2]),
    "reshaped when restored": lambda tf: _restore(tf, "a", [3, 2], reshape_variables=True),
    "value of nothing": lambda tf: tf.contrib.framework.assign_from_values({"q": np.ones(2)}),
    "two global steps": lambda tf: [tf.contrib.framework.create_global_step() for _ in range(2)],
    "optimizer's name": lambda tf: _optimize(tf, optimizer="SGDD"),
    "no optimizer": lambda tf: _optimize(tf, optimizer=3),
    "no rate": lambda tf: _optimize(tf, learning_rate=None),
    "negative rate": lambda tf: _optimize(tf, learning_rate=-0.1),
    "integer rate": lambda tf: _optimize(tf, learning_rate=1),
    "summary's name": lambda tf: _optimize(tf, summaries=["foo"]),
    "decay without a step": lambda tf: _optimize(tf, learning_rate_decay_fn=lambda r, s: r),
    "clipping": lambda tf: _optimize(tf, clip_gradients="foo"),
    "global step": lambda tf: _optimize(tf, global_step=tf.get_variable("s", [], tf.float32)),
}

"""Graphs that TensorFlow 1.15 and 2.21 write down for Mainstem to read (`tests/golden/record_graphs.py`). For Python 3.7 too."""

import numpy as np


def weights(tf, name, shape, seed, resource):
    start = tf.truncated_normal_initializer(stddev=0.3, seed=seed)
    return tf.get_variable(name, shape, initializer=start, use_resource=resource)


def images():
    return {"x:0": np.random.RandomState(1).rand(4, 8, 8, 3).astype(np.float32), "y:0": np.array([0, 2, 1, 2])}


def conv(tf, resource):
    """Convolution, bias, pooling, dense, softmax."""
    x = tf.placeholder(tf.float32, [None, 8, 8, 3], name="x")
    h = tf.nn.conv2d(x, weights(tf, "w", [3, 3, 3, 4], 1, resource), [1, 1, 1, 1], "SAME")
    h = tf.nn.max_pool(tf.nn.relu(tf.nn.bias_add(h, weights(tf, "b", [4], 2, resource))), [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    h = tf.reshape(h, [tf.shape(h)[0], 64])
    tf.nn.softmax(tf.matmul(h, weights(tf, "out", [64, 3], 3, resource)), name="result")
    return {"x:0": images()["x:0"]}


def mlp(tf, resource):
    """Every common activation, concatenation, slices, clipping, top k, embedding."""
    x = tf.placeholder(tf.float32, [None, 6], name="x")
    ids = tf.placeholder(tf.int32, [None], name="ids")
    h = tf.matmul(x, weights(tf, "w", [6, 4], 1, resource)) + weights(tf, "b", [4], 2, resource)
    acts = (tf.nn.tanh, tf.nn.sigmoid, tf.nn.elu, tf.nn.selu, tf.nn.softplus, tf.nn.softsign, tf.nn.relu6, tf.nn.leaky_relu)
    h = tf.concat([a(h) for a in acts], 1)
    h = tf.concat([h[:, ::2], tf.nn.embedding_lookup(weights(tf, "table", [5, 3], 3, resource), ids)], -1)
    values, indices = tf.nn.top_k(tf.clip_by_value(h, -0.9, 0.9), 5)
    h = tf.where(values > 0.5, values, tf.cast(indices, tf.float32)) / tf.norm(values, axis=1, keepdims=True)
    tf.identity(tf.stack([h, tf.cumsum(tf.transpose(tf.transpose(h)), 1)]), name="result")
    rng = np.random.RandomState(2)
    return {"x:0": rng.randn(3, 6).astype(np.float32), "ids:0": np.array([4, 0, 4], np.int32)}


def _block(tf, x, resource, training):
    n = int(x.shape[-1])
    h = x
    for i in range(2):
        h = tf.nn.conv2d(h, weights(tf, f"w{i}", [3, 3, n, n], i, resource), [1, 1, 1, 1], "SAME")
        scale, offset = weights(tf, f"g{i}", [n], 7, resource) + 1.0, weights(tf, f"o{i}", [n], 8, resource)
        mean, variance = (None, None) if training else (tf.fill([n], 0.1), tf.fill([n], 0.7))
        h = tf.nn.fused_batch_norm(h, scale, offset, mean, variance, epsilon=1e-3, is_training=training)[0]
        h = tf.nn.relu(h + x if i else h)
    return h


def resnet(tf, resource):
    """A residual block with fused batch normalization, global average."""
    x = tf.placeholder(tf.float32, [None, 8, 8, 3], name="x")
    tf.reduce_mean(_block(tf, x, resource, False), [1, 2], name="result")
    return {"x:0": images()["x:0"]}


def text(tf, resource):
    """String ops."""
    x = tf.placeholder(tf.string, [None], name="x")
    joined = tf.string_join([tf.strings.substr(x, 1, 3), tf.as_string(tf.strings.length(x)), tf.constant("end")], "-")
    clean = tf.strings.regex_replace(joined, "[aeiou]+", "_")
    bucket = tf.as_string(tf.string_to_hash_bucket_fast(clean, 1000), width=5, fill="0")
    tf.identity(tf.reduce_join(tf.stack([clean, bucket, tf.strings.upper(x)]), 0, separator="|"), name="result")
    return {"x:0": np.array([b"hello", b"tensors", b"abcdef"], object)}


def _train(tf, optimizer, resource):
    x, y = tf.placeholder(tf.float32, [None, 8, 8, 3], name="x"), tf.placeholder(tf.int64, [None], name="y")
    h = tf.nn.dropout(tf.nn.avg_pool(_block(tf, x, resource, True), [1, 2, 2, 1], [1, 2, 2, 1], "VALID"), 0.9, seed=4)
    h = tf.nn.bias_add(tf.matmul(tf.reshape(h, [-1, 48]), weights(tf, "out", [48, 3], 3, resource)), tf.fill([3], 0.1))
    h += tf.reduce_max(tf.gather(weights(tf, "table", [5, 3], 5, resource), [0, 3, 0, 1]), 0) * tf.tanh(h)
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=h))
    loss = tf.add_n([loss, 0.01 * tf.add_n([tf.nn.l2_loss(v) for v in tf.trainable_variables()])], name="loss")
    pairs = optimizer.compute_gradients(loss)
    clipped, _ = tf.clip_by_global_norm([g for g, _ in pairs], 1.0)
    optimizer.apply_gradients(list(zip(clipped, [v for _, v in pairs])), tf.train.get_or_create_global_step(), name="train")
    tf.group(tf.global_variables_initializer(), name="start")
    return images()


def train_adam(tf, resource):
    """A training graph: gradients of convolution, normalization, pooling, dropout, gather; Adam."""
    return _train(tf, tf.train.AdamOptimizer(0.01), resource)


def train_momentum(tf, resource):
    """The same with a decaying rate and momentum."""
    rate = tf.train.exponential_decay(0.1, tf.train.get_or_create_global_step(), 2, 0.5)
    return _train(tf, tf.train.MomentumOptimizer(rate, 0.9), resource)


FROZEN = (conv, mlp, resnet, text)
TRAINED = (train_adam, train_momentum)
STEPS = 4


def losses(session, feeds):
    """The losses before each of a few steps of an imported or built training graph."""
    session.run("start")
    return [float(session.run(["loss:0", "train"], feeds)[0]) for _ in range(STEPS)]

"""One training step, written for a graph and for tapes: `record_three_modes.py` runs it under the real TensorFlow 2.

A model is (initial values, loss function of a namespace, its variables and a batch); a batch is made of the number of the step.
"""

import numpy as np

STEPS = 6
RATE = 0.1


def _normal(seed, *shape):
    return (np.random.RandomState(seed).randn(*shape) * 0.4).astype(np.float32)


def perceptron(tf, v, batch):
    h = tf.nn.relu(tf.matmul(batch["x"], v[0]) + v[1])
    h = tf.tanh(tf.matmul(h, v[2]) + v[3])
    logits = tf.matmul(h, v[4]) + v[5]
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=batch["y"], logits=logits))


def conv_net(tf, v, batch):
    image = tf.reshape(batch["x"], [-1, 4, 4, 1])
    h = tf.nn.relu(tf.nn.conv2d(image, v[0], strides=[1, 1, 1, 1], padding="SAME") + v[1])
    h = tf.reduce_max(h, axis=[1, 2])
    norm = tf.reduce_mean(tf.square(h - tf.reduce_mean(h, axis=0, keepdims=True)), axis=0)
    logits = tf.matmul(h * tf.math.rsqrt(norm + 0.5), v[2])
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=batch["y"], logits=logits))
    return loss + 1e-2 * tf.nn.l2_loss(v[0])


def embedding(tf, v, batch):
    rows = tf.reduce_mean(tf.gather(v[0], batch["ids"]), axis=1)
    logits = tf.matmul(rows, v[1])
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=batch["y"], logits=logits))


MODELS = {
    "perceptron": (
        [_normal(1, 16, 12), _normal(2, 12), _normal(3, 12, 8), _normal(4, 8), _normal(5, 8, 3), _normal(6, 3)],
        perceptron,
    ),
    "conv_net": ([_normal(1, 3, 3, 1, 4), _normal(2, 4), _normal(3, 4, 3)], conv_net),
    "embedding": ([_normal(1, 10, 6), _normal(2, 6, 3)], embedding),
}


def batch(step):
    """The arrays of one step."""
    rng = np.random.RandomState(100 + step)
    return {
        "x": rng.randn(6, 16).astype(np.float32),
        "y": np.eye(3, dtype=np.float32)[rng.randint(0, 3, 6)],
        "ids": rng.randint(0, 10, (6, 4)).astype(np.int32),
    }


def eager(tf, name, wrap=lambda f: f, outside=False):
    """(losses, last values) of training with a tape; `wrap` is tf.function or nothing, around the step or (`outside`) the loss."""
    values, loss_of = MODELS[name]
    variables = [tf.Variable(v) for v in values]
    forward = wrap(lambda b: loss_of(tf, variables, b)) if outside else lambda b: loss_of(tf, variables, b)

    def step(b):
        with tf.GradientTape() as tape:
            loss = forward(b)
        for v, g in zip(variables, tape.gradient(loss, variables)):
            if hasattr(g, "indices"):
                v.scatter_sub(type(g)(RATE * g.values, g.indices, g.dense_shape))
            else:
                v.assign_sub(RATE * g)
        return loss

    step = step if outside else wrap(step)
    losses = [float(step({k: tf.constant(a) for k, a in batch(i).items()})) for i in range(STEPS)]
    return losses, [v.numpy() for v in variables]

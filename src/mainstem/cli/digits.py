"""The network and the data of `mainstem train`, written as a TensorFlow 1 program would be."""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import mainstem.v1 as tf
from mainstem.cli import styles


@dataclass
class Split:
    """Images [n, height, width, channels], float32 in 0..1 or uint8, and their classes [n] int64."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.labels)

    def batch(self, step, size, seed):
        """The batch of a training step, the same for the same step and seed: a shuffled pass over the data an epoch.

        Every image is moved by up to one pixel each way: 1257 images are few, and without this the test accuracy stays
        at 98%.
        """
        per_epoch = max(len(self) // size, 1)
        epoch, position = divmod(step, per_epoch)
        order = np.random.default_rng((seed, epoch)).permutation(len(self))
        rows = order[position * size : (position + 1) * size]
        return _moved(self.pixels(rows), np.random.default_rng((seed, epoch, position))), self.labels[rows]

    def pixels(self, rows):
        """Some of the images as float32 in 0..1."""
        images = self.images[rows]
        return images if images.dtype == np.float32 else images.astype(np.float32) / 255


def _moved(images, rng):
    """`images` [n, h, w, 1], each moved by -1, 0 or 1 pixels down and right; zeros come in at the edges."""
    n, height, width, _ = images.shape
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    top, left = rng.integers(0, 3, (2, n))
    rows, columns = top[:, None] + np.arange(height), left[:, None] + np.arange(width)
    return framed[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]


def load(seed=0):
    """Gives (training, validation, test) of scikit-learn's bundled digits: 1257, 180 and 360 images, stratified."""
    digits = load_digits()
    images = (digits.images / 16).astype(np.float32)[..., None]
    labels = digits.target.astype(np.int64)
    rest, test_x, rest_y, test_y = train_test_split(images, labels, test_size=360, stratify=labels, random_state=seed)
    train_x, valid_x, train_y, valid_y = train_test_split(rest, rest_y, test_size=180, stratify=rest_y, random_state=seed)
    return Split(train_x, train_y), Split(valid_x, valid_y), Split(test_x, test_y)


@dataclass
class Network:
    """The tensors and operations that the training loop uses."""

    images: object
    labels: object
    keep_prob: object
    loss: object
    accuracy: object
    train: object
    global_step: object
    summaries: object


def build(learning_rate, steps, shape=(8, 8, 1), classes=10, scores=styles.graph):
    """Builds the network for images of a shape in the default graph: 32 and 64 5x5 filters, 1024 units, dropout, softmax.

    `scores` is the network in one of the dialects (`styles`).
    Adam trains it, its rate falling from `learning_rate` to 0 in `steps` steps along half a cosine.
    """
    images = tf.placeholder(tf.float32, [None, *shape], name="images")
    labels = tf.placeholder(tf.int64, [None], name="labels")
    keep_prob = tf.placeholder_with_default(1.0, [], name="keep_prob")
    logits = scores(images, keep_prob, classes)
    tf.nn.softmax(logits, name="probabilities")
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits), name="cross_entropy")
    accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), labels), tf.float32), name="share_correct")
    step = tf.train.get_or_create_global_step()
    rate = tf.train.cosine_decay(learning_rate, step, steps)
    train = tf.train.AdamOptimizer(rate).minimize(loss, global_step=step)
    # tags are made unique among the names of operations, so no operation may be called like the validation's tags
    for v in tf.trainable_variables():
        if v.shape.ndims > 1:
            tf.summary.histogram(v.op.name, v)
    tf.summary.scalar("loss", loss)
    tf.summary.scalar("accuracy", accuracy)
    tf.summary.scalar("learning_rate", rate)
    tf.summary.image("digits", images, max_outputs=3)
    return Network(images, labels, keep_prob, loss, accuracy, train, step, tf.summary.merge_all())

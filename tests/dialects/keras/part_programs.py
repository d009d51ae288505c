"""Programs on the small parts of `tf.keras`, run under TensorFlow 1.15 by `golden/record_keras_parts.py`: each gives plain values."""

import numpy as np


def plain(value):
    """A value as JSON keeps it."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    return value.tolist() if isinstance(value, np.ndarray) else value


def tried(make):
    """What `make` gives, or the error's type and text."""
    try:
        return plain(make())
    except (TypeError, ValueError) as error:
        return [type(error).__name__, *map(str, error.args)]


_INITIALIZERS = "zero zeros Zeros one ones constant Constant uniform normal random_uniform random_normal truncated_normal"
_INITIALIZERS += " RandomUniform TruncatedNormal identity orthogonal he_normal he_uniform lecun_normal lecun_uniform"
_INITIALIZERS += " glorot_uniform glorot_normal GlorotUniform VarianceScaling nothing"


def initializers(tf):
    """Initializers by name, as dicts."""
    i = tf.keras.initializers
    found = {n: tried(lambda n=n: i.serialize(i.get(n))) for n in _INITIALIZERS.split()}
    found["none"] = i.get(None)
    found["dict"] = i.serialize(i.get({"class_name": "RandomNormal", "config": {"stddev": 2.0}}))
    found["unknown"] = tried(lambda: i.deserialize({"class_name": "Foo", "config": {}}))
    found["number"] = tried(lambda: i.get(3))
    return found


def regularizers(tf):
    """Regularizers by name, and their losses: without the half of `tf.nn.l2_loss`."""
    r = tf.keras.regularizers
    names = ["l1", "l2", "l1_l2", "L1L2", {"class_name": "L1L2", "config": {"l1": 1.0, "l2": 2.0}}]
    found = {str(n): tried(lambda n=n: r.serialize(r.get(n))) for n in names}
    x = tf.constant([3.0, -4.0])
    losses = [r.l1(0.5)(x), r.l2(0.1)(x), r.l1_l2(0.5, 0.1)(x), r.L1L2()(x)]
    found["losses"] = values(tf, losses)
    return found


def values(tf, tensors):
    """The values of tensors in either mode."""
    if tf.executing_eagerly():
        return [plain(t.numpy()) for t in tensors]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return [plain(v) for v in session.run(tensors)]


def constraints(tf):
    """Constraints by name and what they make of matrices."""
    c = tf.keras.constraints
    names = "max_norm MaxNorm maxnorm non_neg nonneg unit_norm min_max_norm radial_constraint NonNeg RadialConstraint foo"
    found = {n: tried(lambda n=n: c.serialize(c.get(n))) for n in names.split()}
    w = tf.constant([[1.0, -2.0], [3.0, 0.1]])
    made = [c.MaxNorm(1.0), c.NonNeg(), c.UnitNorm(axis=1), c.MinMaxNorm(0.5, 1.0, 0.5)]
    squares = [tf.reshape(tf.range(1.0, n * n + 1), [n, n, 1, 1]) for n in (3, 4, 5, 6)]
    found["made"] = values(tf, [*(f(w) for f in made), *(c.RadialConstraint()(s) for s in squares)])
    return found


def activations(tf):
    """Activations by name and their values."""
    a = tf.keras.activations
    names = "relu linear sigmoid hard_sigmoid softmax exponential tanh elu selu softplus softsign leaky_relu"
    found = {n: tried(lambda n=n: a.serialize(a.get(n))) for n in names.split()}
    found["none"], found["of nn"] = a.serialize(a.get(None)), a.serialize(tf.nn.softmax)
    x = tf.constant([[-3.0, -1.0, 0.0], [0.5, 2.0, 7.0]])
    made = [a.get(n)(x) for n in names.split()[:-1]]
    made += [a.relu(x, 0.1), a.relu(x, 0.1, 6.0, 1.0), a.relu(x, 0.0, 6), a.relu(x, threshold=1.0), a.elu(x, 0.5)]
    made += [a.relu(x, max_value=1.5), a.softmax(tf.stack([x, x + x]), axis=1)]
    found["made"], found["number"] = values(tf, made), tried(lambda: a.get(5))
    return found


def custom_objects(tf):
    """Names that programs add."""
    u = tf.keras.utils
    with u.custom_object_scope({"mine": tf.keras.regularizers.L1L2}):
        found = [sorted(u.get_custom_objects()), tried(lambda: tf.keras.initializers.get("mine").get_config())]
    found += [sorted(u.get_custom_objects()), tried(lambda: u.serialize_keras_object(5))]
    found.append(tried(lambda: u.deserialize_keras_object({"a": 1}, {}, None, "thing")))
    found.append(tried(lambda: u.deserialize_keras_object("foo", {}, None, "thing")))
    return found


PROGRAMS = {f.__name__: f for f in (initializers, regularizers, constraints, activations, custom_objects)}

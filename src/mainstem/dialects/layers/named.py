"""Activations and initializers that are given by name."""

from mainstem.ops import math as math_ops
from mainstem.surface import initializers, nn

ACTIVATIONS = {
    "linear": None,
    "relu": nn.relu,
    "elu": nn.elu,
    "selu": nn.selu,
    "softmax": nn.softmax_v1,
    "softplus": nn.softplus,
    "softsign": nn.softsign,
    "sigmoid": math_ops.sigmoid,
    "tanh": math_ops.tanh,
    "exponential": math_ops.exp,
}
INITIALIZERS = {
    "zeros": initializers.Zeros,
    "ones": initializers.Ones,
    "constant": initializers.Constant,
    "random_uniform": initializers.RandomUniform,
    "uniform": initializers.RandomUniform,
    "random_normal": initializers.RandomNormal,
    "normal": initializers.RandomNormal,
    "truncated_normal": initializers.TruncatedNormal,
    "orthogonal": initializers.Orthogonal,
    "identity": initializers.Identity,
    "variance_scaling": initializers.VarianceScaling,
    "glorot_uniform": initializers.GlorotUniform,
    "glorot_normal": initializers.GlorotNormal,
    "he_normal": initializers.he_normal,
    "he_uniform": initializers.he_uniform,
    "lecun_normal": initializers.lecun_normal,
    "lecun_uniform": initializers.lecun_uniform,
}


def _named(value, known, what):
    if not isinstance(value, str):
        return value
    if value not in known:
        raise ValueError(f"Unknown {what}: {value}. Known: {', '.join(sorted(known))}.")
    return known[value]


def activation(value):
    """The function of tensors for a name; a function or None stays. Raises ValueError for an unknown name."""
    return _named(value, ACTIVATIONS, "activation function")


def initializer(value):
    """The initializer for a name or a class; an initializer or None stays. Raises ValueError for an unknown name."""
    value = _named(value, INITIALIZERS, "initializer")
    made = isinstance(value, type) or value in INITIALIZERS.values()
    return value() if made else value

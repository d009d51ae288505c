"""Activations, initializers and other functions as layers take them and tell of them: objects, names, or plain dicts."""

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

_CLASSES = {made.__name__: made for made in vars(initializers).values() if isinstance(made, type)}


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
    """The initializer for a name, a class or a dict of `plain`; an initializer or None stays. Raises ValueError for an unknown name."""
    if isinstance(value, dict):
        kind = _named(value["class_name"], _CLASSES, "initializer")
        return kind.from_config(value["config"])
    value = _named(value, INITIALIZERS, "initializer")
    made = isinstance(value, type) or value in INITIALIZERS.values()
    return value() if made else value


def plain(value, argument):
    """An argument of a layer as `get_config` gives it: functions by name, objects as a dict of their class and arguments.

    Raises ValueError for an object that tells neither.
    """
    if argument == "activation":
        names = [name for name, function in ACTIVATIONS.items() if function is value]
        return names[0] if names else getattr(value, "__name__", value)
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    if callable(value):
        if not hasattr(value, "__name__"):
            raise ValueError("Cannot serialize", value)
        return value.__name__
    return {} if argument == "renorm_clipping" and value is None else value

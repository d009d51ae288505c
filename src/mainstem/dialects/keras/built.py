"""Keras's classes of layers that `tf.layers` has: the same arithmetic, with Keras's base class and Keras's arguments."""

import inspect

from mainstem.dialects.keras import activations, backend, constraints, initializers, regularizers
from mainstem.dialects.keras.layer import Layer


def argument(name, value):
    """What an argument of this name means: functions and objects by name, the data format that is set for None."""
    if name.endswith("_initializer"):
        return initializers.get(value)
    if name.endswith("_regularizer"):
        return regularizers.get(value)
    if name.endswith("_constraint"):
        return constraints.get(value)
    if name in ("activation", "recurrent_activation"):
        return activations.get(value)
    if name == "data_format":
        return backend.image_data_format() if value is None else value
    return value


def phase(training):
    """Whether a layer trains: `training`, or the learning phase where nobody said."""
    return backend.learning_phase() if training is None else training


def arguments_of(function):
    """An initializer that takes `function`'s arguments and looks names up; it sets each as an attribute.

    `function(self, …)` is the initializer itself, called with what was found; its parameters and defaults are the class's.
    """
    signature = inspect.signature(function)

    def __init__(self, *args, **kwargs):
        given = signature.bind(self, *args, **kwargs)
        given.apply_defaults()
        found, more = dict(given.arguments), given.arguments.get("kwargs", {})
        found.pop("kwargs", None)
        function(**{n: argument(n, v) for n, v in found.items()}, **more)

    __init__.__signature__, __init__.__doc__ = signature, function.__doc__
    return __init__


def given(arguments, *without):
    """The arguments of an initializer among its `locals()`, some of them left out."""
    return {n: v for n, v in arguments.items() if n not in ("self", "kwargs", "__class__", *without)}


def on(base, module, without=("trainable", "name"), members=None, **defaults):
    """The class of Keras for a class of `tf.layers`: other defaults, arguments by name, and some arguments only as keywords."""
    known = inspect.signature(base.__init__).parameters.values()
    kept = [p.replace(default=defaults.get(p.name, p.default)) for p in known if p.name not in without]

    def __init__(self, *args, **kwargs):
        base.__init__(self, *args, **kwargs)

    __init__.__signature__ = inspect.Signature(kept)
    own = {"__init__": arguments_of(__init__), "_tells": True, "__doc__": base.__doc__, "__module__": module}
    return type(base.__name__, (base, Layer), {**own, **(members or {})})


FUNCTIONS = {
    "kernel_initializer": "glorot_uniform",
    "bias_initializer": "zeros",
    "depthwise_initializer": "glorot_uniform",
    "pointwise_initializer": "glorot_uniform",
}


def parameters(cls):
    """The names of the parameters of a class's initializer, in order."""
    return list(inspect.signature(cls.__init__).parameters)

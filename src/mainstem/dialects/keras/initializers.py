"""`tf.keras.initializers`: those of `tf.initializers`, with Keras's defaults for the random ones, by name."""

from mainstem.base import dtypes
from mainstem.dialects.keras import objects
from mainstem.surface import initializers
from mainstem.surface.initializers import (
    Constant,
    GlorotNormal,
    GlorotUniform,
    Identity,
    Initializer,
    Ones,
    Orthogonal,
    VarianceScaling,
    Zeros,
    he_normal,
    he_uniform,
    lecun_normal,
    lecun_uniform,
)


class RandomUniform(initializers.RandomUniform):
    """Uniform values in [minval, maxval)."""

    def __init__(self, minval=-0.05, maxval=0.05, seed=None, dtype=dtypes.float32):
        super().__init__(minval=minval, maxval=maxval, seed=seed, dtype=dtype)


class RandomNormal(initializers.RandomNormal):
    """Normal values. Raises ValueError for a type that is not floating."""

    def __init__(self, mean=0.0, stddev=0.05, seed=None, dtype=dtypes.float32):
        super().__init__(mean=mean, stddev=stddev, seed=seed, dtype=dtype)


class TruncatedNormal(initializers.TruncatedNormal):
    """Normal values within two standard deviations of the mean. Raises ValueError for a type that is not floating."""

    def __init__(self, mean=0.0, stddev=0.05, seed=None, dtype=dtypes.float32):
        super().__init__(mean=mean, stddev=stddev, seed=seed, dtype=dtype)


zeros, ones, constant, identity, orthogonal = Zeros, Ones, Constant, Identity, Orthogonal
uniform = random_uniform = RandomUniform
normal = random_normal = RandomNormal
truncated_normal, glorot_uniform, glorot_normal = TruncatedNormal, GlorotUniform, GlorotNormal

_CLASSES = [Constant, GlorotNormal, GlorotUniform, Identity, Initializer, Ones, Orthogonal, RandomNormal, RandomUniform]
_CLASSES += [TruncatedNormal, VarianceScaling, Zeros]
_NAMED = {"zero": Zeros, "zeros": Zeros, "one": Ones, "ones": Ones, "constant": Constant, "identity": Identity}
_NAMED |= {"orthogonal": Orthogonal, "uniform": RandomUniform, "random_uniform": RandomUniform, "normal": RandomNormal}
_NAMED |= {"random_normal": RandomNormal, "truncated_normal": TruncatedNormal}
_NAMED |= {"glorot_uniform": GlorotUniform, "glorot_normal": GlorotNormal}
_MAKERS = {f.__name__: f for f in (he_normal, he_uniform, lecun_normal, lecun_uniform)}
KNOWN = {**{c.__name__: c for c in _CLASSES}, **_NAMED, **_MAKERS}


def serialize(initializer):
    """An initializer as a dict of its class and arguments, a function as its name."""
    return objects.serialize_keras_object(initializer)


def deserialize(config, custom_objects=None):
    """The initializer of `serialize`'s dict or of a name. Raises ValueError for an unknown one."""
    return objects.deserialize_keras_object(config, KNOWN, custom_objects, "initializer")


def get(identifier):
    """The initializer for a name, a dict of `serialize` or a class; other functions of a shape and None stay.

    Raises ValueError for what is unknown.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str) and identifier in _MAKERS and identifier not in objects.get_custom_objects():
        return _MAKERS[identifier]()
    if isinstance(identifier, (dict, str)):
        return deserialize(identifier)
    if callable(identifier):
        return identifier() if isinstance(identifier, type) else identifier
    raise ValueError(f"Could not interpret initializer identifier: {identifier}")

"""TensorFlow 2's initializers of the `tf` namespace: with a seed they give the same values at every call."""

from mainstem.base import dtypes
from mainstem.surface import array, framework, random
from mainstem.surface.initializers import Initializer

_PARTITION = ("partition_shape", "partition_offset")


def _shape_of_part(shape, kwargs):
    for key in kwargs:
        if key not in _PARTITION:
            raise TypeError(f"Keyword argument should be one of {list(_PARTITION)}. Received: {key}")
    return shape if kwargs.get("partition_shape") is None else kwargs["partition_shape"]


def _numeric(dtype):
    dtype = dtypes.as_dtype(dtype)
    if dtype is dtypes.string:
        raise ValueError(f"Argument `dtype` expected to be numeric or boolean. Received {dtype}.")
    return dtype


class ZerosV2(Initializer):
    """All zeros. Raises ValueError for strings."""

    def __call__(self, shape, dtype=dtypes.float32, **kwargs):
        return array.zeros(_shape_of_part(shape, kwargs), _numeric(dtype))


class OnesV2(Initializer):
    """All ones. Raises ValueError for strings."""

    def __call__(self, shape, dtype=dtypes.float32, **kwargs):
        return array.ones(_shape_of_part(shape, kwargs), _numeric(dtype))


class ConstantV2(Initializer):
    """A number everywhere, or the values of a list of as many elements as the shape has; see `tf.constant`."""

    def __init__(self, value=0, support_partition=False):
        self.value, self.support_partition = value, support_partition

    def __call__(self, shape, dtype=None, **kwargs):
        return framework.constant(self.value, dtype=dtype, shape=_shape_of_part(shape, kwargs))

    def get_config(self):
        return {"value": self.value}


class RandomUniformV2(Initializer):
    """Uniform values in [minval, maxval), of a floating or integer type. Raises ValueError for others."""

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        self.minval, self.maxval, self.seed = minval, maxval, seed

    def __call__(self, shape, dtype=dtypes.float32, **kwargs):
        dtype, shape = dtypes.as_dtype(dtype), _shape_of_part(shape, kwargs)
        if not dtype.is_floating and not dtype.is_integer:
            raise ValueError(f"Argument `dtype` expected to be numeric or boolean. Received {dtype}.")
        if self.seed is None:
            return random.random_uniform(shape, self.minval, self.maxval, dtype)
        return random.stateless_uniform(shape, [self.seed, 0], self.minval, self.maxval, dtype)

    def get_config(self):
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed}


class RandomNormalV2(Initializer):
    """Normal values. Raises ValueError for a type that is not floating."""

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def __call__(self, shape, dtype=dtypes.float32, **kwargs):
        dtype, shape = dtypes.as_dtype(dtype), _shape_of_part(shape, kwargs)
        if not dtype.is_floating:
            raise ValueError(f"Argument `dtype` is expected to be floating point. Received: {dtype!r}.")
        if self.seed is None:
            return random.random_normal(shape, self.mean, self.stddev, dtype)
        return random.stateless_normal(shape, [self.seed, 0], self.mean, self.stddev, dtype)

    def get_config(self):
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}

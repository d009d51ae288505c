"""Initializers: objects that make a variable's first value from its shape, with TensorFlow 1.15's ops, names and seeds."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.ops import fill
from mainstem.state import store
from mainstem.surface import framework

_CONSTANT_LIMIT = 1000  # TensorFlow writes fewer elements than this as a Const, more as a Fill


class Initializer:
    """Base of all initializers: `initializer(shape, dtype=None, partition_info=None)` gives a tensor.

    `partition_info` tells, for one part of a partitioned variable, the shape of the whole.
    """

    def __call__(self, shape, dtype=None, partition_info=None):
        raise NotImplementedError(f"{type(self).__name__} must define __call__(shape, dtype, partition_info).")

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {}

    @classmethod
    def from_config(cls, config):
        """Makes an initializer from `get_config()`."""
        return cls(**config)


def _floating(dtype):
    dtype = dtypes.as_dtype(dtype)
    if not dtype.is_floating:
        raise ValueError(f"Expected floating point type, got {dtype}.")
    return dtype


def _filled(shape, dtype, value, name):
    dtype = dtypes.as_dtype(dtype)
    known = shapes.as_tuple(shape)
    with framework.name_scope(name) as scope:
        if np.prod(known, dtype=np.int64) < _CONSTANT_LIMIT:
            return framework.constant_v1(value, dtype=dtype, shape=known, name=scope)
        dims = framework.constant_v1(list(known), dtype=dtypes.int32, name="shape_as_tensor")
        return fill.fill(dims, framework.constant_v1(value, dtype=dtype), name=scope)


class Zeros(Initializer):
    """All zeros (False, or empty strings)."""

    def __init__(self, dtype=dtypes.float32):
        self.dtype = dtypes.as_dtype(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        dtype = self.dtype if dtype is None else dtypes.as_dtype(dtype)
        return _filled(shape, dtype, {dtypes.bool: False, dtypes.string: ""}.get(dtype, 0), "zeros")

    def get_config(self):
        return {"dtype": self.dtype.name}


class Ones(Initializer):
    """All ones."""

    def __init__(self, dtype=dtypes.float32):
        self.dtype = dtypes.as_dtype(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        dtype = self.dtype if dtype is None else dtypes.as_dtype(dtype)
        return _filled(shape, dtype, True if dtype is dtypes.bool else 1, "ones")

    def get_config(self):
        return {"dtype": self.dtype.name}


class Constant(Initializer):
    """A number everywhere, or the elements of a list or array in order, the last one repeated to fill the shape.

    Raises TypeError for another kind of value; when called, ValueError for more elements than the shape has, and, with
    `verify_shape`, TypeError when the shapes differ.
    """

    def __init__(self, value=0, dtype=dtypes.float32, verify_shape=False):
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(
                f"Invalid type for initial value: {type(value)} (expected Python scalar, list or tuple of values, or numpy.ndarray)."
            )
        self.value, self.dtype, self._verify_shape = value, dtypes.as_dtype(dtype), verify_shape

    def __call__(self, shape, dtype=None, partition_info=None, verify_shape=None):
        dtype = self.dtype if dtype is None else dtype
        verify_shape = self._verify_shape if verify_shape is None else verify_shape
        value = self.value
        if isinstance(value, np.ndarray) and dtypes.as_dtype(dtype) is not dtypes.string:
            value = value.astype(dtypes.as_dtype(dtype).np)
        return framework.constant_v1(value, dtype=dtype, shape=shape, verify_shape=verify_shape)

    def get_config(self):
        return {"value": self.value, "dtype": self.dtype.name}


zeros_initializer, ones_initializer, constant_initializer = Zeros, Ones, Constant


store.set_default_initializers(other=Zeros)

"""Initializers: objects that make a variable's first value from its shape, with TensorFlow 1.15's ops, names and seeds."""

import math

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core.registry import lookup
from mainstem.state import store
from mainstem.surface import array, framework, random

_TRUNCATED_STDDEV = 0.87962566103423978  # standard deviation of a normal truncated at two of its own


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


def checked_floating(dtype):
    dtype = dtypes.as_dtype(dtype)
    if not dtype.is_floating:
        raise ValueError(f"Expected floating point type, got {dtype}.")
    return dtype


class Zeros(Initializer):
    """All zeros (False, or empty strings)."""

    def __init__(self, dtype=dtypes.float32):
        self.dtype = dtypes.as_dtype(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        dtype = self.dtype if dtype is None else dtypes.as_dtype(dtype)
        return array.zeros(shape, dtype)

    def get_config(self):
        return {"dtype": self.dtype.name}


class Ones(Initializer):
    """All ones."""

    def __init__(self, dtype=dtypes.float32):
        self.dtype = dtypes.as_dtype(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        dtype = self.dtype if dtype is None else dtypes.as_dtype(dtype)
        return array.ones(shape, dtype)

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


class RandomUniform(Initializer):
    """Uniform values in [minval, maxval); `maxval` defaults to 1 for floating types."""

    def __init__(self, minval=0, maxval=None, seed=None, dtype=dtypes.float32):
        self.minval, self.maxval, self.seed, self.dtype = minval, maxval, seed, dtypes.as_dtype(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        return random.random_uniform(shape, self.minval, self.maxval, self.dtype if dtype is None else dtype, self.seed)

    def get_config(self):
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed, "dtype": self.dtype.name}


class RandomNormal(Initializer):
    """Normal values. Raises ValueError for a type that is not floating."""

    def __init__(self, mean=0.0, stddev=1.0, seed=None, dtype=dtypes.float32):
        self.mean, self.stddev, self.seed, self.dtype = mean, stddev, seed, checked_floating(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        return random.random_normal(shape, self.mean, self.stddev, self.dtype if dtype is None else dtype, self.seed)

    def get_config(self):
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed, "dtype": self.dtype.name}


class TruncatedNormal(Initializer):
    """Normal values within two standard deviations of the mean. Raises ValueError for a type that is not floating."""

    def __init__(self, mean=0.0, stddev=1.0, seed=None, dtype=dtypes.float32):
        self.mean, self.stddev, self.seed, self.dtype = mean, stddev, seed, checked_floating(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        return random.truncated_normal(shape, self.mean, self.stddev, self.dtype if dtype is None else dtype, self.seed)

    def get_config(self):
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed, "dtype": self.dtype.name}


def _whole(shape, partition_info):
    """The shape that decides the scale: of the whole variable, when this is one part of it."""
    return list(shapes.as_tuple(shape)) if partition_info is None else partition_info.full_shape


class UniformUnitScaling(Initializer):
    """Uniform values whose bound, `factor * sqrt(3 / inputs)`, keeps the scale of what a linear layer passes on."""

    def __init__(self, factor=1.0, seed=None, dtype=dtypes.float32):
        self.factor, self.seed, self.dtype = factor, seed, checked_floating(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        inputs = max(1.0, math.prod(float(d) for d in _whole(shape, partition_info)[:-1]))
        bound = math.sqrt(3 / inputs) * self.factor
        return random.random_uniform(shape, -bound, bound, self.dtype if dtype is None else dtype, seed=self.seed)

    def get_config(self):
        return {"factor": self.factor, "seed": self.seed, "dtype": self.dtype.name}


def fans(shape):
    """Gives (fan in, fan out) of a weight of `shape`: a vector, a matrix [in, out] or a kernel [.., in, out]."""
    if not shape:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


class VarianceScaling(Initializer):
    """Values of variance `scale / n`, n being the fan in, the fan out or their mean.

    `distribution` is "truncated_normal" (also "normal"), "untruncated_normal" or "uniform".
    Raises ValueError for other modes and distributions and for a scale that is not positive.
    """

    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None, dtype=dtypes.float32):
        if scale <= 0.0:
            raise ValueError(f"`scale` must be positive float. Got {scale}.")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(f"Invalid `mode` argument: {mode!r}. It is one of 'fan_in', 'fan_out', 'fan_avg'.")
        distribution = distribution.lower()
        if distribution not in ("normal", "uniform", "truncated_normal", "untruncated_normal"):
            raise ValueError(
                f"Invalid `distribution` argument: {distribution!r}. It is one of 'truncated_normal', 'untruncated_normal', 'uniform'."
            )
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.seed, self.dtype = seed, checked_floating(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        dtype = self.dtype if dtype is None else dtype
        fan_in, fan_out = fans(_whole(shape, partition_info))
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        scale = self.scale / max(1.0, n)
        if self.distribution == "uniform":
            bound = math.sqrt(3.0 * scale)
            return random.random_uniform(shape, -bound, bound, dtype, seed=self.seed)
        if self.distribution == "untruncated_normal":
            return random.random_normal(shape, 0.0, math.sqrt(scale), dtype, seed=self.seed)
        return random.truncated_normal(shape, 0.0, math.sqrt(scale) / _TRUNCATED_STDDEV, dtype, seed=self.seed)

    def get_config(self):
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


class Orthogonal(Initializer):
    """A matrix with orthonormal rows or columns (Saxe et al., arXiv:1312.6120) times `gain`; kernels as [.., last] matrices.

    Raises ValueError, when called, for fewer than two dimensions.
    """

    def __init__(self, gain=1.0, seed=None, dtype=dtypes.float32):
        self.gain, self.seed, self.dtype = gain, seed, checked_floating(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        dtype = self.dtype if dtype is None else dtype
        shape = list(shapes.as_tuple(shape))
        if len(shape) < 2:
            raise ValueError(f"The tensor to initialize must be at least two-dimensional. Got shape {shape}.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        drawn = random.random_normal([max(rows, columns), min(rows, columns)], dtype=dtype, seed=self.seed)
        q, r = lookup("Qr")(drawn, full_matrices=False)
        # the signs of R's diagonal make Q unique, and so uniformly distributed
        q = lookup("Mul")(q, lookup("Sign")(lookup("DiagPart")(r)), name="mul")
        if rows < columns:
            with framework.name_scope("matrix_transpose"):
                q = array.transpose_v1(q, perm=[1, 0])
        return lookup("Mul")(self.gain, array.reshape(q, shape), name="mul")

    def get_config(self):
        return {"gain": self.gain, "seed": self.seed, "dtype": self.dtype.name}


class Identity(Initializer):
    """The identity matrix times `gain`. Raises ValueError, when called, for shapes that are not of two dimensions."""

    def __init__(self, gain=1.0, dtype=dtypes.float32):
        self.gain, self.dtype = gain, checked_floating(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        dtype = dtypes.as_dtype(self.dtype if dtype is None else dtype)
        whole = _whole(shape, partition_info)
        if len(whole) != 2:
            raise ValueError(f"Identity matrix initializer can only be used for 2D matrices. Got shape {whole}.")
        made = _eye(*whole, dtype)
        if partition_info is not None:
            made = lookup("Slice")(made, partition_info.var_offset, list(shapes.as_tuple(shape)))
        return lookup("Mul")(self.gain, made, name="mul")

    def get_config(self):
        return {"gain": self.gain, "dtype": self.dtype.name}


def _eye(rows, columns, dtype):
    with framework.name_scope("eye"):
        diagonal = array.ones([min(rows, columns)], dtype)
        if rows == columns:
            return lookup("MatrixDiag")(diagonal, name="diag")
        return lookup("MatrixSetDiag")(array.zeros([rows, columns], dtype), diagonal, name="set_diag")


class GlorotUniform(VarianceScaling):
    """Uniform in ±sqrt(6 / (fan in + fan out)) (Glorot and Bengio, 2010); what `get_variable` uses by default."""

    def __init__(self, seed=None, dtype=dtypes.float32):
        super().__init__(1.0, "fan_avg", "uniform", seed, dtype)

    def get_config(self):
        return {"seed": self.seed, "dtype": self.dtype.name}


class GlorotNormal(VarianceScaling):
    """Truncated normal of variance 2 / (fan in + fan out) (Glorot and Bengio, 2010)."""

    def __init__(self, seed=None, dtype=dtypes.float32):
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, dtype)

    def get_config(self):
        return {"seed": self.seed, "dtype": self.dtype.name}


def lecun_normal(seed=None):
    """Truncated normal of variance 1 / fan in."""
    return VarianceScaling(1.0, "fan_in", "truncated_normal", seed)


def lecun_uniform(seed=None):
    """Uniform of variance 1 / fan in."""
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


def he_normal(seed=None):
    """Truncated normal of variance 2 / fan in (He et al., arXiv:1502.01852)."""
    return VarianceScaling(2.0, "fan_in", "truncated_normal", seed)


def he_uniform(seed=None):
    """Uniform of variance 2 / fan in (He et al., arXiv:1502.01852)."""
    return VarianceScaling(2.0, "fan_in", "uniform", seed)


zeros_initializer, ones_initializer, constant_initializer = Zeros, Ones, Constant
random_uniform_initializer, random_normal_initializer = RandomUniform, RandomNormal
truncated_normal_initializer, uniform_unit_scaling_initializer = TruncatedNormal, UniformUnitScaling
variance_scaling_initializer, orthogonal_initializer, identity_initializer = VarianceScaling, Orthogonal, Identity
glorot_uniform_initializer, glorot_normal_initializer = GlorotUniform, GlorotNormal

store.set_default_initializers(floating=GlorotUniform, other=Zeros)

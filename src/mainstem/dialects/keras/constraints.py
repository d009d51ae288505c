"""`tf.keras.constraints`: what a variable becomes after an optimizer's step."""

from mainstem.base import shapes
from mainstem.dialects.keras import objects
from mainstem.ops import math as math_ops
from mainstem.surface import array, clip, index, math, reduce

_EPSILON = 1e-7


class Constraint:
    """The base: `constraint(w)` gives the value that a variable takes; here `w` itself."""

    def __call__(self, w):
        return w

    def get_config(self):
        """The arguments as a dict."""
        return {}


def _norms(w, axis):
    return math.sqrt(reduce.reduce_sum_v1(math.square(w), axis=axis, keepdims=True))


class MaxNorm(Constraint):
    """Vectors along `axis` get a norm of at most `max_value`."""

    def __init__(self, max_value=2, axis=0):
        self.max_value, self.axis = max_value, axis

    def __call__(self, w):
        norms = _norms(w, self.axis)
        return w * (clip.clip_by_value(norms, 0.0, float(self.max_value)) / (norms + _EPSILON))

    def get_config(self):
        """The arguments as a dict."""
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """Negative entries become 0."""

    def __call__(self, w):
        return w * math.cast(math_ops.greater_equal(w, 0.0), w.dtype.base_dtype)


class UnitNorm(Constraint):
    """Vectors along `axis` get the norm 1."""

    def __init__(self, axis=0):
        self.axis = axis

    def __call__(self, w):
        return w / (_norms(w, self.axis) + _EPSILON)

    def get_config(self):
        """The arguments as a dict."""
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Norms along `axis` go towards [min_value, max_value], the whole way where `rate` is 1."""

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w):
        norms = _norms(w, self.axis)
        inside = clip.clip_by_value(norms, float(self.min_value), float(self.max_value))
        return w * ((self.rate * inside + (1 - self.rate) * norms) / (_EPSILON + norms))

    def get_config(self):
        """The arguments as a dict."""
        return {"min_value": self.min_value, "max_value": self.max_value, "rate": self.rate, "axis": self.axis}


class RadialConstraint(Constraint):
    """Square kernels [h, h, in, out] become the same on every ring around their middle, each with a value of the diagonal.

    Raises ValueError for another rank or another height than width.
    """

    def __call__(self, w):
        known = shapes.as_tuple(w.shape)
        if known is None or len(known) != 4:
            raise ValueError(f"The weight tensor must be of rank 4, but is of shape {w.shape}")
        size, width, *rest = known
        if size != width:
            raise ValueError(f"The weight tensor must have as many rows as columns, but is of shape {w.shape}")
        rows = array.reshape(w, (size * size, *rest))
        return array.reshape(index.gather_v1(rows, [p * size + p for p in _diagonal_places(size)]), known)


def _diagonal_places(size):
    """For each place of a square, row by row, the place on the diagonal whose value its ring takes."""
    middle, even = (size - 1) / 2, size % 2 == 0
    for row in range(size):
        for column in range(size):
            ring = int(max(abs(row - middle), abs(column - middle)))
            yield size // 2 + ring - (0 if even and ring else 1)


max_norm, non_neg, unit_norm, min_max_norm, radial_constraint = MaxNorm, NonNeg, UnitNorm, MinMaxNorm, RadialConstraint
maxnorm, nonneg, unitnorm = MaxNorm, NonNeg, UnitNorm
KNOWN = {n: v for n, v in dict(globals()).items() if isinstance(v, type)}


def serialize(constraint):
    """A constraint as a dict of its class and arguments, a function as its name."""
    return objects.serialize_keras_object(constraint)


def deserialize(config, custom_objects=None):
    """The constraint of `serialize`'s dict or of a name. Raises ValueError for an unknown one."""
    return objects.deserialize_keras_object(config, KNOWN, custom_objects, "constraint")


def get(identifier):
    """The constraint for a name or a dict of `serialize`; functions of a tensor and None stay.

    Raises ValueError for what is unknown.
    """
    if identifier is None:
        return None
    if isinstance(identifier, (dict, str)):
        return deserialize({"class_name": identifier, "config": {}} if isinstance(identifier, str) else identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret constraint identifier: {identifier}")

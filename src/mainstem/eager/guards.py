"""What TensorFlow's CPU kernels refuse because of values, and compiled programs cannot: looked at before a call, where it is cheap.

A guard takes the input tensors and gives what is wrong, or None. As on TensorFlow's GPU kernels, nothing is refused where the
values are on another device than the CPU.
"""

import jax
import numpy as np

from mainstem.base import dtypes

LIMIT = 4096  # elements that are looked at


def _known(t):
    """The values as a NumPy array when that costs little, else None."""
    array = t._host if t._host is not None else t._value
    if type(array) is not np.ndarray:
        if array.size > LIMIT or isinstance(array, jax.core.Tracer) or next(iter(array.devices())).platform != "cpu":
            return None
        array = np.asarray(array)
    return array if array.size <= LIMIT else None


def _divisor(inputs):
    if inputs[1]._dtype.is_integer:
        y = _known(inputs[1])
        if y is not None and not y.all():
            return "Integer division by zero"
    return None


def _exponent(inputs):
    if inputs[1]._dtype.is_integer and not inputs[1]._dtype.is_unsigned:
        y = _known(inputs[1])
        if y is not None and y.size and y.min() < 0:
            return "Integers to negative integer powers are not allowed"
    return None


def _indices(axis_input):
    def check(inputs):
        at = _known(inputs[1])
        if at is None or not at.size:
            return None
        params = inputs[0]
        shape = getattr(params._value.value, "shape", None) if params._dtype is dtypes.resource else params._shape
        axis = int(inputs[axis_input]._array()) if axis_input is not None else 0
        if not shape or not -len(shape) <= axis < len(shape):
            return None
        size = shape[axis]
        wrong = (at < 0) | (at >= size)
        if wrong.any():
            place = tuple(int(p[0]) for p in np.nonzero(np.atleast_1d(wrong)))[: at.ndim]
            shown = f"[{','.join(map(str, place))}]" if place else ""
            return f"indices{shown} = {int(at[place])} is not in [0, {size})"
        return None

    return check


GUARDS = {
    "FloorDiv": _divisor, "FloorMod": _divisor, "Mod": _divisor, "TruncateDiv": _divisor, "TruncateMod": _divisor,
    "Div": _divisor, "Pow": _exponent, "Gather": _indices(None), "GatherV2": _indices(2), "ResourceGather": _indices(None),
}  # fmt: skip

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


def _labels(inputs):
    labels, classes = _known(inputs[1]), inputs[0]._shape[-1] if inputs[0]._shape else None
    if labels is None or classes is None or not ((labels < 0) | (labels >= classes)).any():
        return None
    wrong = int(labels[(labels < 0) | (labels >= classes)].reshape(-1)[0])
    shown = " ".join(str(v) for v in labels.reshape(-1)[:20])
    return f"Received a label value of {wrong} which is outside the valid range of [0, {classes}).  Label values: {shown}"


def _places(indices_input, shape_of):
    def check(inputs):
        at, shape = _known(inputs[indices_input]), shape_of(inputs)
        if at is None or shape is None or not at.size or at.ndim < 1 or at.shape[-1] > len(shape):
            return None
        flat = at.reshape(-1, at.shape[-1])
        wrong = ((flat < 0) | (flat >= np.array(shape[: flat.shape[1]]))).any(axis=1)
        if not wrong.any():
            return None
        first = int(np.argmax(wrong))
        place = ",".join(str(v) for v in np.unravel_index(first, at.shape[:-1]))
        found, whole = ", ".join(map(str, flat[first].tolist())), ",".join(map(str, shape))
        return f"indices[{place}] = [{found}] does not index into shape [{whole}]"

    return check


def _depth(inputs):
    depth = _known(inputs[1])
    return f"depth must be non-negative, got: {int(depth)}" if depth is not None and depth.size == 1 and depth < 0 else None


GUARDS = {
    "FloorDiv": _divisor, "FloorMod": _divisor, "Mod": _divisor, "TruncateDiv": _divisor, "TruncateMod": _divisor,
    "Div": _divisor, "Pow": _exponent, "Gather": _indices(None), "GatherV2": _indices(2), "ResourceGather": _indices(None),
    "OneHot": _depth, "SparseSoftmaxCrossEntropyWithLogits": _labels,
    "ScatterNd": _places(0, lambda inputs: tuple(inputs[2]._array().tolist())),
    "TensorScatterUpdate": _places(1, lambda inputs: inputs[0]._shape), "TensorScatterAdd": _places(1, lambda inputs: inputs[0]._shape),
    "TensorScatterSub": _places(1, lambda inputs: inputs[0]._shape),
}  # fmt: skip

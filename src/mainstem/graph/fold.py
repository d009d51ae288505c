"""What a tensor's value is known to be before anything runs: shape arithmetic on constants, as far as it goes."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core import evaluate

_UNKNOWN = object()
DEEPEST = 100


def constant_value(tensor, depth=0):
    """Gives the value of `tensor` as a NumPy array when constants and static shapes determine it, else None.

    Looks `DEEPEST` operations back: shape arithmetic is short, a long chain of integers is data.
    """
    known = tensor._constant
    if known is None and not tensor._is_eager:
        known = _compute(tensor, depth) if depth < DEEPEST else _UNKNOWN
        if known is not _UNKNOWN:  # unknown is not remembered: set_shape may make it known later
            tensor._constant = known
    return None if known is _UNKNOWN else known


def _compute(tensor, depth):
    op = tensor.op
    kind = op.type
    if kind == "Const":
        return op.attrs["value"]
    if kind in ("Shape", "Size", "Rank"):
        return _of_shape(kind, op)
    if op.definition.fold is None:
        return _UNKNOWN
    if kind == "StridedSlice" and tensor._shape == ():
        n = _element(op)  # one entry of a shape that is only partly known
        if n is not None:
            return np.asarray(n, tensor.dtype.as_numpy_dtype)
    values = []
    for t in op.inputs:
        v = constant_value(t, depth + 1)
        if v is None:
            return _UNKNOWN
        values.append(v)
    args = evaluate.group(op.definition, values, op.attrs)
    result = op.definition.fold(*args, **evaluate.kernel_attrs(op.definition, op.attrs))
    outs = evaluate.flatten(op.definition, result)
    return np.asarray(outs[tensor.value_index], dtype=tensor.dtype.as_numpy_dtype)


def _of_shape(kind, op):
    shape = op.inputs[0]._shape
    out = op.outputs[0].dtype.as_numpy_dtype
    if kind == "Rank":
        return _UNKNOWN if shape is None else np.asarray(len(shape), np.int32)
    if not shapes.known(shape):
        return _UNKNOWN
    return np.asarray(shape if kind == "Shape" else int(np.prod(shape, dtype=np.int64)), out)


def partial_shape(tensor):
    """Gives a 1-D integer tensor's value as a tuple with None for unknown entries (-1 reads as None), or None."""
    value = constant_value(tensor)
    if value is not None:
        return tuple(int(d) if d >= 0 else None for d in value.reshape(-1).tolist())
    if tensor._is_eager:
        return None
    op = tensor.op
    if op.type == "Shape":
        return op.inputs[0]._shape
    if op.type in ("Cast", "Identity"):
        return partial_shape(op.inputs[0])
    if op.type == "Slice":
        return _part(op)
    if op.type == "Pack":
        return tuple(_entry(t) for t in op.inputs)
    if op.type == "ConcatV2":
        parts = [partial_shape(t) for t in op.inputs[:-1]]
        return None if None in parts else sum(parts, ())
    if op.type == "StridedSlice":
        return _sliced(op)
    return None


def _entry(t):
    value = constant_value(t)
    if value is not None:
        n = int(value.reshape(-1)[0])
        return n if n >= 0 else None
    return None


def _element(op):
    """The entry of a shape that `shape[index]` picks, or None."""
    if op.inputs[0]._shape is None or len(op.inputs[0]._shape) != 1 or op.inputs[0].dtype.base_dtype not in dtypes.INDEX:
        return None
    index = constant_value(op.inputs[1])
    if index is None or index.size != 1 or not op.attrs["shrink_axis_mask"] & 1:
        return None
    whole, i = partial_shape(op.inputs[0]), int(index.reshape(-1)[0])
    if whole is None or not -len(whole) <= i < len(whole):
        return None
    return whole[i]


def _part(op):
    whole, begin, size = partial_shape(op.inputs[0]), constant_value(op.inputs[1]), constant_value(op.inputs[2])
    if whole is None or begin is None or size is None or begin.size != 1:
        return None
    b, n = int(begin.reshape(-1)[0]), int(size.reshape(-1)[0])
    return whole[b:] if n == -1 else whole[b : b + n]


def _sliced(op):
    whole = partial_shape(op.inputs[0])
    begin, end, step = (constant_value(t) for t in op.inputs[1:4])
    plain = not (op.attrs["new_axis_mask"] or op.attrs["ellipsis_mask"] or op.attrs["shrink_axis_mask"])
    if whole is None or begin is None or end is None or step is None or begin.size != 1 or not plain:
        return None
    b = None if op.attrs["begin_mask"] & 1 else int(begin[0])
    e = None if op.attrs["end_mask"] & 1 else int(end[0])
    return tuple(whole[b : e : int(step[0])])

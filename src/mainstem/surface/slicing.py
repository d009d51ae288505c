"""`tensor[...]`, `slice` and `strided_slice`."""

import sys

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core import registry
from mainstem.graph.tensor import Tensor
from mainstem.ops import math as math_ops
from mainstem.ops import slicing
from mainstem.surface import array
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.masking import boolean_mask_v1

_NOT_AN_INDEX = (
    "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tf.int32/tf.int64 tensors are valid "
    "indices, got {!r}"
)


def _check_index(i):
    if isinstance(i, (int, np.integer, shapes.Dimension)):
        return
    dtype = getattr(i, "dtype", None)
    shape = shapes.as_tuple(getattr(i, "shape", ()))
    if dtype is None or dtypes.as_dtype(dtype).base_dtype not in dtypes.INDEX or (shape is not None and len(shape) == 1):
        raise TypeError(_NOT_AN_INDEX.format(i))


def _is_mask(spec):
    if isinstance(spec, (bool, np.bool_)):
        return True
    dtype = getattr(spec, "dtype", None)
    return dtype is not None and dtype in (dtypes.bool, np.bool_)


def _next(i):
    return math_ops.add(i, 1, name="add") if isinstance(i, Tensor) or hasattr(i, "_as_graph_tensor") else i + 1


class _Spec:
    """The vectors and masks of a StridedSlice, grown by one entry an index."""

    def __init__(self):
        self.begin, self.end, self.strides = [], [], []
        self.masks = dict.fromkeys(("begin_mask", "end_mask", "shrink_axis_mask", "new_axis_mask", "ellipsis_mask"), 0)

    def add(self, begin, end, stride=1, *masks):
        for mask in masks:
            self.masks[mask] |= 1 << len(self.begin)
        self.begin.append(begin)
        self.end.append(end)
        self.strides.append(stride)

    def add_slice(self, s):
        masks = []
        for part, mask in ((s.start, "begin_mask"), (s.stop, "end_mask")):
            # Python 2 style slicing passes sys.maxsize for a missing end
            if part is None or (isinstance(part, int) and part == sys.maxsize):
                masks.append(mask)
            else:
                _check_index(part)
        if s.step is not None:
            _check_index(s.step)
        self.add(
            0 if "begin_mask" in masks else s.start,
            0 if "end_mask" in masks else s.stop,
            1 if s.step is None else s.step,
            *masks,
        )

    def add_any(self, s):
        if isinstance(s, slice):
            self.add_slice(s)
        elif s is Ellipsis:
            self.add(0, 0, 1, "ellipsis_mask")
        elif s is None:
            self.add(0, 0, 1, "new_axis_mask")
        else:
            _check_index(s)
            self.add(s, _next(s), 1, "shrink_axis_mask")


def slice_helper(tensor, slice_spec, var=None):
    """`tensor[slice_spec]`: integers, slices, scalar integer tensors, `...`, None, or one boolean mask.

    Raises TypeError for any other index, ValueError for too many or one out of range. The result of slicing a variable has a
    method `assign`.
    """
    if _is_mask(slice_spec):
        return boolean_mask_v1(tensor, slice_spec)
    spec = _Spec()
    for s in slice_spec if isinstance(slice_spec, (list, tuple)) else [slice_spec]:
        spec.add_any(s)
    with name_scope(None, "strided_slice", [tensor]) as name:
        if spec.begin:
            vectors = [array.stack([_plain(v) for v in part]) for part in (spec.begin, spec.end, spec.strides)]
            if any(v.dtype.base_dtype is dtypes.int64 for v in vectors):
                vectors = [
                    v if v.dtype.base_dtype is dtypes.int64 else math_ops.cast(v, DstT=dtypes.int64, name="Cast")
                    for v in vectors
                ]
        else:
            vectors = [convert_to_tensor(np.zeros(0, np.int32))] * 3
        return strided_slice(tensor, *vectors, var=var, name=name, **spec.masks)


def _plain(i):
    return i.value if isinstance(i, shapes.Dimension) else int(i) if isinstance(i, np.integer) else i


def slice_variable(var, slice_spec):
    """`variable[slice_spec]`; the result's method `assign(value)` changes that part of the variable."""
    return slice_helper(var.value(), slice_spec, var)


def strided_slice(
    input_,
    begin,
    end,
    strides=None,
    begin_mask=0,
    end_mask=0,
    ellipsis_mask=0,
    new_axis_mask=0,
    shrink_axis_mask=0,
    var=None,
    name=None,
):
    """`input_[begin:end:strides]` in every dimension that the index vectors name.

    Bits of the masks, one an entry: leave out begin or end; `...`; a new dimension of 1; a single index that drops its dimension.
    """
    if strides is None:
        strides = array.ones_like_v1(begin)
    masks = {
        "begin_mask": begin_mask,
        "end_mask": end_mask,
        "ellipsis_mask": ellipsis_mask,
        "new_axis_mask": new_axis_mask,
        "shrink_axis_mask": shrink_axis_mask,
    }
    out = slicing.strided_slice(input_, begin, end, strides, name=name, **masks)
    parent = name

    def assign(val, name=None):
        if var is None:
            raise ValueError("Sliced assignment is only supported for variables")
        return _assign(
            var, begin, end, strides, val, masks, name if name is not None else f"{parent or 'strided_slice/'}_assign"
        )

    if isinstance(out, Tensor):
        out.assign = assign
    return out


def _assign(var, begin, end, strides, value, masks, name):
    if hasattr(var, "handle"):
        value = convert_to_tensor(value, dtype=var.dtype.base_dtype)
        made = registry.lookup("ResourceStridedSliceAssign")(var.handle, begin, end, strides, value, name=name, **masks)
        return var._lazy_read(made)
    return slicing.strided_slice_assign(var._ref(), begin, end, strides, value, name=name, **masks)


def slice_(input_, begin, size, name=None):
    """The part of `input_` that starts at `begin` and has shape `size` (-1: up to the end)."""
    return slicing.slice_(input_, begin, size, name=name)


Tensor.__getitem__ = slice_helper

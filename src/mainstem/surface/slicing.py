"""`tensor[...]`, `slice`, `strided_slice` and `boolean_mask`."""

import sys

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core import registry
from mainstem.eager.context import executing_eagerly
from mainstem.eager.tensor import EagerTensor
from mainstem.graph.tensor import Tensor
from mainstem.ops import array as array_ops
from mainstem.ops import index, slicing
from mainstem.ops import math as math_ops
from mainstem.surface import array
from mainstem.surface.framework import convert_to_tensor, name_scope

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
    if type(tensor) is not EagerTensor and var is None and hasattr(tensor, "read_value"):
        tensor, var = tensor.value(), tensor
    if _is_mask(slice_spec):
        return boolean_mask_v1(tensor, slice_spec)
    return _pick(tensor, slice_spec, var)


_SPECS = {}  # indices made of ints: their vectors and masks
_REST = object()


def _index_key(spec):
    """An index of ints as a key, `_REST` for one that has other things in it."""
    kind = type(spec)
    if kind is int:
        return spec
    if kind is slice:
        parts = (spec.start, spec.stop, spec.step)
        return parts if all(p is None or type(p) is int for p in parts) else _REST
    if spec is None or spec is Ellipsis:
        return spec
    return _REST


def _pick_at_once(tensor, slice_spec):
    """`tensor[slice_spec]` of a concrete tensor and an index of ints, whose vectors are kept; else None."""
    if type(slice_spec) is tuple or type(slice_spec) is list:
        key = tuple([_index_key(s) for s in slice_spec])
        if not key or _REST in key:
            return None
    else:
        key = _index_key(slice_spec)
        if key is _REST:
            return None
        key = (key,)
    kept = _SPECS.get(key)
    if kept is None:
        spec = _Spec()
        for s in slice_spec if isinstance(slice_spec, (list, tuple)) else [slice_spec]:
            spec.add_any(s)
        parts = (spec.begin, spec.end, spec.strides)
        if max(max(map(abs, p)) for p in parts) >= 2**31:
            return None
        vectors = [EagerTensor(np.array(p, np.int32), dtypes.int32) for p in parts]
        if len(_SPECS) > 4096:
            _SPECS.clear()
        kept = _SPECS[key] = vectors, {k: v for k, v in spec.masks.items() if v}
    vectors, masks = kept
    return slicing.strided_slice(tensor, *vectors, **masks)


def _pick(tensor, slice_spec, var=None):
    if type(tensor) is EagerTensor and var is None and executing_eagerly():
        made = _pick_at_once(tensor, slice_spec)
        if made is not None:
            return made
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


def boolean_mask_v1(tensor, mask, name="boolean_mask", axis=None):
    """The slices of `tensor` where `mask` is True; the dimensions of `mask` (from `axis` on) become one.

    Raises ValueError for a scalar mask, one of unknown rank, or one that does not fit.
    """
    with name_scope(name, values=[tensor, mask]):
        tensor = convert_to_tensor(tensor, name="tensor")
        mask = convert_to_tensor(mask, name="mask")
        axis = 0 if axis is None else int(array.constant_value(axis))
        have, want = shapes.as_tuple(tensor.shape), shapes.as_tuple(mask.shape)
        if want is None:
            raise ValueError(
                "Number of mask dimensions must be specified, even if some dimensions are None.  E.g. shape=[None] is ok, but "
                "shape=None is not."
            )
        n = len(want)
        if n == 0:
            raise ValueError("mask cannot be scalar.")
        if have is not None and not shapes.compatible(have[axis : axis + n], want):
            raise ValueError(
                f"Shapes {shapes.TensorShape(have[axis : axis + n])} and {shapes.TensorShape(want)} are incompatible"
            )
        middle = registry.lookup("Prod")(_pick(array.shape(tensor), slice(axis, axis + n)), [0])
        before, after = _pick(array.shape(tensor), slice(axis)), _pick(array.shape(tensor), slice(axis + n, None))
        flat = array_ops.reshape(tensor, array.concat([before, [middle], after], 0))
        if have is not None and hasattr(flat, "set_shape"):
            count = have[axis : axis + n]
            joined = None if None in count else int(np.prod(count))
            flat.set_shape((*have[:axis], joined, *have[axis + n :]))
        places = array_ops.squeeze(index.where(array_ops.reshape(mask, [-1])), squeeze_dims=[1])
        return index.gather_v2(flat, places, axis)


def boolean_mask(tensor, mask, axis=None, name="boolean_mask"):
    """The slices of `tensor` where `mask` is True; see `boolean_mask_v1`."""
    return boolean_mask_v1(tensor, mask, name, axis)

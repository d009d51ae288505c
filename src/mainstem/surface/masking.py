"""Masks: `sequence_mask`, `where`, `repeat`."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core import registry
from mainstem.ops import array as array_ops
from mainstem.ops import fill as filling
from mainstem.ops import index
from mainstem.ops import math as math_ops
from mainstem.surface import array
from mainstem.surface.framework import constant_v1, convert_to_tensor, name_scope
from mainstem.surface.slicing import boolean_mask_v1


def sequence_mask(lengths, maxlen=None, dtype=dtypes.bool, name=None):
    """A mask [*lengths.shape, maxlen] that is True for the first `lengths` places; `maxlen` defaults to the greatest length."""
    with name_scope(name, "SequenceMask", [lengths, maxlen]):
        lengths = convert_to_tensor(lengths)
        if maxlen is None:
            axes = list(range(lengths.shape.ndims))
            longest = registry.lookup("Max")(lengths, constant_v1(np.asarray(axes, np.int32)))
            zero = constant_v1(np.zeros((), lengths.dtype.as_numpy_dtype))
            maxlen = math_ops.maximum(zero, longest)
        else:
            maxlen = convert_to_tensor(maxlen)
        if maxlen.shape.ndims not in (0, None):
            raise ValueError("maxlen must be scalar for sequence_mask")
        kind = maxlen.dtype.base_dtype
        zero, one = (constant_v1(np.asarray(i, kind.as_numpy_dtype)) for i in (0, 1))
        row = filling.range_(zero, maxlen, one)
        column = math_ops.cast(array_ops.expand_dims(lengths, -1), DstT=kind)
        made = math_ops.less(row, column)
        dtype = dtypes.as_dtype(dtype)
        return made if dtype is dtypes.bool else math_ops.cast(made, DstT=dtype)


def where_v1(condition, x=None, y=None, name=None):
    """The positions where `condition` is True ([n, rank], int64), or elements of `x` where it is and of `y` elsewhere; a vector
    `condition` selects whole rows. Raises ValueError when only one of `x` and `y` is given.
    """
    if x is None and y is None:
        with name_scope(name, "Where", [condition]) as name:
            return index.where(convert_to_tensor(condition, dtype_hint=dtypes.bool, name="condition"), name=name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return index.select(condition, x, y, name=name)


def where(condition, x=None, y=None, name=None):
    """As `where_v1`, but `condition`, `x` and `y` broadcast as in NumPy."""
    if x is None or y is None:
        return where_v1(condition, x, y, name)
    return index.select_v2(condition, x, y, name=name)


def repeat(input, repeats, axis=None, name=None):
    """Each entry of `input` along `axis` (None: of the flattened input) repeated `repeats` times (a scalar, or one an entry)."""
    if axis is None:
        input, axis = array_ops.reshape(input, [-1]), 0
    with name_scope(name, "Repeat", [input, repeats]):
        input = convert_to_tensor(input, name="input")
        repeats = convert_to_tensor(repeats, name="repeats")
        if repeats.dtype.base_dtype is not dtypes.int32:
            repeats = math_ops.cast(repeats, DstT=dtypes.int32)
        n = input.shape.ndims
        axis = axis % n
        whole = array.shape(input)
        wide = array_ops.expand_dims(input, axis + 1)
        counts = [1] * (n + 1)
        if repeats.shape.ndims == 0 or shapes.as_tuple(repeats.shape) == (1,):
            counts[axis + 1] = array_ops.reshape(repeats, [])
            many = filling.tile(wide, counts)
            return array_ops.reshape(many, array.concat([whole[:axis], [-1], whole[axis + 1 :]], 0))
        longest = math_ops.maximum(0, registry.lookup("Max")(repeats, constant_v1(np.zeros(1, np.int32))))
        mask = sequence_mask(repeats, longest)
        counts[axis + 1] = longest
        return boolean_mask_v1(filling.tile(wide, counts), mask, axis=axis)

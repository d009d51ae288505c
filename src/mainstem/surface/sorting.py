"""`sort` and `argsort`, by TopKV2 as TensorFlow does, and `confusion_matrix`."""

import numpy as np

from mainstem.base import dtypes
from mainstem.graph.fold import constant_value
from mainstem.ops import math as math_ops
from mainstem.ops import nn
from mainstem.surface import array, check, index, math, reduce
from mainstem.surface.framework import control_dependencies, convert_to_tensor, identity, name_scope

UNSIGNED = frozenset((dtypes.uint8, dtypes.uint16, dtypes.uint32, dtypes.uint64))


def _top(values, axis, descending, pick):
    """Output `pick` of TopKV2 over the whole of `axis`, largest first unless turned."""
    values = convert_to_tensor(values)
    axis = convert_to_tensor(axis, name="axis")
    place = int(constant_value(axis)) if not hasattr(axis, "numpy") else int(axis.numpy())
    kind, rank = values.dtype.base_dtype, values.shape.ndims
    if rank is None:
        raise NotImplementedError("sort of a tensor of unknown rank: set_shape it first")
    if not -rank <= place < rank:
        raise ValueError(f"axis must be in the range [{-rank}, {rank}). Got {place}.")
    keys = values if descending else _turned(values, kind)
    moved = place % rank != rank - 1
    order = list(range(rank))
    order[place % rank], order[-1] = rank - 1, place % rank
    if moved:
        keys = array.transpose_v1(keys, order)
    count = array.shape_v1(keys)[-1]
    out = nn.top_k(keys, count, sorted=True)[pick]
    out = array.transpose_v1(out, order) if moved else out
    return out if descending or pick == 1 else _turned(out, kind)


def _turned(x, kind):
    """`x` with its order turned round: negated, mirrored for unsigned types, flipped bitwise for signed integers."""
    if kind in UNSIGNED:
        return math_ops.sub(np.array(kind.max, kind.as_numpy_dtype), x)
    return math_ops.invert(x) if kind.is_integer else math_ops.neg(x)


def _descending(direction):
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"direction should be 'ASCENDING' or 'DESCENDING'. Got {direction!r}.")
    return direction == "DESCENDING"


def sort(values, axis=-1, direction="ASCENDING", name=None):
    """`values` in order along `axis`. Raises ValueError for another `direction` than "ASCENDING" or "DESCENDING"."""
    with name_scope(name, "sort"):
        return _top(values, axis, _descending(direction), 0)


def argsort(values, axis=-1, direction="ASCENDING", stable=False, name=None):
    """The indices (int32) that put `values` in order along `axis`; equal values keep their order."""
    with name_scope(name, "argsort"):
        return _top(values, axis, _descending(direction), 1)


def confusion_matrix_v1(labels, predictions, num_classes=None, dtype=dtypes.int32, name=None, weights=None):
    """How often each label (row) was predicted as each class (column), or the sum of `weights`: [num_classes, num_classes].

    `labels` and `predictions` are vectors of class numbers; `num_classes` defaults to the largest of them plus one.
    """
    with name_scope(name, "confusion_matrix", [predictions, labels]) as name:
        labels = math.cast(_squeezed(convert_to_tensor(labels, name="labels")), dtypes.int64)
        predictions = math.cast(_squeezed(convert_to_tensor(predictions, name="predictions")), dtypes.int64)
        labels = _checked(labels, [check.assert_non_negative(labels, message="`labels` contains negative values")])
        negative = [check.assert_non_negative(predictions, message="`predictions` contains negative values")]
        predictions = _checked(predictions, negative)
        if num_classes is None:
            num_classes = math_ops.add(math_ops.maximum(reduce.reduce_max(predictions), reduce.reduce_max(labels)), 1)
        else:
            num_classes = math.cast(convert_to_tensor(num_classes), dtypes.int64)
            labels = _checked(labels, [check.assert_less(labels, num_classes, message="`labels` out of bound")])
            bound = [check.assert_less(predictions, num_classes, message="`predictions` out of bound")]
            predictions = _checked(predictions, bound)
        values = array.ones_like_v1(predictions, dtype) if weights is None else math.cast(convert_to_tensor(weights), dtype)
        places = array.stack([labels, predictions], axis=1)
        return index.scatter_nd(places, values, array.stack([num_classes, num_classes]))


def _squeezed(x):
    """`x` [n, 1] as [n]."""
    return array.squeeze(x, [-1]) if x.shape.ndims == 2 else x


def _checked(x, checks):
    with control_dependencies(checks):
        return identity(x)


def confusion_matrix(labels, predictions, num_classes=None, weights=None, dtype=dtypes.int32, name=None):
    """As `confusion_matrix_v1`, with the argument order of TensorFlow 2."""
    return confusion_matrix_v1(labels, predictions, num_classes, dtype, name, weights)

"""Clipping by value and by norm; `global_norm`."""

from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.tensor import Tensor
from mainstem.ops import flow, index, nn
from mainstem.ops import math as math_ops
from mainstem.surface import array, math
from mainstem.surface.framework import colocate_with, constant_v1, convert_to_tensor, name_scope
from mainstem.surface.reduce import reduce_sum


def _values(t, name="t"):
    return convert_to_tensor(t.values if isinstance(t, IndexedSlices) else t, name=name)


def _like(t, values):
    """`values` in the form of `t`."""
    return IndexedSlices(values, t.indices, t.dense_shape) if isinstance(t, IndexedSlices) else values


def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    """`t` (a tensor or IndexedSlices) with values outside [clip_value_min, clip_value_max] set to its ends.

    Raises ValueError when the bounds do not broadcast to the shape of `t`.
    """
    with name_scope(name, "clip_by_value", [t, clip_value_min, clip_value_max]) as name:
        values = _values(t)
        below = math_ops.minimum(values, clip_value_max)
        values.shape.assert_is_compatible_with(below.shape)
        clipped = math_ops.maximum(below, clip_value_min, name=name)
        values.shape.assert_is_compatible_with(clipped.shape)
        return _like(t, clipped)


def clip_by_norm(t, clip_norm, axes=None, name=None):
    """`t` scaled down so that its L2 norm over `axes` (default: all) is at most `clip_norm`."""
    with name_scope(name, "clip_by_norm", [t, clip_norm]) as name:
        values = _values(t)
        squared = reduce_sum(values * values, axes, True)
        positive = math_ops.greater(squared, 0)
        # the root of a stand-in 1 keeps the gradient at norm 0 from being NaN
        safe = index.select(positive, squared, array.ones_like_v1(squared))
        size = index.select(positive, math_ops.sqrt(safe), squared)
        scaled = values * clip_norm
        values.shape.assert_is_compatible_with(scaled.shape)
        return _like(t, flow.identity(scaled / math_ops.maximum(size, clip_norm), name=name))


def clip_by_average_norm(t, clip_norm, name=None):
    """`t` scaled down so that its L2 norm divided by its number of elements is at most `clip_norm`."""
    with name_scope(name, "clip_by_average_norm", [t, clip_norm]) as name:
        t = convert_to_tensor(t, name="t")
        count = math.cast(array.size_v1(t), t.dtype)
        inverse = math_ops.rsqrt(reduce_sum(t * t, array.range(array.rank(t))))
        scaled, inverse = t * clip_norm, inverse * count
        scale = math_ops.minimum(inverse, constant_v1(1.0, dtype=t.dtype.base_dtype) / clip_norm)
        return flow.identity(scaled * scale, name=name)


def _sequence(t_list):
    if (
        not hasattr(t_list, "__iter__")
        or isinstance(t_list, (str, dict))
        or hasattr(t_list, "op")
        or isinstance(t_list, Tensor)
    ):
        raise TypeError("t_list should be a sequence")
    return list(t_list)


def global_norm(t_list, name=None):
    """The root of the sum of squares of all elements of a list of tensors or IndexedSlices; None items are skipped.

    Raises TypeError when `t_list` is not a list.
    """
    t_list = _sequence(t_list)
    with name_scope(name, "global_norm", t_list):
        halves = []
        for v in (_values(t, f"t_{i}") for i, t in enumerate(t_list) if t is not None):
            with colocate_with(v):
                halves.append(nn.l2_loss(v))
        half = reduce_sum(array.stack(halves))
        return math_ops.sqrt(half * constant_v1(2.0, dtype=half.dtype), name="global_norm")


def clip_by_global_norm(t_list, clip_norm, use_norm=None, name=None):
    """(tensors scaled down together so that their global norm is at most `clip_norm`, the norm they had).

    `use_norm` replaces the computed norm. A norm that is not finite makes every result NaN, so that the mistake shows.
    Raises TypeError when `t_list` is not a list.
    """
    t_list = _sequence(t_list)
    if use_norm is None:
        use_norm = global_norm(t_list, name)
    with name_scope(name, "clip_by_global_norm", [*t_list, clip_norm]) as name:
        inverse = 1.0 / use_norm
        scale = clip_norm * math_ops.minimum(inverse, constant_v1(1.0, dtype=use_norm.dtype) / clip_norm)
        finite = math_ops.is_finite(use_norm)
        scale = index.select(finite, scale, constant_v1(float("nan"), dtype=use_norm.dtype))
        clipped = []
        for i, t in enumerate(t_list):
            if t is None:
                clipped.append(None)
                continue
            values = _values(t, f"t_{i}")
            with colocate_with(values):
                clipped.append(_like(t, flow.identity(values * scale, name=f"{name}_{i}")))
        return clipped, use_norm

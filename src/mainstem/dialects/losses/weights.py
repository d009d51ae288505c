"""Weights that broadcast to values: each dimension is 1 or the values', or they are a scalar; and shapes that differ by a last 1."""

from mainstem.base import shapes
from mainstem.ops import flow
from mainstem.ops import math as math_ops
from mainstem.surface import array, host, math, reduce
from mainstem.surface.framework import control_dependencies, convert_to_tensor, name_scope

_MISFIT = "weights can not be broadcast to values."


def assert_broadcastable(weights, values):
    """An operation to wait for, after which `weights` are known to broadcast to `values`.

    What is known when the graph is built is checked then: raises ValueError where it cannot fit. What only a run knows raises
    InvalidArgumentError there.
    """
    with name_scope(None, "assert_broadcastable", (weights, values)) as scope:
        weights = convert_to_tensor(weights, name="weights")
        values = convert_to_tensor(values, name="values")
        sizes = []
        for tensor, what in ((weights, "weights"), (values, "values")):
            sizes += [array.shape(tensor, name=f"{what}/shape"), array.rank(tensor, name=f"{what}/rank")]
        have, want = shapes.as_tuple(weights.shape), shapes.as_tuple(values.shape)
        if have == ():
            return flow.no_op(name="static_scalar_check_success")
        if have is not None and want is not None:
            told = f"values.rank={len(want)}. weights.rank={len(have)}. values.shape={values.shape}. weights.shape={weights.shape}."
            if len(have) != len(want):
                raise ValueError(f"{_MISFIT} {told}")
            for i, (h, w) in enumerate(zip(have, want, strict=True)):
                if h not in (1, w) and h is not None and w is not None:
                    raise ValueError(f"{_MISFIT} Mismatch at dim {i}. {told}")
            if None not in have + want:
                return flow.no_op(name="static_dims_check_success")
        return _checked_in_a_run(weights, values, *sizes, scope)


def _checked_in_a_run(weights, values, have, have_rank, want, want_rank, scope):
    """The check as arithmetic on shapes: nothing of it is left in a compiled program but the answer."""
    with name_scope(None, "is_valid_shape"):
        scalar = math_ops.equal(0, have_rank, name="is_scalar")
        filler = array.fill(array.reshape(want_rank, [1]), -1)  # makes weights of lower rank as long as values; no size is -1
        aligned = array.concat([have, filler], 0)[:want_rank]
        fits = reduce.reduce_all(math_ops.logical_or(math_ops.equal(aligned, 1), math_ops.equal(aligned, want)))
        valid = math_ops.logical_or(scalar, math_ops.logical_and(math_ops.equal(have_rank, want_rank), fits))
    names = [getattr(t, "name", "") if not t._is_eager else "" for t in (weights, values)]
    data = [_MISFIT, "weights.shape=", names[0], have, "values.shape=", names[1], want, "is_scalar=", scalar]
    return host.assert_op(valid, data, name=scope)


def broadcast_weights(weights, values):
    """`weights` in the shape of `values`. Raises as `assert_broadcastable` does where they cannot fit."""
    with name_scope(None, "broadcast_weights", (weights, values)) as scope:
        values = convert_to_tensor(values, name="values")
        weights = convert_to_tensor(weights, dtype=values.dtype.base_dtype, name="weights")
        have, want = shapes.as_tuple(weights.shape), shapes.as_tuple(values.shape)
        if have is not None and have == want and None not in have:
            return weights
        with control_dependencies((assert_broadcastable(weights, values),)):
            return math_ops.mul(weights, array.ones_like(values), name=scope)


def remove_squeezable_dimensions(labels, predictions, expected_rank_diff=0, name=None):
    """Labels and predictions, the one that has a last dimension of size 1 more than `expected_rank_diff` tells without it."""
    with name_scope(name, "remove_squeezable_dimensions", [labels, predictions]):
        labels, predictions = convert_to_tensor(labels), convert_to_tensor(predictions)
        have, want = shapes.as_tuple(labels.shape), shapes.as_tuple(predictions.shape)
        if have is not None and want is not None:
            more = len(want) - len(have)
            if more == expected_rank_diff + 1 and want[-1] in (1, None):
                return labels, array.squeeze_v1(predictions, [-1])
            if more == expected_rank_diff - 1 and have[-1] in (1, None):
                return array.squeeze_v1(labels, [-1]), predictions
            return labels, predictions
        more = array.rank(predictions) - array.rank(labels)
        if want is None or want and want[-1] in (1, None):
            predictions = _without_last_if(math_ops.equal(expected_rank_diff + 1, more), predictions)
        if have is None or have and have[-1] in (1, None):
            labels = _without_last_if(math_ops.equal(expected_rank_diff - 1, more), labels)
        return labels, predictions


def _without_last_if(condition, tensor):
    """A reshape that is none, or takes the last dimension away; a shape, not a branch, since its rank is known when a run compiles."""
    return array.reshape(tensor, array.shape(tensor)[: array.rank(tensor) - math.cast(condition, "int32")])


def fit_rank(weights, predictions):
    """Weights with a last dimension of size 1 added or taken away where that gives them the rank of `predictions`."""
    weights = convert_to_tensor(weights)
    have, want = shapes.as_tuple(weights.shape), shapes.as_tuple(predictions.shape)
    if have == ():
        return weights
    if have is not None and want is not None:
        if len(have) - len(want) == 1:
            return array.squeeze_v1(weights, [-1])
        return array.expand_dims_v1(weights, [-1]) if len(want) - len(have) == 1 else weights
    rank = array.rank(weights)
    more = rank - array.rank(predictions)
    by = math.cast(math_ops.equal(more, -1), "int32") - math.cast(math_ops.equal(more, 1), "int32")
    sizes = array.concat([array.shape(weights), [1]], 0)
    by = by * math.cast(math_ops.not_equal(rank, 0), "int32")
    return array.reshape(weights, sizes[: rank + by])

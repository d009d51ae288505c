"""Weights that broadcast to values: each dimension is 1 or the values', or they are a scalar."""

from mainstem.base import shapes
from mainstem.ops import flow
from mainstem.ops import math as math_ops
from mainstem.surface import array
from mainstem.surface.framework import control_dependencies, convert_to_tensor, name_scope


def assert_broadcastable(weights, values):
    """An operation to wait for, after which `weights` are known to broadcast to `values`.

    What is known when the graph is built is checked then: raises ValueError where it cannot fit. Dimensions known only in a
    run are left to the multiplication.
    """
    with name_scope(None, "assert_broadcastable", (weights, values)) as scope:
        weights = convert_to_tensor(weights, name="weights")
        values = convert_to_tensor(values, name="values")
        for tensor, what in ((weights, "weights"), (values, "values")):
            array.shape(tensor, name=f"{what}/shape"), array.rank(tensor, name=f"{what}/rank")  # nodes of TensorFlow's check
        have, want = shapes.as_tuple(weights.shape), shapes.as_tuple(values.shape)
        if have == ():
            return flow.no_op(name="static_scalar_check_success")
        if have is not None and want is not None:
            fits = len(have) == len(want) and all(
                h in (1, w) or h is None or w is None for h, w in zip(have, want, strict=True)
            )
            if not fits:
                raise ValueError(
                    f"weights can not be broadcast to values. values.rank={len(want)}. weights.rank={len(have)}. "
                    f"values.shape={values.shape}. weights.shape={weights.shape}."
                )
            return flow.no_op(name="static_dims_check_success")
        return flow.no_op(name=scope)


def broadcast_weights(weights, values):
    """`weights` in the shape of `values`. Raises ValueError where they cannot fit."""
    with name_scope(None, "broadcast_weights", (weights, values)) as scope:
        values = convert_to_tensor(values, name="values")
        weights = convert_to_tensor(weights, dtype=values.dtype.base_dtype, name="weights")
        have, want = shapes.as_tuple(weights.shape), shapes.as_tuple(values.shape)
        if have is not None and have == want and None not in have:
            return weights
        with control_dependencies((assert_broadcastable(weights, values),)):
            return math_ops.mul(weights, array.ones_like(values), name=scope)

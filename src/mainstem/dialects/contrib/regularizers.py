"""Regularizers of `tf.contrib.layers`: functions from a tensor to a penalty."""

import numbers

from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.ops import math as math_ops
from mainstem.surface import math, nn, reduce
from mainstem.surface.framework import convert_to_tensor, name_scope


def _checked(scale, name="scale"):
    if isinstance(scale, numbers.Integral):
        raise ValueError(f"{name} cannot be an integer: {scale}")
    if isinstance(scale, numbers.Real) and scale < 0.0:
        raise ValueError(f"Setting a scale less than 0 on a regularizer: {scale}.")


def _nothing(_):
    return None


def l1_regularizer(scale, scope=None):
    """Gives `regularizer(w)`: `scale` times the sum of absolute values; None for a scale of 0.

    Raises ValueError for a negative scale or an integer.
    """
    _checked(scale)
    if isinstance(scale, numbers.Real) and scale == 0.0:
        return _nothing

    def l1(weights, name=None):
        with name_scope(scope if name is None else name, "l1_regularizer", [weights]) as full:
            factor = convert_to_tensor(scale, dtype=weights.dtype.base_dtype, name="scale")
            return math_ops.mul(factor, reduce.reduce_sum(math.abs(weights)), name=full)

    return l1


def l2_regularizer(scale, scope=None):
    """Gives `regularizer(w)`: `scale` times half the sum of squares; None for a scale of 0.

    Raises ValueError for a negative scale or an integer.
    """
    _checked(scale)
    if isinstance(scale, numbers.Real) and scale == 0.0:
        return _nothing

    def l2(weights):
        with name_scope(scope, "l2_regularizer", [weights]) as full:
            factor = convert_to_tensor(scale, dtype=weights.dtype.base_dtype, name="scale")
            return math_ops.mul(factor, nn.l2_loss(weights), name=full)

    return l2


def l1_l2_regularizer(scale_l1=1.0, scale_l2=1.0, scope=None):
    """The sum of both regularizers. Raises ValueError for a negative scale or an integer."""
    _checked(scale_l1, "scale_l1"), _checked(scale_l2, "scale_l2")
    scope = scope or "l1_l2_regularizer"
    if scale_l1 == 0.0:
        return l2_regularizer(scale_l2, scope)
    if scale_l2 == 0.0:
        return l1_regularizer(scale_l1, scope)
    return sum_regularizer([l1_regularizer(scale_l1), l2_regularizer(scale_l2)], scope=scope)


def sum_regularizer(regularizer_list, scope=None):
    """Gives the regularizer that adds up several; None when there are none."""
    given = [r for r in regularizer_list if r is not None]
    if not given:
        return None

    def sum_reg(weights):
        with name_scope(scope, "sum_regularizer", [weights]) as full:
            made = [r(weights) for r in given]
            made = [t for t in made if t is not None]
            return reduce.add_n(made, name=full) if made else None

    return sum_reg


def apply_regularization(regularizer, weights_list=None):
    """The sum of `regularizer(w)` over a list (default: `GraphKeys.WEIGHTS`), which joins `GraphKeys.REGULARIZATION_LOSSES`.

    Raises ValueError for an empty list or a penalty that is not a scalar.
    """
    weights = weights_list or get_default_graph().get_collection(GraphKeys.WEIGHTS)
    if not weights:
        raise ValueError("No weights to regularize.")
    with name_scope("get_regularization_penalty", values=weights) as scope:
        made = [regularizer(w) for w in weights]
        made = [convert_to_tensor(p if p is not None else 0.0) for p in made]
        for p in made:
            if p.shape.ndims != 0:
                raise ValueError(f"regularizer must return a scalar Tensor instead of a Tensor with rank {p.shape.ndims}.")
        total = reduce.add_n(made, name=scope)
        get_default_graph().add_to_collection(GraphKeys.REGULARIZATION_LOSSES, total)
        return total

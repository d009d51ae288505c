"""`legacy_fully_connected`: a layer of the first releases, whose variables are called `weights` and `bias`."""

import functools

from mainstem.base import shapes
from mainstem.dialects.contrib.layers import XAVIER, ZEROS
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.surface import array, linalg, nn
from mainstem.surface.framework import convert_to_tensor
from mainstem.surface.variable_scope import get_variable, variable_scope


def legacy_fully_connected(
    x,
    num_output_units,
    activation_fn=None,
    weight_init=XAVIER,
    bias_init=ZEROS,
    name=None,
    weight_collections=(GraphKeys.WEIGHTS,),
    bias_collections=(GraphKeys.BIASES,),
    output_collections=(GraphKeys.ACTIVATIONS,),
    trainable=True,
    weight_regularizer=None,
    bias_regularizer=None,
):
    """activation_fn(x · weights + bias) over the last axis of `x`; no bias where `bias_init` is None.

    Raises ValueError for an `x` of unknown rank, of a rank below 2, or of unknown last dimension.
    """
    with variable_scope(name, "fully_connected", [x]):
        x = convert_to_tensor(x)
        known = shapes.as_tuple(x.shape)
        if known is None:
            raise ValueError("dims of x must be known but is None")
        if len(known) < 2:
            raise ValueError(f"rank of x must be at least 2 not: {len(known)}")
        if known[-1] is None:
            raise ValueError("last dimension of x must be known but is None")

        def made(label, shape, start, collections, regularizer):
            return get_variable(
                label,
                shape=shape,
                dtype=x.dtype.base_dtype,
                initializer=start,
                collections=list(dict.fromkeys([*(collections or ()), GraphKeys.GLOBAL_VARIABLES])),
                regularizer=regularizer,
                trainable=trainable,
            )

        weights = made("weights", [known[-1], num_output_units], weight_init, weight_collections, weight_regularizer)
        y = linalg.matmul_v1(x if len(known) == 2 else array.reshape(x, [-1, known[-1]]), weights)
        if bias_init is not None:
            y = nn.bias_add(y, made("bias", [num_output_units], bias_init, bias_collections, bias_regularizer))
        if len(known) > 2:
            sizes = array.unstack(array.shape_v1(x))
            sizes[-1] = num_output_units
            y = array.reshape(y, array.stack(sizes))
            if not y._is_eager:
                y.set_shape([*known[:-1], num_output_units])
        y = activation_fn(y) if activation_fn else y
        get_default_graph().add_to_collections(list({*(output_collections or ()), GraphKeys.ACTIVATIONS}), y)
        return y


legacy_linear = functools.partial(legacy_fully_connected, activation_fn=None)
legacy_relu = functools.partial(legacy_fully_connected, activation_fn=nn.relu)

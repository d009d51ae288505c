"""Families of ops that share signature and shape rule: an entry of the plain form is one line.

relu = unary("Relu", jax.nn.relu, T=REAL)
add = binary("AddV2", lambda x, y: x + y, T=NUMERIC)
less = compare("Less", lambda x, y: x < y, T=REAL)
"""

from mainstem.base import shapes
from mainstem.core.registry import op


def same_shape(inputs, attrs):
    """Shape rule: the output has the shape of the first input."""
    return [inputs[0].shape]


def broadcast_shape(inputs, attrs):
    """Shape rule: the output has the broadcast of both input shapes."""
    return [shapes.broadcast(inputs[0].shape, inputs[1].shape)]


def scalar_shape(inputs, attrs):
    """Shape rule: every output is a scalar."""
    return [()]


def no_outputs(inputs, attrs):
    """Shape rule of ops that give nothing."""
    return []


def unary(name, fn, signature="T -> T", doc=None, **options):
    """An elementwise op of one tensor `x`; same shape, same dtype unless `signature` says otherwise."""

    def kernel(x):
        return fn(x)

    kernel.__doc__, kernel.__module__, kernel.__name__ = doc or f"Elementwise {name} of `x`.", fn.__module__, name
    return op(name, signature, shape=options.pop("shape", same_shape), **options)(kernel)


def binary(name, fn, signature="T, T -> T", doc=None, **options):
    """An elementwise op of two tensors `x` and `y` that broadcast."""

    def kernel(x, y):
        return fn(x, y)

    kernel.__doc__, kernel.__module__, kernel.__name__ = doc or f"Elementwise {name} of `x` and `y`.", fn.__module__, name
    return op(name, signature, shape=options.pop("shape", broadcast_shape), **options)(kernel)


def compare(name, fn, doc=None, **options):
    """An elementwise comparison of `x` and `y`, giving bool."""
    return binary(name, fn, "T, T -> bool", doc, **options)


def reduced_shape(inputs, attrs):
    """Shape rule of reductions: input 0 reduced over the axes that input 1 holds (`keep_dims` attr)."""
    shape, axes, keep = inputs[0].shape, inputs[1].value(), attrs["keep_dims"]
    if shape is None:
        return [None]
    if axes is None:
        return [(None,) * len(shape) if keep else None]
    drop = set()
    for a in axes.reshape(-1).tolist():
        if not -len(shape) <= a < len(shape):
            raise ValueError(f"Invalid reduction dimension {a} for input with {len(shape)} dimensions.")
        drop.add(a % len(shape))
    if keep:
        return [tuple(1 if i in drop else d for i, d in enumerate(shape))]
    return [tuple(d for i, d in enumerate(shape) if i not in drop)]


def reduction(name, fn, doc=None, signature="T, Tidx -> T", **options):
    """A reduction over the static axes `reduction_indices`; `fn(x, axes, keepdims)`; attr `keep_dims`."""
    from_names = options.pop("input_name", "input")

    def kernel(input, reduction_indices, *, keep_dims=False):
        axes = tuple(int(a) % max(input.ndim, 1) for a in reduction_indices.reshape(-1))
        return fn(input, axes, keep_dims)

    kernel.__doc__ = doc or f"{name} of `{from_names}` over the axes `reduction_indices`."
    kernel.__module__, kernel.__name__ = fn.__module__, name
    return op(name, signature, static=("reduction_indices",), shape=reduced_shape, **options)(kernel)

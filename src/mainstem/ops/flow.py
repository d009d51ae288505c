"""Sources, sinks and pass-through ops: constants, placeholders, identities, no-ops."""

import jax

from mainstem.base import dtypes
from mainstem.core.families import same_shape
from mainstem.core.registry import op


@op("Const", "-> dtype", dtype=dtypes.ANY, shape=lambda inputs, attrs: [attrs["value"].shape])
def const(*, value: "tensor", dtype: "type"):
    """A constant array."""
    return value


@op("Placeholder", "-> dtype", dtype=dtypes.ANY, stateful=True, shape=lambda inputs, attrs: [attrs["shape"]])
def placeholder(*, dtype: "type", shape: "shape" = None):
    """A value that every run must feed."""
    raise AssertionError("a placeholder has no kernel: the session feeds it or reports it")


def _default_shape(inputs, attrs):
    return [attrs["shape"]]


@op("PlaceholderWithDefault", "dtype -> dtype", dtype=dtypes.ANY, shape=_default_shape)
def placeholder_with_default(input, *, shape: "shape"):
    """`input`, unless the run feeds another value."""
    return input


@op("Identity", "T -> T", T=dtypes.ANY, shape=same_shape, fold=lambda x: x)
def identity(input):
    """The same value."""
    return input


@op("StopGradient", "T -> T", T=dtypes.ANY, shape=same_shape, differentiable=False, fold=lambda x: x)
def stop_gradient(input):
    """The same value, constant to gradients."""
    return jax.lax.stop_gradient(input)


@op("PreventGradient", "T -> T", T=dtypes.ANY, shape=same_shape)
def prevent_gradient(input, *, message=""):
    """The same value; asking for its gradient is an error (see `grad.rules`)."""
    return input


@op("IdentityN", "*T -> *T", shape=lambda inputs, attrs: [i.shape for i in inputs])
def identity_n(input):
    """The same values."""
    return input


@op("NoOp", "->", stateful=True)
def no_op():
    """Does nothing: a node to hang control inputs on."""

"""Sources, sinks and pass-through ops: constants, placeholders, identities, no-ops."""

import jax
import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, errors
from mainstem.core import evaluate
from mainstem.core.families import same_shape
from mainstem.core.registry import lookup, op


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


@op("_NotImported", "-> *Tout", host=True, stateful=True, shape=lambda inputs, attrs: [None] * len(attrs["Tout"]))
def not_imported(*, message: "string"):
    """Stands for a node that could not be imported; running it says why."""
    raise errors.UnimplementedError(None, None, message)


@op("NoOp", "->", stateful=True)
def no_op():
    """Does nothing: a node to hang control inputs on."""


def _input_shapes(inputs, attrs):
    return [i.shape for i in inputs[: attrs["_count"]]]


@op("SymbolicGradient", "*Tin -> *Tout", shape=_input_shapes)
def symbolic_gradient(input, *, f: "func", _count: "int", _outputs: "int", _dy: "list(int)", _static: "list(int)", _forward=""):
    """The vector-Jacobian product of op `f` (type, attrs): its `_count` inputs, then the gradients of its outputs `_dy`.

    Gives one gradient an input, zeros where there is none. `_forward` names the operation whose evaluation it may share.
    """
    values = [np.asarray(v) if i in _static else v for i, v in enumerate(input[:_count])]
    _, pull = evaluate.vjp(lookup(f[0]), values, f[1])
    grads = [None] * _outputs
    for i, g in zip(_dy, input[_count:], strict=True):
        grads[i] = g
    return [jax.tree.map(jnp.zeros_like, v) if g is None else g for v, g in zip(values, pull(grads), strict=True)]

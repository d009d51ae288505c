"""Variables: slots that a session holds, and reading and assigning them, in the `ref` and the `resource` spelling.

A kernel gets the values of variable inputs and returns the new ones; who owns which array, `lower` and `run` decide.
"""

import jax.numpy as jnp

from mainstem.base import dtypes, shapes
from mainstem.core.registry import op

ANY = dtypes.DEVICE | {dtypes.string}


def _declared(inputs, attrs):
    return [attrs["shape"]]


@op("VariableV2", "-> ref dtype", dtype=ANY, owner=True, shape=_declared, also=("Variable",))
def variable(*, shape: "shape", dtype: "type", container="", shared_name=""):
    """A variable's slot; it starts without a value."""


@op("TemporaryVariable", "-> ref dtype", dtype=ANY, owner=True, shape=_declared)
def temporary_variable(*, shape: "shape", dtype: "type", var_name=""):
    """A slot that lives as long as it is used; it starts without a value."""


@op("VarHandleOp", "-> resource", dtype=ANY, owner=True, shape=lambda inputs, attrs: [()])
def var_handle(*, container="", shared_name="", dtype: "type", shape: "shape"):
    """A handle to a variable's slot; it starts without a value."""


def _first(inputs, attrs):
    return [inputs[0].shape]


def _assigned(ref, value, **attrs):  # what strings, which live on the host, use
    return value


def _check_assign(inputs, attrs):
    ref, value = inputs
    if attrs.get("validate_shape", True):
        return [shapes.merge(ref.shape, value.shape)]
    return [value.shape]


@op("Assign", "ref T, T -> ref T", T=ANY, writes=("ref",), unread=("ref",), shape=_check_assign, fold=_assigned)
def assign(ref, value, *, validate_shape=True, use_locking=True):
    """Sets the variable `ref` to `value`."""
    return value


@op("AssignAdd", "ref T, T -> ref T", T=dtypes.NUMERIC, writes=("ref",), shape=_check_assign)
def assign_add(ref, value, *, use_locking=False):
    """Adds `value` to the variable `ref`."""
    return ref + value


@op("AssignSub", "ref T, T -> ref T", T=dtypes.NUMERIC, writes=("ref",), shape=_check_assign)
def assign_sub(ref, value, *, use_locking=False):
    """Subtracts `value` from the variable `ref`."""
    return ref - value


def _compatible(inputs, attrs):
    shapes.merge(inputs[0].shape, inputs[1].shape)
    return []


@op("AssignVariableOp", "resource, dtype ->", dtype=ANY, writes=("resource",), unread=("resource",), shape=_compatible,
    fold=_assigned)  # fmt: skip
def assign_variable(resource, value, *, validate_shape=False):
    """Sets the variable behind `resource` to `value`."""
    return value


@op("AssignAddVariableOp", "resource, dtype ->", dtype=dtypes.NUMERIC, writes=("resource",), shape=_compatible)
def assign_add_variable(resource, value):
    """Adds `value` to the variable behind `resource`."""
    return resource + value


@op("AssignSubVariableOp", "resource, dtype ->", dtype=dtypes.NUMERIC, writes=("resource",), shape=_compatible)
def assign_sub_variable(resource, value):
    """Subtracts `value` from the variable behind `resource`."""
    return resource - value


@op("ReadVariableOp", "resource -> dtype", dtype=ANY, stateful=True, shape=_first, fold=lambda value, **attrs: value)
def read_variable(resource, *, dtype: "type"):
    """The value of the variable behind `resource`."""
    return resource


@op(
    "VariableShape",
    "resource -> out_type",
    out_type=dtypes.INDEX,
    shape=lambda inputs, attrs: [(None if inputs[0].shape is None else len(inputs[0].shape),)],
)
def variable_shape(input, *, out_type: "type" = dtypes.int32):
    """The shape of the variable behind `input`."""
    return jnp.asarray(input.shape, out_type.np)


@op("IsVariableInitialized", "ref dtype -> bool", dtype=ANY, host=True, slots=True, shape=lambda inputs, attrs: [()])
def is_variable_initialized(ref):
    """Whether the variable has a value."""
    return ref.value is not None


@op("VarIsInitializedOp", "resource -> bool", host=True, slots=True, shape=lambda inputs, attrs: [()])
def var_is_initialized(resource):
    """Whether the variable behind `resource` has a value."""
    return resource.value is not None


@op("DestroyResourceOp", "resource ->", host=True, slots=True)
def destroy_resource(resource, *, ignore_lookup_error=True):
    """Forgets the content of the slot behind `resource`."""
    resource.value = None

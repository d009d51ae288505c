"""Slots: variables that belong to another variable, named after it (`w/Momentum`), of its kind, device and slice."""

import contextlib

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core import builder
from mainstem.core.registry import lookup
from mainstem.ops import fill  # noqa: F401 - registers Fill
from mainstem.state.variable import Variable
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.variable_scope import get_variable, get_variable_scope, variable_scope

_LARGE = 1000  # elements from which a constant is filled when it runs, to keep graphs small


def filled(value, label):
    """An initializer that gives a tensor of `value` everywhere, made by a node called `label`."""

    def initializer(shape, dtype=None, partition_info=None):
        shape, kind = shapes.as_tuple(shape), dtypes.as_dtype(dtype).base_dtype
        if int(np.prod(shape, dtype=np.int64)) < _LARGE:
            return convert_to_tensor(np.full(shape, value, kind.np), kind, name=label)
        with name_scope(label) as scope:
            dims = convert_to_tensor(np.array(shape, np.int32), name="shape_as_tensor")
            return lookup("Fill")(dims, convert_to_tensor(kind.np.type(value), kind, name="Const"), name=scope)

    return initializer


def _slot(primary, initializer, shape, dtype, validate_shape):
    """Makes the slot in the current variable scope, whose name it takes, and gives it the slice of its primary."""
    scope = get_variable_scope()
    partitioner = scope.partitioner
    scope.set_partitioner(None)  # the primary is one part already
    try:
        slot = get_variable(
            "",
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            trainable=False,
            use_resource=getattr(primary, "_is_resource", None),
            validate_shape=validate_shape,
        )
    finally:
        scope.set_partitioner(partitioner)
    slice_info = primary._get_save_slice_info() if isinstance(primary, Variable) else None
    if slice_info is not None:
        own = slot.name[len(primary._shared_name + "/") : -len(":0")]
        slot._set_save_slice_info(
            Variable.SaveSliceInfo(
                f"{slice_info.full_name}/{own}", slice_info.full_shape[:], slice_info.var_offset[:], slice_info.var_shape[:]
            )
        )
    return slot


@contextlib.contextmanager
def _place(primary, name, colocate):
    prefix = primary._shared_name if isinstance(primary, Variable) else primary.op.name
    place = builder.current().colocate_with(primary) if colocate else contextlib.nullcontext()
    with variable_scope(None, f"{prefix}/{name}"), place:
        yield


def create_slot(primary, val, name, colocate_with_primary=True):
    """Makes a slot of `primary` (a variable or tensor) with initial value `val`; gives the variable."""
    known = isinstance(val, type(None)) or shapes.known(shapes.as_tuple(val.get_shape()))
    with _place(primary, name, colocate_with_primary):
        return _slot(primary, val, None, None, known)


def create_slot_with_initializer(primary, initializer, shape, dtype, name, colocate_with_primary=True):
    """Makes a slot of `primary` with `shape` and `dtype`, filled by `initializer`; gives the variable."""
    with _place(primary, name, colocate_with_primary):
        return _slot(primary, initializer, shape, dtype, shapes.known(shapes.as_tuple(shape)))


def filled_slot_value(primary, value):
    """A tensor of `value` in the shape of `primary`, also where that is known only when it runs."""
    dtype, shape = primary.dtype.base_dtype, primary.get_shape()
    if shapes.known(shapes.as_tuple(shape)):
        return filled(value, "Const")(shape, dtype)
    dims = lookup("Shape")(primary.initialized_value() if isinstance(primary, Variable) else primary)
    return lookup("Fill")(dims, convert_to_tensor(value, dtype))


def _zeros_like(value, dtype):
    zeros = lookup("ZerosLike")(value)
    return zeros if zeros.dtype.base_dtype is dtype else lookup("Cast")(zeros, DstT=dtype)


def create_zeros_slot(primary, name, dtype=None, colocate_with_primary=True):
    """Makes a slot of zeros in the shape of `primary`; gives the variable.

    Raises ValueError when the shape of `primary` is not known and it has no initial value.
    """
    dtype = dtypes.as_dtype(primary.dtype if dtype is None else dtype).base_dtype
    shape = primary.get_shape()
    if shapes.known(shapes.as_tuple(shape)):
        return create_slot_with_initializer(primary, filled(0, "zeros"), shape, dtype, name, colocate_with_primary)
    value = primary.initialized_value() if isinstance(primary, Variable) else primary
    return create_slot(primary, _zeros_like(value, dtype), name, colocate_with_primary)

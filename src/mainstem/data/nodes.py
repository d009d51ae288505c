"""The ops of datasets as the classes call them: scalar arguments, attrs that tell what elements are, specs of batches and rows."""

import numpy as np

from mainstem.base import shapes
from mainstem.core import builder
from mainstem.core.registry import lookup
from mainstem.data import checks, structure
from mainstem.graph.fold import constant_value
from mainstem.graph.spec import SparseTensorSpec, TensorSpec
from mainstem.surface import framework


def scalar(value, dtype, name):
    """A scalar argument of a transformation as a tensor."""
    return framework.convert_to_tensor(value, dtype=dtype, name=name)


def element_attrs(spec):
    """The attrs that tell an op what elements are."""
    return {"output_types": structure.component_types(spec), "output_shapes": structure.component_shapes(spec)}


def apply(kind, inputs, spec, name=None, **attrs):
    """The variant tensor of a dataset op."""
    op = lookup(kind)
    own = element_attrs(spec)
    if "Toutput_types" in op.attrs:
        own["Toutput_types"] = own.pop("output_types")
    own = {k: v for k, v in own.items() if k in op.attrs}
    made = builder.current().apply(op, tuple(inputs), {**own, **attrs}, name)
    if made._is_eager:
        checks.check(kind, made._value.inputs)
    return made


def known(tensor):
    """The value of a scalar tensor as far as it is known now, else None."""
    value = tensor._array() if tensor._is_eager else constant_value(tensor)
    return None if value is None else np.asarray(value)[()]


def batched(spec, size):
    """The spec of a batch of values of a spec."""
    size = None if size is None else int(size)
    if isinstance(spec, TensorSpec):
        return TensorSpec(None if spec._dims is None else (size, *spec._dims), spec.dtype)
    if isinstance(spec, SparseTensorSpec):
        dims = shapes.as_tuple(spec.shape)
        return SparseTensorSpec(None if dims is None else (size, *dims), spec.dtype)
    if isinstance(spec, structure.DatasetSpec):
        return structure.DatasetSpec(spec.element_spec, [size])
    raise TypeError(f"Elements of {spec} cannot be batched.")


def row_spec(spec):
    dims = shapes.as_tuple(spec.shape)
    if dims is not None and not dims:
        raise ValueError("Unbatching a tensor is only supported for rank >= 1")
    row = None if dims is None else dims[1:]
    return TensorSpec(row, spec.dtype) if isinstance(spec, TensorSpec) else SparseTensorSpec(row, spec.dtype)


def same_length(leaves):
    sizes_known = {}
    for leaf in leaves:
        dims = shapes.as_tuple(leaf.shape)
        if dims is not None and dims[0] is not None:
            sizes_known[dims[0]] = leaf
    if len(sizes_known) > 1:
        a, b = list(sizes_known)[:2]
        raise ValueError(f"Dimensions {a} and {b} are not compatible")

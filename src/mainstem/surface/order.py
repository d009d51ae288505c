"""What waits for what: `with_dependencies`, `tuple`."""

from mainstem.eager.context import executing_eagerly
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.tensor import Operation, Tensor
from mainstem.ops import flow
from mainstem.surface import framework
from mainstem.surface.framework import convert_to_tensor, group, name_scope


def with_dependencies(dependencies, output_tensor, name=None):
    """`output_tensor` (a tensor or IndexedSlices), available only when all of `dependencies` have run."""
    if executing_eagerly():
        return output_tensor
    with (
        name_scope(name, "control_dependency", [*dependencies, output_tensor]) as scope,
        framework.control_dependencies(dependencies),
    ):
        if isinstance(output_tensor, IndexedSlices):
            values = flow.identity(output_tensor.values, name=scope)
            return IndexedSlices(values, output_tensor.indices, output_tensor.dense_shape)
        return flow.identity(output_tensor, name=scope)


def tuple_v1(tensors, name=None, control_inputs=None):
    """The tensors as a list, each available only when all of them, and `control_inputs`, have run; None stays None.

    Raises ValueError when there is no tensor, TypeError for a control input that is neither tensor nor operation.
    """
    if executing_eagerly():
        return list(tensors)
    with name_scope(name, "tuple", list(tensors)):
        ops = [t if isinstance(t, Operation) else convert_to_tensor(t).op if not isinstance(t, IndexedSlices) else t.op
               for t in tensors if t is not None]  # fmt: skip
        for c in control_inputs or ():
            if not isinstance(c, (Operation, Tensor)):
                raise TypeError(f"'control_inputs' must only contain Operation or Tensor. Received: {type(c)}")
            ops.append(getattr(c, "op", c))
        if not ops:
            raise ValueError(f"'tensors' must have at least one Tensor. Received: {list(tensors)}.")
        gate = group(*ops)
        out = []
        for t in tensors:
            if t is None:
                out.append(None)
            elif isinstance(t, Operation):
                with framework.control_dependencies([gate]):
                    out.append(framework.no_op())
            else:
                out.append(with_dependencies([gate], t if isinstance(t, IndexedSlices) else convert_to_tensor(t)))
        return out


def tuple(tensors, control_inputs=None, name=None):
    """The tensors as a list, each available only when all of them have run; see `tuple_v1`."""
    return tuple_v1(tensors, name, control_inputs)

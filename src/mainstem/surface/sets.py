"""`tf.sets.*`: operations on the sets in the last dimension of dense or sparse tensors."""

from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import sets as ops
from mainstem.surface.sparse import convert_to_sparse, convert_to_tensor_or_sparse_tensor


def size(a, validate_indices=True):
    """The number of different values in each row of a SparseTensor, int32, without its last dimension."""
    a = convert_to_sparse(a, "a")
    if a.values.dtype.base_dtype not in ops.ELEMENTS:
        raise TypeError(f"Invalid dtype {a.values.dtype}.")
    return ops.set_size(a.indices, a.values, a.dense_shape, validate_indices=validate_indices)


def _operation(a, b, operation, validate_indices):
    a, b = (convert_to_tensor_or_sparse_tensor(v, name=n) for v, n in ((a, "a"), (b, "b")))
    if b.dtype.base_dtype is not a.dtype.base_dtype:
        raise TypeError(f"Types don't match, {a.dtype.name} vs {b.dtype.name}.")
    if a.dtype.base_dtype not in ops.ELEMENTS:
        raise TypeError(f"Unsupported type {a.dtype.name}.")
    if isinstance(a, SparseTensor) and not isinstance(b, SparseTensor):
        a, b = b, a
        operation = {"a-b": "b-a", "b-a": "a-b"}.get(operation, operation)
    parts = [p for t in (a, b) for p in ((t.indices, t.values, t.dense_shape) if isinstance(t, SparseTensor) else (t,))]
    op = {2: ops.dense_to_dense, 4: ops.dense_to_sparse, 6: ops.sparse_to_sparse}[len(parts)]
    return SparseTensor(*op(*parts, set_operation=operation, validate_indices=validate_indices))


def intersection(a, b, validate_indices=True):
    """The values that a row of `a` and the row of `b` share, a SparseTensor; operands are dense or sparse, of equal outer shape."""
    return _operation(a, b, "intersection", validate_indices)


def difference(a, b, aminusb=True, validate_indices=True):
    """The values of a row of `a` that the row of `b` lacks (the other way round unless `aminusb`), a SparseTensor."""
    return _operation(a, b, "a-b" if aminusb else "b-a", validate_indices)


def union(a, b, validate_indices=True):
    """The values in a row of `a` or of `b`, a SparseTensor."""
    return _operation(a, b, "union", validate_indices)


set_size, set_intersection, set_difference, set_union = size, intersection, difference, union

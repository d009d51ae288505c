"""Sparse tensors in batches: the session keeps them, the queue holds their numbers, a batch is made of what the numbers stand for."""

from mainstem.base import dtypes
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import sparse_store as ops
from mainstem.surface import array, control_flow, framework, index, masking, order

_ADD = {False: ops.add_sparse_to_tensors_map, True: ops.add_many_sparse_to_tensors_map}


class Kept:
    """What is known of a sparse component: the operation that keeps the first source's tensors, their dtype and rank in a batch."""

    def __init__(self, op, dtype, rank):
        self.op, self.dtype, self.rank = op, dtype, rank


def stored(lists, keep, many):
    """Puts numbers in the place of sparse tensors.

    Gives (lists of tensors, a Kept or None for each component). Raises ValueError when sources differ in which components are sparse.
    """
    first = lists[0]
    for tensors in lists[1:]:
        if any(isinstance(t, SparseTensor) != isinstance(f, SparseTensor) for t, f in zip(tensors, first)):
            raise ValueError(f"Inconsistent SparseTensors list: {first} vs. {tensors}")
    if not any(isinstance(t, SparseTensor) for t in first):
        return lists, [None] * len(first)
    columns, kept = [], []
    for column in zip(*lists):
        if not isinstance(column[0], SparseTensor):
            columns.append(column)
            kept.append(None)
            continue
        made, info = [], None
        for t in column:
            number, op = _stored(t, keep, many, info.op.name if info else "")
            if info is None:
                rank = t.dense_shape.shape.with_rank(1).dims[0].value
                info = Kept(op, t.dtype, rank if many or rank is None else rank + 1)
            made.append(array.expand_dims_v1(number, [-1]))
        columns.append(made)
        kept.append(info)
    return [list(tensors) for tensors in zip(*columns)], kept


def _stored(t, keep, many, shared_name):
    """(the tensor of one number or of several, the operation that keeps the tensors)"""
    if keep.shape.ndims == 1:
        rows = index.gather_v1(keep, t.indices[:, 0])
        chosen = array.reshape(masking.where_v1(rows), [-1])
        t = SparseTensor(
            index.gather_v1(t.indices, chosen), index.gather_v1(t.values, chosen), framework.identity(t.dense_shape)
        )
    found = []

    def put():
        number = _ADD[many](t.indices, t.values, t.dense_shape, shared_name=shared_name)
        found.append(number.op)
        return number

    def nothing():
        if not many:
            return framework.constant_v1(-1, dtypes.int64)
        return -1 * array.ones(t.dense_shape[:1], dtype=dtypes.int64)

    number = put() if keep.shape.ndims == 1 else control_flow.smart_cond(keep, put, nothing)
    return number, found[0]


def restored(made, kept):
    """The components of a batch with sparse tensors in the place of numbers. What has a part of a batch run has all of it."""
    if not any(kept):
        return made
    out = [t if info is None else _restored(t, info) for t, info in zip(made, kept, strict=True)]
    if len(out) == 1:
        return out
    makers = list(dict.fromkeys(t.op for t in out))
    return [_after([m for m in makers if m is not t.op], t) for t in out]


def _restored(numbers, info):
    with framework.colocate_with(info.op):
        indices, values, shape = ops.take_many_sparse_from_tensors_map(
            array.squeeze(numbers, [1]),
            dtype=info.dtype.base_dtype,
            shared_name=info.op.get_attr("shared_name") or info.op.name,
        )
    indices.set_shape([None, info.rank])
    shape.set_shape([info.rank])
    return SparseTensor(indices, values, shape)


def _after(makers, t):
    if isinstance(t, SparseTensor):
        return SparseTensor(*(order.with_dependencies(makers, part) for part in (t.indices, t.values, t.dense_shape)))
    return order.with_dependencies(makers, t)

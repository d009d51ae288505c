"""Operations on the sets of values in the last dimension of dense or sparse tensors, in NumPy on the host."""

import itertools

import numpy as np

from mainstem.base import dtypes
from mainstem.core.registry import op
from mainstem.ops.host import invalid
from mainstem.ops.sparse_host import rows_of

ELEMENTS = frozenset({dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64, dtypes.uint8, dtypes.uint16, dtypes.string})
_OUT = " -> result_indices:int64, result_values:T, result_shape:int64"
_COMBINE = {
    "a-b": lambda a, b: a - b,
    "b-a": lambda a, b: b - a,
    "intersection": lambda a, b: a & b,
    "union": lambda a, b: a | b,
}


def _dense_rows(array):
    return {at: array[at].tolist() for at in itertools.product(*map(range, array.shape[:-1]))}


def _combine(first, second, groups, other, operation, dtype):
    if tuple(groups) != tuple(other):
        raise invalid(f"Mismatched group shapes {list(groups)} vs {list(other)}.")
    if operation not in _COMBINE:
        raise invalid(f"Invalid set_operation {operation}.")
    indices, values, widest = [], [], 0
    for at in sorted(first.keys() | second.keys()):
        made = sorted(_COMBINE[operation](set(first.get(at, ())), set(second.get(at, ()))))
        widest = max(widest, len(made))
        indices += [(*at, i) for i in range(len(made))]
        values += made
    out = np.empty(len(values), dtype)
    out[:] = values
    shape = np.array([*groups, widest], np.int64)
    return np.array(indices, np.int64).reshape(-1, len(shape)), out, shape


def _shapes(rank_of):
    def rule(inputs, attrs):
        rank = rank_of(inputs)
        return [(None, rank), (None,), (rank,)]

    return rule


def _dense_rank(inputs):
    for i in inputs[:2]:
        if i.shape is not None and len(i.shape) < 2:
            raise ValueError(f"Input rank must be at least 2. Got {len(i.shape)}.")
    return next((len(i.shape) for i in inputs[:2] if i.shape is not None), None)


def _mixed_rank(inputs):
    dense, rank = inputs[0].shape, None if inputs[-1].shape is None else inputs[-1].shape[0]
    if dense is None:
        return rank
    if len(dense) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(dense)}")
    if rank not in (None, len(dense)):
        raise ValueError(f"Dimension must be {len(dense)} but is {rank}")
    return len(dense)


def _sparse_rank(inputs):
    ranks = [i.shape[0] for i in (inputs[2], inputs[-1]) if i.shape and i.shape[0] is not None]
    for i, rank in enumerate(ranks):
        if rank < 2:
            raise ValueError(f"Input {i}, expected rank >= 2, got {rank}.")
    return ranks[-1] if ranks else None


@op("DenseToDenseSetOperation", "T, T" + _OUT, T=ELEMENTS, host=True, shape=_shapes(_dense_rank))
def dense_to_dense(set1, set2, *, set_operation: "string", validate_indices=True):
    """ "a-b", "b-a", "intersection" or "union" of the sets in the last dimension of two dense tensors, as a sparse tensor."""
    return _combine(_dense_rows(set1), _dense_rows(set2), set1.shape[:-1], set2.shape[:-1], set_operation, set1.dtype)


@op("DenseToSparseSetOperation", "T, int64, T, int64" + _OUT, T=ELEMENTS, host=True, shape=_shapes(_mixed_rank))
def dense_to_sparse(set1, set2_indices, set2_values, set2_shape, *, set_operation: "string", validate_indices=True):
    """As DenseToDenseSetOperation, the second operand sparse."""
    second = rows_of(set2_indices, set2_values)
    return _combine(_dense_rows(set1), second, set1.shape[:-1], set2_shape[:-1], set_operation, set1.dtype)


@op("SparseToSparseSetOperation", "int64, T, int64, int64, T, int64" + _OUT, T=ELEMENTS, host=True, shape=_shapes(_sparse_rank))
def sparse_to_sparse(
    set1_indices,
    set1_values,
    set1_shape,
    set2_indices,
    set2_values,
    set2_shape,
    *,
    set_operation: "string",
    validate_indices=True,
):
    """As DenseToDenseSetOperation, both operands sparse."""
    first, second = rows_of(set1_indices, set1_values), rows_of(set2_indices, set2_values)
    return _combine(first, second, set1_shape[:-1], set2_shape[:-1], set_operation, set1_values.dtype)


def _size_shape(inputs, attrs):
    known = inputs[2].shape_value()
    return [None if known is None else known[:-1]]


@op("SetSize", "int64, T, int64 -> size:int32", T=ELEMENTS, host=True, shape=_size_shape)
def set_size(set_indices, set_values, set_shape, *, validate_indices=True):
    """The number of different values in each row of the last dimension of a sparse tensor."""
    out = np.zeros(tuple(set_shape[:-1]), np.int32)
    for at, values in rows_of(set_indices, set_values).items():
        out[at] = len(set(values))
    return out

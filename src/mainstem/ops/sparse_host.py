"""Sparse ops whose number of output entries depends on the values, and the edit distance: in NumPy on the host."""

import numpy as np

from mainstem.base import dtypes
from mainstem.core.registry import op
from mainstem.ops.host import invalid
from mainstem.ops.sparse import _axes, ints, linear

VALUES = dtypes.DEVICE | {dtypes.string}


def entries(rank_from):
    """Shape rule: unknown entries of the rank that the dense shape input number `rank_from` tells: indices, values, shape."""

    def rule(inputs, attrs):
        shape = inputs[rank_from].shape
        rank = None if shape is None else shape[0]
        return [(None, rank), (None,), (rank,)]

    return rule


def two_outputs(rule):
    """The first two shapes of a rule."""
    return lambda inputs, attrs: rule(inputs, attrs)[:2]


def _merge(a_indices, b_indices, shape):
    """The union of two ordered index lists: (indices, places in a, places in b), -1 where one has none."""
    a, b = linear(a_indices, shape), linear(b_indices, shape)
    keys = np.union1d(a, b)
    out = np.empty((len(keys), len(shape)), np.int64)
    places = []
    for own, indices in ((a, a_indices), (b, b_indices)):
        at = np.full(len(keys), -1, np.int64)
        where = np.searchsorted(keys, own)
        at[where] = np.arange(len(own))
        out[where] = indices
        places.append(at)
    return out, *places


def _value_at(values, places):
    out = np.zeros(len(places), values.dtype)
    there = places >= 0
    out[there] = values[places[there]]
    return out


def _same(a_shape, b_shape, name):
    if ints(a_shape) != ints(b_shape):
        raise invalid(f"{name}: operands' shapes do not match: got {list(ints(a_shape))} and {list(ints(b_shape))}")


@op(
    "SparseAdd",
    "int64, T, int64, int64, T, int64, Treal -> sum_indices:int64, sum_values:T, sum_shape:int64",
    T=dtypes.NUMERIC,
    Treal=dtypes.REAL,
    host=True,
    shape=entries(2),
)
def sparse_add(a_indices, a_values, a_shape, b_indices, b_values, b_shape, thresh):
    """The sum of two sparse tensors; where both have an entry it stays only if its size is at least `thresh`."""
    _same(a_shape, b_shape, "SparseAdd")
    indices, in_a, in_b = _merge(a_indices, b_indices, ints(a_shape))
    total = _value_at(a_values, in_a) + _value_at(b_values, in_b)
    kept = (in_a < 0) | (in_b < 0) | (np.abs(total) >= thresh)
    return indices[kept], total[kept], np.asarray(a_shape)


@op(
    "SparseAddGrad",
    "T, int64, int64, int64 -> a_val_grad:T, b_val_grad:T",
    T=dtypes.NUMERIC,
    host=True,
    shape=lambda inputs, attrs: [(None if i.shape is None else i.shape[0],) for i in inputs[1:3]],
)
def sparse_add_grad(backprop_val_grad, a_indices, b_indices, sum_indices):
    """The gradients of both operands' values from that of the sum's values; 0 for an entry that fell under the threshold."""
    place = {tuple(i): n for n, i in enumerate(sum_indices.tolist())}
    return tuple(
        _value_at(backprop_val_grad, np.array([place.get(tuple(i), -1) for i in own.tolist()], np.int64))
        for own in (a_indices, b_indices)
    )


def _extreme(name, fn):
    def kernel(a_indices, a_values, a_shape, b_indices, b_values, b_shape):
        _same(a_shape, b_shape, name)
        indices, in_a, in_b = _merge(a_indices, b_indices, ints(a_shape))
        return indices, fn(_value_at(a_values, in_a), _value_at(b_values, in_b))

    kernel.__doc__, kernel.__module__ = f"The elementwise {fn.__name__} of two sparse tensors.", __name__
    types = "int64, T, int64, int64, T, int64 -> output_indices:int64, output_values:T"
    return op(name, types, T=dtypes.REAL, host=True, shape=two_outputs(entries(2)))(kernel)


sparse_maximum = _extreme("SparseSparseMaximum", np.maximum)
sparse_minimum = _extreme("SparseSparseMinimum", np.minimum)


@op(
    "SparseSlice",
    "int64, T, int64, int64, int64 -> output_indices:int64, output_values:T, output_shape:int64",
    T=VALUES,
    host=True,
    shape=entries(2),
)
def sparse_slice(indices, values, shape, start, size):
    """The part of a sparse tensor from `start`, of `size` (less where the tensor ends)."""
    end = np.minimum(start + size, shape)
    kept = ((indices >= start) & (indices < end)).all(1)
    return indices[kept] - start, values[kept], np.maximum(end - start, 0)


def _split_shapes(inputs, attrs):
    n = attrs["num_split"]
    one = entries(3)(inputs, attrs)
    return [one[0]] * n + [one[1]] * n + [one[2]] * n


@op(
    "SparseSplit",
    "int64, int64, T, int64 -> output_indices:num_split * int64, output_values:num_split * T, output_shape:num_split * int64",
    T=VALUES,
    host=True,
    shape=_split_shapes,
)
def sparse_split(split_dim, indices, values, shape, *, num_split: "int"):
    """A sparse tensor cut along one dimension into `num_split` parts, the first ones longer by one where it does not divide."""
    axis = int(split_dim)
    if not 1 <= num_split <= shape[axis]:
        raise invalid(f"Input num_split should be between 1 and the splitting dimension size ({shape[axis]}), got {num_split}")
    size, more = divmod(int(shape[axis]), num_split)
    out, begin = ([], [], []), 0
    for i in range(num_split):
        length = size + (i < more)
        kept = (indices[:, axis] >= begin) & (indices[:, axis] < begin + length)
        move, part = np.zeros(len(shape), np.int64), np.array(shape)
        move[axis], part[axis] = begin, length
        for parts, value in zip(out, (indices[kept] - move, values[kept], part), strict=True):
            parts.append(value)
        begin += length
    return out


def _fill_shapes(inputs, attrs):
    indices, values, _ = entries(2)(inputs, attrs)
    size = inputs[2].shape_value()
    n = None if inputs[0].shape is None else inputs[0].shape[0]
    return [indices, values, (size[0] if size else None,), (n,)]


@op(
    "SparseFillEmptyRows",
    "int64, T, int64, T -> output_indices:int64, output_values:T, empty_row_indicator:bool, reverse_index_map:int64",
    T=VALUES,
    host=True,
    shape=_fill_shapes,
)
def sparse_fill_empty_rows(indices, values, dense_shape, default_value):
    """A sparse tensor with `default_value` at column 0 of every empty row, which of its rows were empty, and where entries went."""
    rows = int(dense_shape[0])
    if len(indices) and not ((indices[:, 0] >= 0) & (indices[:, 0] < rows)).all():
        raise invalid(f"an index of SparseFillEmptyRows lies outside its {rows} rows: {indices[:, 0].tolist()}")
    empty = np.bincount(indices[:, 0], minlength=rows) == 0 if rows else np.zeros(0, bool)
    added = np.zeros((int(empty.sum()), len(dense_shape)), np.int64)
    added[:, 0] = np.flatnonzero(empty)
    filler = np.empty(len(added), values.dtype)
    filler[:] = np.asarray(default_value)[()]
    order = np.argsort(np.concatenate([indices[:, 0], added[:, 0]]), kind="stable")
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return np.concatenate([indices, added])[order], np.concatenate([values, filler])[order], empty, back[: len(indices)]


@op(
    "SparseFillEmptyRowsGrad",
    "int64, T -> d_values:T, d_default_value:T",
    T=dtypes.NUMERIC,
    host=True,
    shape=lambda inputs, attrs: [inputs[0].shape, ()],
)
def sparse_fill_empty_rows_grad(reverse_index_map, grad_values):
    """The gradients of the values and of the default value of SparseFillEmptyRows."""
    rest = np.ones(len(grad_values), bool)
    rest[reverse_index_map] = False
    return grad_values[reverse_index_map], grad_values[rest].sum(dtype=grad_values.dtype)


def _reduce_sparse(name, fn, doc, kinds):
    def kernel(input_indices, input_values, input_shape, reduction_axes, *, keep_dims=False):
        shape = ints(input_shape)
        dropped = _axes(reduction_axes, len(shape)) if reduction_axes.size else list(range(len(shape)))
        kept = [i for i in range(len(shape)) if i not in dropped]
        groups, where = np.unique(linear(input_indices[:, kept], [shape[i] for i in kept]), return_inverse=True)
        first = np.array([np.flatnonzero(where == g)[0] for g in range(len(groups))], np.int64)
        values = np.array([fn(input_values[where == g]) for g in range(len(groups))], input_values.dtype)
        indices = input_indices[first][:, kept]
        if not keep_dims:
            return indices, values, np.array([shape[i] for i in kept], np.int64)
        full = np.zeros((len(groups), len(shape)), np.int64)
        full[:, kept] = indices
        return full, values, np.array([1 if i in dropped else d for i, d in enumerate(shape)], np.int64)

    kernel.__doc__, kernel.__module__ = doc, __name__
    types = "int64, T, int64, int32 -> output_indices:int64, output_values:T, output_shape:int64"
    return op(name, types, T=kinds, host=True, shape=lambda inputs, attrs: [(None, None), (None,), (None,)])(kernel)


sparse_reduce_sum_sparse = _reduce_sparse(
    "SparseReduceSumSparse", np.sum, "The sum over `reduction_axes` as a sparse tensor.", dtypes.NUMERIC
)
sparse_reduce_max_sparse = _reduce_sparse(
    "SparseReduceMaxSparse", np.max, "The maximum over `reduction_axes` as a sparse tensor.", dtypes.REAL
)


# ---- edit distance


def _levenshtein(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def rows_of(indices, values):
    """{index without the last dimension: list of values} of a sparse tensor."""
    out = {}
    for index, value in zip(indices.tolist(), values.tolist(), strict=True):
        out.setdefault(tuple(index[:-1]), []).append(value)
    return out


def _distance_shape(inputs, attrs):
    a, b = inputs[2].shape_value(), inputs[5].shape_value()
    if a is None or b is None or len(a) != len(b):
        return [None]
    return [tuple(None if x is None or y is None else max(x, y) for x, y in zip(a[:-1], b[:-1], strict=True))]


@op(
    "EditDistance",
    "int64, T, int64, int64, T, int64 -> float32",
    T=VALUES,
    host=True,
    shape=_distance_shape,
)
def edit_distance(
    hypothesis_indices, hypothesis_values, hypothesis_shape, truth_indices, truth_values, truth_shape, *, normalize=True
):
    """Levenshtein's distance of the sequences in the last dimension, divided by the truth's length when `normalize`."""
    if len(hypothesis_shape) != len(truth_shape):
        raise invalid("Expected hypothesis and truth shapes to have matching ranks.")
    out = np.zeros(np.maximum(hypothesis_shape, truth_shape)[:-1], np.float32)
    guesses, truths = rows_of(hypothesis_indices, hypothesis_values), rows_of(truth_indices, truth_values)
    for at in guesses.keys() | truths.keys():
        guess, truth = guesses.get(at, []), truths.get(at, [])
        distance = _levenshtein(truth, guess)
        if normalize:
            distance = distance / len(truth) if truth else (np.inf if guess else 0)
        out[at] = distance
    return out

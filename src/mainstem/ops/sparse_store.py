"""Sparse tensors kept in the session under numbers, so that a queue, whose elements have one shape, can hold the numbers.

The ops that put them in and take them out name the store by `shared_name`, or by the name of the operation that puts them in.
"""

import itertools
import threading

import numpy as np

from mainstem.core import resource
from mainstem.core.families import scalar_shape
from mainstem.core.registry import op
from mainstem.ops.host import invalid
from mainstem.ops.sparse import ints
from mainstem.ops.sparse_host import VALUES


class SparseStore(resource.Resource):
    """Sparse tensors, each (indices, values, dense shape), by number."""

    kind = "sparse_tensors"

    def __init__(self):
        self._lock, self._numbers, self._kept = threading.Lock(), itertools.count(), {}

    def put(self, sparse):
        """Keeps a sparse tensor; gives its number."""
        with self._lock:
            number = next(self._numbers)
            self._kept[number] = sparse
            return number

    def take(self, number):
        """Gives a sparse tensor and forgets it. Raises InvalidArgumentError for a number that is not known."""
        with self._lock:
            if number not in self._kept:
                raise invalid(f"Unable to find SparseTensor: {number} in map: {self.name}")
            return self._kept.pop(number)


def checked(indices, values, shape):
    """Raises InvalidArgumentError unless the three parts fit together."""
    if indices.ndim != 2:
        raise invalid(f"Input indices should be a matrix but received shape {list(indices.shape)}")
    if values.ndim != 1:
        raise invalid(f"Input values should be a vector but received shape {list(values.shape)}")
    if shape.ndim != 1:
        raise invalid(f"Input shape should be a vector but received shape {list(shape.shape)}")
    if len(indices) != len(values):
        raise invalid(f"{len(values)} values do not fit indices of shape {list(indices.shape)}: one row each")
    if indices.shape[1] != len(shape):
        raise invalid(
            f"A dense shape of {len(shape)} dimensions does not fit indices of shape {list(indices.shape)}: one column each"
        )


def split(indices, values, shape):
    """The rows of a sparse tensor of rank 2 or more along its first dimension, as sparse tensors of one dimension less."""
    checked(indices, values, shape)
    if len(shape) < 2:
        raise invalid(f"Rank of input SparseTensor should be > 1, but saw rank: {len(shape)}")
    rows = indices[:, 0]
    if len(rows) and (np.diff(rows) < 0).any():
        raise invalid("Indices are not ordered by the first dimension; use tf.sparse.reorder.")
    if len(rows) and not 0 <= rows[0] <= rows[-1] < shape[0]:
        raise invalid(f"Received unexpected column 0 value in input SparseTensor: {rows[-1]} < 0 (or > {shape[0]})")
    ends = np.searchsorted(rows, np.arange(1, int(shape[0]) + 1))
    starts = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
    return [(indices[a:b, 1:].copy(), values[a:b].copy(), shape[1:].copy()) for a, b in zip(starts, ends)]


def joined(parts, dtype):
    """Sparse tensors of one rank as one, with a first dimension more; its shape is the largest of each dimension."""
    if not parts:
        raise invalid("Must have at least 1 serialized SparseTensor, but input matrix has 0 rows")
    shapes = [ints(p[2]) for p in parts]
    for row, (_, values, shape) in enumerate(parts):
        if len(shape) != len(shapes[0]):
            raise invalid(
                f"Sparse tensors of one batch differ in rank: {len(shapes[0])} before number {row}, which has {len(shape)}"
            )
        if values.dtype != dtype.np:
            raise invalid(f"A sparse tensor of type {dtype.name} was asked for, but number {row} has values of {values.dtype}")
    rows = np.repeat(np.arange(len(parts), dtype=np.int64), [len(p[1]) for p in parts])
    indices = np.concatenate([p[0] for p in parts])
    return (
        np.concatenate([rows[:, None], indices], axis=1),
        np.concatenate([p[1] for p in parts]),
        np.array([len(parts), *(max(d) for d in zip(*shapes))], np.int64),
    )


@op(
    "AddSparseToTensorsMap",
    "int64, T, int64 -> sparse_handle:int64",
    T=VALUES,
    host=True,
    store=SparseStore,
    shape=scalar_shape,
)
def add_sparse_to_tensors_map(store, sparse_indices, sparse_values, sparse_shape, *, container="", shared_name=""):
    """Keeps a sparse tensor; gives its number."""
    checked(sparse_indices, sparse_values, sparse_shape)
    return np.int64(store.put((sparse_indices.copy(), sparse_values.copy(), sparse_shape.copy())))


def _a_vector(inputs, attrs):
    return [(None,)]


@op(
    "AddManySparseToTensorsMap",
    "int64, T, int64 -> sparse_handles:int64",
    T=VALUES,
    host=True,
    store=SparseStore,
    shape=_a_vector,
)
def add_many_sparse_to_tensors_map(store, sparse_indices, sparse_values, sparse_shape, *, container="", shared_name=""):
    """Keeps the rows of a sparse tensor along its first dimension; gives their numbers."""
    return np.array([store.put(part) for part in split(sparse_indices, sparse_values, sparse_shape)], np.int64)


def _any_sparse(inputs, attrs):
    return [(None, None), (None,), (None,)]


@op(
    "TakeManySparseFromTensorsMap", "int64 -> sparse_indices:int64, sparse_values:dtype, sparse_shape:int64", host=True,
    store=SparseStore, shape=_any_sparse,
)  # fmt: skip
def take_many_sparse_from_tensors_map(store, sparse_handles, *, dtype: "type", container="", shared_name=""):
    """The sparse tensors of these numbers as one with a first dimension more; they are kept no longer."""
    return joined([store.take(n) for n in sparse_handles.tolist()], dtype)

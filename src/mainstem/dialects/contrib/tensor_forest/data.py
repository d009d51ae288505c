"""What the columns of a forest's input are: `DataSpec`, and inputs of all forms as one dense and one sparse matrix."""

import dataclasses

from mainstem.base import dtypes, shapes
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.surface import array, math, sparse, string
from mainstem.surface.framework import convert_to_tensor

DATA_FLOAT, DATA_CATEGORICAL = 0, 1


@dataclasses.dataclass
class DataColumn:
    """A column, or several of a kind: its name, whether values are compared by size or for equality, how many (-1: not known)."""

    name: str
    original_type: int
    size: int = -1


class DataSpec:
    """The dense and the sparse columns."""

    def __init__(self):
        self.dense, self.sparse, self.dense_features_size = [], [], 0

    def picked(self, features):
        """The spec of some of the dense features, by number."""
        kinds = [c.original_type for c in self.dense for _ in range(c.size)]
        made = DataSpec()
        made.dense = [DataColumn(f"feature_{i}", kinds[i], 1) for i in features]
        made.dense_features_size = len(features)
        return made

    def SerializeToString(self):  # noqa: N802 - TensorFlow's name
        """The text that the ops read."""
        parts = [f"dense_features_size: {self.dense_features_size}"]
        for name in "dense", "sparse":
            columns = (f"{{name: {c.name} original_type: {c.original_type} size: {c.size}}}" for c in getattr(self, name))
            parts.append(f"{name}: [{''.join(columns)}]")
        return " ".join(parts)


def _kind(dtype):
    if dtype.base_dtype.is_floating:
        return DATA_FLOAT
    if dtype.base_dtype.is_integer or dtype.base_dtype is dtypes.string:
        return DATA_CATEGORICAL
    raise ValueError(f"A forest learns from numbers and strings, got {dtype.name}")


def _numbers(x):
    """float32; strings become numbers of their hash."""
    if x.dtype.base_dtype is dtypes.string:
        x = string.to_hash_bucket_fast(x, 2**24)
    return math.cast(x, dtypes.float32)


def _sized(x, name):
    known = shapes.as_tuple(x.shape)
    if known is None or len(known) != 2 or known[1] is None:
        raise ValueError(f"Input {name} of a forest must be [batch, size] of known size, got {x.shape}")
    return known[1]


def _sparse_numbers(x):
    return SparseTensor(x.indices, _numbers(x.values), x.dense_shape)


def parse(data):
    """(dense matrix or None, SparseTensor or None, DataSpec) of a tensor, a SparseTensor, or a dict from names to such.

    Columns of dicts stand in the order of their names. Integers and strings are categories. Raises ValueError for other dtypes, and
    for dense inputs whose second dimension is not known.
    """
    spec, dense, sparse_ones = DataSpec(), [], []
    columns = sorted(data.items()) if isinstance(data, dict) else [(None, data)]
    for name, x in columns:
        if isinstance(x, SparseTensor):
            spec.sparse.append(DataColumn(name or "sparse_features", _kind(x.values.dtype)))
            sparse_ones.append(_sparse_numbers(x))
            continue
        x = convert_to_tensor(x)
        size = _sized(x, name or "data")
        spec.dense.append(DataColumn(name or "dense_features", _kind(x.dtype), size))
        spec.dense_features_size += size
        dense.append(_numbers(x))
    return (
        array.concat(dense, 1) if dense else None,
        sparse.concat_v1(1, sparse_ones) if len(sparse_ones) > 1 else (sparse_ones or [None])[0],
        spec,
    )

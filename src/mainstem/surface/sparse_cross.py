"""`tf.sparse.cross` and `tf.sparse.cross_hashed`."""

from mainstem.base import dtypes
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import sparse_cross as ops
from mainstem.surface import math
from mainstem.surface.framework import convert_to_tensor

DEFAULT_KEY = 0xDECAFCAFFE


def cross(inputs, name=None):
    """All combinations of the entries of rows as a SparseTensor of texts: "a_X_b_X_c". See `cross_hashed`."""
    return _crossed(inputs, False, 0, None, name)


def cross_hashed(inputs, num_buckets=0, hash_key=None, name=None):
    """All combinations of one entry of each input, row by row, as a SparseTensor of hashes.

    Args:
        inputs: a list of tensors and SparseTensors [batch, n] of strings or integers.
        num_buckets: the hashes are modulo this; 0: as they are.
        hash_key: where the hash starts.
        name: of the operation.

    Raises TypeError for a list of anything else.
    """
    return _crossed(inputs, True, num_buckets, hash_key, name)


def _crossed(inputs, hashed, num_buckets, hash_key, name):
    if not isinstance(inputs, (list, tuple)):
        raise TypeError("Inputs must be a list")
    inputs = [i if isinstance(i, SparseTensor) else convert_to_tensor(i) for i in inputs]
    sparse = [i for i in inputs if isinstance(i, SparseTensor)]
    dense = [i for i in inputs if not isinstance(i, SparseTensor)]
    values = [_plain(i.values) for i in sparse]
    dense = [_plain(i) for i in dense]
    all_integers = all(v.dtype.base_dtype == dtypes.int64 for v in [*values, *dense])
    places, entries, shape = ops.sparse_cross(
        [i.indices for i in sparse],
        values,
        [i.dense_shape for i in sparse],
        dense,
        hashed_output=hashed,
        num_buckets=num_buckets,
        hash_key=DEFAULT_KEY if hash_key is None else hash_key,
        out_type=dtypes.int64 if hashed else dtypes.string,
        internal_type=dtypes.int64 if all_integers and hashed else dtypes.string,
        name=name,
    )
    return SparseTensor(places, entries, shape)


def _plain(values):
    return math.cast(values, dtypes.int64) if values.dtype.is_integer and values.dtype.base_dtype != dtypes.int64 else values

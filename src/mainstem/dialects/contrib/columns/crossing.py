"""`sparse_feature_cross`: combinations of sparse features as text or as hashes."""

from mainstem.base import dtypes
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import reduce as reduce_ops
from mainstem.ops import sparse_cross as ops
from mainstem.surface import math
from mainstem.surface.framework import convert_to_tensor
from mainstem.surface.sparse_cross import DEFAULT_KEY

SPARSE_FEATURE_CROSS_DEFAULT_HASH_KEY = DEFAULT_KEY


def sparse_feature_cross(inputs, hashed_output=False, num_buckets=0, name=None, hash_key=None):
    """All combinations of one entry of each input, row by row, as a SparseTensor.

    Args:
        inputs: a list of tensors and SparseTensors [batch, n] of strings or integers.
        hashed_output: hashes; False: texts "a_X_b".
        num_buckets: hashes are modulo this; 0: as they are.
        hash_key: where the hash starts; None means the oldest hash function of the kind, which has none.

    Raises TypeError for a list of anything else.
    """
    if not isinstance(inputs, list):
        raise TypeError("Inputs must be a list")
    if not all(isinstance(i, SparseTensor) or hasattr(i, "dtype") for i in inputs):
        raise TypeError("All inputs must be SparseTensors")
    sparse = [i for i in inputs if isinstance(i, SparseTensor)]
    values, dense = [_plain(i.values) for i in sparse], [_plain(i) for i in inputs if not isinstance(i, SparseTensor)]
    all_integers = all(v.dtype.base_dtype == dtypes.int64 for v in [*values, *dense])
    attrs = {
        "hashed_output": hashed_output,
        "num_buckets": num_buckets,
        "out_type": dtypes.int64 if hashed_output else dtypes.string,
        "internal_type": dtypes.int64 if all_integers and hashed_output else dtypes.string,
    }
    made = ops.sparse_feature_cross if hash_key is None else ops.sparse_feature_cross_v2
    if hash_key is not None:
        attrs["hash_key"] = hash_key
    found = made([i.indices for i in sparse], values, [i.dense_shape for i in sparse], dense, name=name, **attrs)
    return SparseTensor(*found)


def _plain(values):
    values = convert_to_tensor(values)
    return values if values.dtype.base_dtype == dtypes.string else math.cast(values, dtypes.int64)


def bucketize(input_tensor, boundaries, name=None):
    """For each number the bucket between sorted `boundaries` that it falls into, int32."""
    return reduce_ops.bucketize(input_tensor, boundaries=list(boundaries), name=name)

"""Sparse tensors as strings and back: `tf.io.serialize_sparse`, `serialize_many_sparse`, `deserialize_many_sparse`."""

from mainstem.base import dtypes, shapes
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import dataset, sparse_bytes
from mainstem.surface.sparse import convert_to_sparse


def serialize_sparse(sp_input, out_type=dtypes.string, name=None):
    """A SparseTensor as three strings [3]: the protos of its indices, values and shape. Raises TypeError for another value."""
    sp = convert_to_sparse(sp_input)
    return dataset.serialize_sparse(sp.indices, sp.values, sp.dense_shape, out_type=out_type, name=name)


def serialize_sparse_v1(sp_input, name=None, out_type=dtypes.string):
    """As `serialize_sparse`, with the arguments in the old order."""
    return serialize_sparse(sp_input, out_type, name)


def serialize_many_sparse(sp_input, out_type=dtypes.string, name=None):
    """A SparseTensor [n, …], row by row, as strings [n, 3]. A run raises InvalidArgumentError when its rank is 1."""
    sp = convert_to_sparse(sp_input)
    return sparse_bytes.serialize_many_sparse(sp.indices, sp.values, sp.dense_shape, out_type=out_type, name=name)


def serialize_many_sparse_v1(sp_input, name=None, out_type=dtypes.string):
    """As `serialize_many_sparse`, with the arguments in the old order."""
    return serialize_many_sparse(sp_input, out_type, name)


def deserialize_many_sparse(serialized_sparse, dtype, rank=None, name=None):
    """The SparseTensors in strings [n, 3] as one [n, …], as large as the largest of them.

    Args:
        serialized_sparse: what `serialize_many_sparse` gave, or rows of `serialize_sparse`.
        dtype: of the values.
        rank: what is known of the rank of the result.

    A run raises InvalidArgumentError for other strings, other dtypes, or sparse tensors of different ranks.
    """
    indices, values, shape = sparse_bytes.deserialize_many_sparse(serialized_sparse, dtype=dtypes.as_dtype(dtype), name=name)
    indices.set_shape([None, rank])
    shape.set_shape(shapes.TensorShape([rank]))
    return SparseTensor(indices, values, shape)

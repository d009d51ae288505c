"""Sparse tensors as strings: three serialized TensorProtos each, of the indices, the values and the shape."""

import numpy as np
from google.protobuf.message import DecodeError

from mainstem.base import dtypes
from mainstem.core.registry import op
from mainstem.formats import protos, tensor_proto
from mainstem.ops.host import invalid


def _varint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes((*out, n))


def _proto(array):
    """A tensor's proto, its values always as raw content; strings there are their lengths and then their bytes."""
    made = protos.TensorProto(dtype=dtypes.as_dtype(array.dtype).as_datatype_enum)
    for size in array.shape:
        made.tensor_shape.dim.add(size=size)
    if array.dtype == object:
        listed = array.reshape(-1).tolist()
        made.tensor_content = b"".join([*(_varint(len(v)) for v in listed), *listed])
    else:
        made.tensor_content = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
    return made.SerializeToString(deterministic=True)


def _strings(content, count):
    sizes, at = [], 0
    for _ in range(count):
        size, shift = 0, 0
        while True:
            if at >= len(content) or shift > 63:
                raise ValueError("the lengths of its strings are cut short")
            byte, at = content[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        sizes.append(size)
    if at + sum(sizes) != len(content):
        raise ValueError("its strings do not fill it")
    out = np.empty(count, object)
    for i, size in enumerate(sizes):
        out[i] = content[at : at + size]
        at += size
    return out


def _array(data):
    made = protos.TensorProto()
    try:
        made.ParseFromString(data)
        if made.dtype == dtypes.string.as_datatype_enum and made.tensor_content:
            shape = tensor_proto.shape_of(made)
            count = int(np.prod(shape, dtype=np.int64))
            if count > len(made.tensor_content):
                raise ValueError("its shape is larger than its content")
            return _strings(made.tensor_content, count).reshape(shape)
        return tensor_proto.to_array(made)
    except (DecodeError, ValueError, TypeError, NotImplementedError):
        raise invalid("Could not parse serialized proto") from None


def written(indices, values, shape):
    """A sparse tensor as three strings [3]."""
    out = np.empty(3, object)
    out[:] = [_proto(np.asarray(a)) for a in (indices, values, shape)]
    return out


def _read(row, number, dtype):
    indices, values, shape = map(_array, row)
    if indices.ndim != 2 or values.ndim != 1 or shape.ndim != 1 or not indices.dtype == shape.dtype == np.int64:
        raise invalid(
            f"Expected serialized_sparse[{number}] to represent a matrix of indices, a vector of values and one of sizes"
        )
    if indices.shape != (len(values), len(shape)):
        raise invalid(
            f"Expected row counts and ranks of SparseTensor[{number}] to match, got indices {list(indices.shape)}, "
            f"{len(values)} values, rank {len(shape)}"
        )
    if dtypes.as_dtype(values.dtype) is not dtype:
        shown = {"float32": "float", "float64": "double"}
        kinds = [shown.get(k, k) for k in (dtype.name, dtypes.as_dtype(values.dtype).name)]
        raise invalid(f"Requested SparseTensor of type {kinds[0]} but SparseTensor[{number}].values.dtype() == {kinds[1]}")
    return indices, values, shape


def joined(serialized, dtype):
    """The sparse tensors in strings [n, 3] as one, with a first dimension more: (indices, values, shape)."""
    if not len(serialized):
        raise invalid(
            f"Serialized sparse should have at least 1 serialized tensor, but has a zero dimension [0,{serialized.shape[1]}]"
        )
    found = [_read(row, i, dtype) for i, row in enumerate(serialized.tolist())]
    ranks = [len(shape) for _, _, shape in found]
    if len(set(ranks)) > 1:
        other = next(i for i, r in enumerate(ranks) if r != ranks[0])
        raise invalid(
            f"Inconsistent rank across SparseTensors: rank prior to SparseTensor[{other}] was: {ranks[0]} but rank of "
            f"SparseTensor[{other}] is: {ranks[other]}"
        )
    indices = [np.concatenate([np.full((len(v), 1), i, np.int64), at], 1) for i, (at, v, _) in enumerate(found)]
    largest = np.max([shape for _, _, shape in found], axis=0) if ranks[0] else np.zeros(0, np.int64)
    shape = np.concatenate([[len(found)], largest]).astype(np.int64)
    return np.concatenate(indices), np.concatenate([v for _, v, _ in found]), shape


def parts(serialized, dtype):
    """The sparse tensor in strings [3], or one of those in [..., 3] with their dimensions before its own."""
    if serialized.ndim == 0 or serialized.shape[-1] != 3:
        raise invalid(f"Serialized sparse should have 3 as the last dimension {list(serialized.shape)}")
    if serialized.ndim == 1:
        return _read(serialized.tolist(), 0, dtype)
    lead = serialized.shape[:-1]
    indices, values, shape = joined(serialized.reshape(-1, 3), dtype)
    before = np.stack(np.unravel_index(indices[:, 0], lead), 1).astype(np.int64)
    return np.concatenate([before, indices[:, 1:]], 1), values, np.concatenate([lead, shape[1:]]).astype(np.int64)


def _rows(inputs, attrs):
    return [(None, 3)]


@op("SerializeManySparse", "int64, T, int64 -> serialized_sparse:out_type", T=dtypes.ANY, host=True, shape=_rows)
def serialize_many_sparse(sparse_indices, sparse_values, sparse_shape, *, out_type=dtypes.string):
    """A sparse tensor, row by row along its first dimension [n], as strings [n, 3]."""
    if out_type is not dtypes.string:
        raise NotImplementedError("SerializeManySparse to variants is not implemented; out_type must be tf.string.")
    indices, values, shape = map(np.asarray, (sparse_indices, sparse_values, sparse_shape))
    if len(shape) < 2:
        raise invalid(f"Rank of input SparseTensor should be > 1, but saw rank: {len(shape)}")
    first = indices[:, 0]
    if len(first) and (first.min() < 0 or first.max() >= shape[0] or (np.diff(first) < 0).any()):
        raise invalid("Received unexpected column of the indices: rows must be in order and within the first dimension.")
    edges = np.searchsorted(first, np.arange(shape[0] + 1))
    out = np.empty((int(shape[0]), 3), object)
    for i, (low, high) in enumerate(zip(edges.tolist(), edges.tolist()[1:])):
        out[i] = written(indices[low:high, 1:], values[low:high], shape[1:])
    return out


def _joined_shapes(inputs, attrs):
    given = inputs[0].shape
    if given is not None and len(given) != 2:
        raise ValueError(f"Shape must be rank 2 but is rank {len(given)}")
    return [(None, None), (None,), (None,)]


@op(
    "DeserializeManySparse", "string -> sparse_indices:int64, sparse_values:dtype, sparse_shape:int64", dtype=dtypes.ANY, host=True,
    shape=_joined_shapes,
)  # fmt: skip
def deserialize_many_sparse(serialized_sparse, *, dtype: "type"):
    """The sparse tensors in strings [n, 3] as one with n rows, as large as the largest of them."""
    serialized = np.asarray(serialized_sparse, object)
    if serialized.shape[1:] != (3,):
        raise invalid(f"Serialized sparse should have 3 columns but has shape {list(serialized.shape)}")
    return joined(serialized, dtype)

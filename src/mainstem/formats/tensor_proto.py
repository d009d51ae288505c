"""TensorProto to NumPy array and back."""

import math

import numpy as np

from mainstem.base import dtypes
from mainstem.base.dtypes import as_dtype
from mainstem.formats import protos, tensor_slice

_LIMIT = 1 << 31  # protocol buffers hold no more than 2 GB
_REPEAT_LIMIT = 1 << 34  # a few bytes may stand for many: beyond this they are taken for damage

# Types whose arrays of two or more values TensorFlow 1.15 stores as raw memory; the others it lists value by value.
_RAW = frozenset(
    (
        dtypes.float32, dtypes.float64, dtypes.int32, dtypes.uint8, dtypes.int16, dtypes.int8, dtypes.int64, dtypes.uint32,
        dtypes.uint64, dtypes.qint8, dtypes.quint8, dtypes.qint16, dtypes.quint16, dtypes.qint32,
    )
)  # fmt: skip

_FIELD = {
    dtypes.float32: "float_val", dtypes.float64: "double_val", dtypes.int64: "int64_val", dtypes.bool: "bool_val",
    dtypes.complex64: "scomplex_val", dtypes.complex128: "dcomplex_val", dtypes.float16: "half_val",
    dtypes.bfloat16: "half_val", dtypes.uint32: "uint32_val", dtypes.uint64: "uint64_val", dtypes.string: "string_val",
}  # fmt: skip
_FIELD.update(
    (t, "int_val")
    for t in (
        dtypes.int32, dtypes.uint8, dtypes.int16, dtypes.int8, dtypes.uint16, dtypes.qint8, dtypes.quint8, dtypes.qint16,
        dtypes.quint16, dtypes.qint32,
    )
)  # fmt: skip
_PARTS = {dtypes.complex64: np.float32, dtypes.complex128: np.float64, dtypes.float16: np.uint16, dtypes.bfloat16: np.uint16}


def to_proto(array, dtype=None, shape=None):
    """Gives the TensorProto of an array, with the bytes that TensorFlow 1.15's `make_tensor_proto` chooses.

    Args:
        array: an array, or what `np.asarray` takes; objects are strings (str is encoded as UTF-8).
        dtype: its DType, when the array's own does not tell (quantized types).
        shape: a shape with as many elements, or with more: then the last value stands for the rest.

    Raises:
        ValueError: when the array has more elements than `shape`, or needs 2 GB.
        TypeError: when the values have no TensorFlow type.
    """
    array = np.asarray(array)
    dtype = as_dtype(array.dtype.newbyteorder("=") if dtype is None else dtype).base_dtype
    shape = array.shape if shape is None else tuple(int(d) for d in shape)
    if dtype not in _FIELD:
        raise TypeError(f"A tensor of type {dtype.name} cannot be written as a TensorProto.")
    count = math.prod(shape)
    if array.size > count or (array.size == 0 and count):
        raise ValueError(f"{array.size} values cannot make a tensor of shape {list(shape)}.")
    proto = protos.TensorProto(dtype=dtype.as_datatype_enum)
    proto.tensor_shape.SetInParent()
    for d in shape:
        proto.tensor_shape.dim.add(size=d)
    if dtype is dtypes.string:
        proto.string_val.extend(_as_bytes(s) for s in array.ravel().tolist())
        return proto
    array = np.ascontiguousarray(array, dtype.np).ravel()
    if array.nbytes >= _LIMIT:
        raise ValueError(f"A tensor of {array.nbytes} bytes cannot be written as a TensorProto: the limit is 2 GB.")
    if dtype in _RAW and array.size == count and count > 1:
        proto.tensor_content = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    else:
        getattr(proto, _FIELD[dtype]).extend(array.view(_PARTS.get(dtype, array.dtype)).tolist())
    return proto


def _as_bytes(value):
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytes, bytearray, np.bytes_)):
        return bytes(value)
    raise TypeError(f"A string tensor cannot hold {value!r} of type {type(value).__name__}: it takes str and bytes.")


def value_count(proto, dtype):
    """Gives the number of values that a TensorProto of type `dtype` states, repeats not counted."""
    if proto.tensor_content:
        return len(proto.tensor_content) // dtype.size
    return len(getattr(proto, _FIELD[dtype])) // (2 if dtype.is_complex else 1)


def shape_of(proto):
    """Gives the shape of a TensorProto. Raises ValueError when it is not fully known, or impossible."""
    dims = tuple(d.size for d in proto.tensor_shape.dim)
    if proto.tensor_shape.unknown_rank or not tensor_slice.possible(dims):
        raise ValueError(
            f"A TensorProto of the shape {'unknown' if proto.tensor_shape.unknown_rank else list(dims)} is no value."
        )
    return dims


def to_array(proto):
    """Gives the array that a TensorProto holds (of bytes objects for strings).

    Fewer values than elements: the last one is repeated; none at all: zeros, as in TensorFlow.

    Raises:
        ValueError: when contents and shape contradict each other, or the type is unknown.
        NotImplementedError: for resource and variant tensors.
    """
    try:
        dtype = as_dtype(proto.dtype).base_dtype
    except TypeError:
        raise ValueError(f"A TensorProto has the unknown type {proto.dtype}.") from None
    if dtype not in _FIELD:
        raise NotImplementedError(f"A TensorProto of type {dtype.name} has no array.")
    shape = shape_of(proto)
    count = math.prod(shape)
    if proto.tensor_content:
        return _from_content(proto.tensor_content, dtype, shape, count)
    values = getattr(proto, _FIELD[dtype])
    if dtype is dtypes.string:
        flat = np.empty(len(values), object)
        flat[:] = list(values)
    else:
        flat = np.array(values, dtype=_PARTS.get(dtype, _value_type(dtype)))
        flat = flat.view(dtype.np) if dtype in _PARTS else flat.astype(dtype.np)
    return _fill(flat, dtype, shape, count)


def _value_type(dtype):
    return np.int64 if _FIELD[dtype] == "int_val" else dtype.np


def _from_content(content, dtype, shape, count):
    if dtype is dtypes.string:
        raise ValueError("A TensorProto of strings has tensor_content, which holds no strings.")
    if len(content) != count * dtype.size:
        raise ValueError(
            f"A {dtype.name} TensorProto of shape {list(shape)} needs {count * dtype.size} bytes, got {len(content)}."
        )
    return np.frombuffer(content, dtype.np.newbyteorder("<")).astype(dtype.np).reshape(shape)


def _fill(flat, dtype, shape, count):
    if flat.size > count:
        raise ValueError(f"A {dtype.name} TensorProto of shape {list(shape)} holds {flat.size} values, more than {count}.")
    if flat.size == count:
        return flat.reshape(shape)
    if count * dtype.size > _REPEAT_LIMIT:
        raise ValueError(f"A {dtype.name} TensorProto of {flat.size} values claims the shape {list(shape)}.")
    out = np.empty(shape, dtype.np) if flat.size else np.full(shape, b"" if dtype is dtypes.string else 0, dtype.np)
    if flat.size:
        out.reshape(-1)[: flat.size] = flat
        out.reshape(-1)[flat.size :] = flat[-1]
    return out

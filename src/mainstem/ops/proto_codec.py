"""Protocol buffers of any type to tensors and back: their descriptors come from a file, from bytes, or are those of Mainstem."""

import functools
import math

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.message import DecodeError

from mainstem.base import errors
from mainstem.core.registry import op
from mainstem.formats import protos, stores
from mainstem.ops.host import invalid

_INT32, _INT64, _UINT32, _UINT64 = ("int32", "int64"), ("int64",), ("uint32", "uint64"), ("uint64",)
_TYPES = {  # what a field of each type may become; the first is its own
    Field.TYPE_DOUBLE: ("float64",), Field.TYPE_FLOAT: ("float32", "float64"),
    Field.TYPE_INT32: _INT32, Field.TYPE_SINT32: _INT32, Field.TYPE_SFIXED32: _INT32, Field.TYPE_ENUM: ("int32",),
    Field.TYPE_INT64: _INT64, Field.TYPE_SINT64: _INT64, Field.TYPE_SFIXED64: _INT64,
    Field.TYPE_UINT32: _UINT32, Field.TYPE_FIXED32: _UINT32, Field.TYPE_UINT64: _UINT64, Field.TYPE_FIXED64: _UINT64,
    Field.TYPE_BOOL: ("bool",), Field.TYPE_STRING: ("string",), Field.TYPE_BYTES: ("string",),
    Field.TYPE_MESSAGE: ("string",), Field.TYPE_GROUP: ("string",),
}  # fmt: skip
_NAMES = {"float32": "float", "float64": "double"}


def _bytes(value):
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")


def _text(value):
    return value if isinstance(value, str) else value.decode()


@functools.lru_cache(64)
def _message_class(source, name):
    """The class of messages called `name`. Raises InvalidArgumentError where the source has none, or is none."""
    if source in (b"local://", b""):
        found = getattr(protos, name.removeprefix("tensorflow."), None) if name.startswith("tensorflow.") else None
        if found is not None:
            return found
        pool = descriptor_pool.Default()
    else:
        pool = _pool(source)
    try:
        return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
    except KeyError:
        raise invalid(f"No descriptor found for message type {name}") from None


def _pool(source):
    shown = source.decode("utf-8", "replace")
    files = descriptor_pb2.FileDescriptorSet()
    try:
        if source.startswith(b"bytes://"):
            files.ParseFromString(source[len(b"bytes://") :])
        else:
            with stores.opened(shown) as file:
                files.ParseFromString(file.read())
        pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            pool.AddSerializedFile(file.SerializeToString())
    except (DecodeError, OSError, TypeError) as e:
        raise invalid(f"Source does not represent serialized file descriptor set proto. {shown[:80]!r}: {e}") from None
    return pool


def _fields(kind, names):
    for name in names:
        field = kind.DESCRIPTOR.fields_by_name.get(_text(name))
        if field is None:
            raise invalid(f"Unknown field: {_text(name)} in message type {kind.DESCRIPTOR.full_name}")
        yield field


def _values(message, field):
    """The values of a field, a list: none of an optional one that is not there."""
    if field.is_repeated:
        found = list(getattr(message, field.name))
    else:
        there = message.HasField(field.name) if field.has_presence else any(f is field for f, _ in message.ListFields())
        found = [getattr(message, field.name)] if there else []
    if field.message_type is not None:
        return [v.SerializeToString(deterministic=True) for v in found]
    return [v.encode() for v in found] if field.type == Field.TYPE_STRING else found


def _missing(field):
    if field.message_type is not None or field.is_repeated:
        return b"" if _TYPES[field.type][0] == "string" else 0
    return _bytes(field.default_value) if _TYPES[field.type][0] == "string" else field.default_value


def _decode_shapes(inputs, attrs):
    batch = inputs[0].shape
    if batch is None:
        return [None] * (1 + len(attrs["output_types"]))
    return [(*batch, len(attrs["field_names"])), *[(*batch, None)] * len(attrs["output_types"])]


@op("DecodeProtoV2", "string -> sizes:int32, values:*output_types", host=True, shape=_decode_shapes)
def decode_proto(
    bytes, *, message_type: "string", field_names: "list(string)", output_types: "list(type)", descriptor_source="local://",  # noqa: A002
    message_format="binary", sanitize=False,
):  # fmt: skip
    """Fields of serialized messages [..]: how many values each has, [.., fields], and the values [.., most] of each field.

    What is missing is filled up with the field's default. Messages inside are strings. Raises DataLossError for damaged messages.
    """
    if len(field_names) != len(output_types):
        raise invalid("field_names and output_types attributes must have the same length")
    if (shape_of := _text(message_format)) not in ("binary", "text"):
        raise invalid(f"format must be one of binary or text. Got: {shape_of}")
    kind = _message_class(_bytes(descriptor_source), _text(message_type))
    fields, data = list(_fields(kind, field_names)), np.asarray(bytes, object)
    for field, dtype in zip(fields, output_types):
        if dtype.name not in _TYPES[field.type]:
            own = _TYPES[field.type][0]
            raise invalid(f"Unexpected output type for {field.full_name}: {_NAMES.get(own, own)} to DT_{_enum(dtype)}")
    messages = [_parsed(kind, d, shape_of) for d in data.reshape(-1).tolist()]
    sizes, values = np.empty((len(messages), len(fields)), np.int32), []
    for i, (field, dtype) in enumerate(zip(fields, output_types)):
        rows = [_values(m, field) for m in messages]
        sizes[:, i] = list(map(len, rows))
        most = max(1, *map(len, rows)) if rows else 1
        out = np.empty((len(rows), most), dtype.np)
        out[...] = _missing(field)
        for row, found in zip(out, rows):
            row[: len(found)] = found
        values.append(out.reshape(*data.shape, most))
    return sizes.reshape(*data.shape, len(fields)), values


def _enum(dtype):
    return {"float32": "FLOAT", "float64": "DOUBLE"}.get(dtype.name, dtype.name.upper())


def _parsed(kind, data, how):
    try:
        return kind.FromString(data) if how == "binary" else text_format.Parse(data, kind())
    except DecodeError:
        raise errors.DataLossError(None, None, "CountFields: Failed to consume entire buffer") from None
    except text_format.ParseError as e:
        raise errors.DataLossError(None, None, f"Unable to parse text protobuf: {e}") from None


def _encode_shapes(inputs, attrs):
    sizes = inputs[0].shape
    return [None if sizes is None else sizes[:-1]]


@op("EncodeProto", "int32, *Tinput_types -> bytes:string", host=True, shape=_encode_shapes)
def encode_proto(
    sizes, values, *, field_names: "list(string)", message_type: "string", descriptor_source="local://",
    Tinput_types: "list(type)",
):  # fmt: skip # noqa: N803
    """Serialized messages [..] of the first `sizes` [.., fields] values of each field, `values` [.., most]; fields by their numbers."""
    kind = _message_class(_bytes(descriptor_source), _text(message_type))
    fields, sizes = list(_fields(kind, field_names)), np.asarray(sizes)
    batch = sizes.shape[:-1]
    for field, dtype, value in zip(fields, Tinput_types, values, strict=True):
        if dtype.name not in _TYPES[field.type]:
            own = _TYPES[field.type][0]
            raise invalid(
                f"Incompatible type for field {field.name}.  Saw dtype: {_NAMES.get(dtype.name, dtype.name)} but field type is: "
                f"{_NAMES.get(own, own)}"
            )
        if (*np.shape(value)[:-1], len(fields)) != sizes.shape:
            wanted = ",".join(map(str, (*np.shape(value)[:-1], len(fields))))
            saw = ",".join(map(str, sizes.shape))
            raise invalid(f"sizes should be batch_size + [len(field_names)].  Saw: [{saw}] but expected: [{wanted}]")
    count = math.prod(batch)
    out, sizes = np.empty(count, object), sizes.reshape(count, len(fields))
    columns = [np.asarray(v).reshape(count, -1) for v in values]
    order = sorted(range(len(fields)), key=lambda i: fields[i].number)
    for row in range(count):
        parts = []
        for i in order:
            size, found = int(sizes[row, i]), columns[i][row].tolist()
            if size > len(found):
                raise invalid(
                    f"Size to write must not be larger than value tensor; but saw: {size} > {len(found)} at message {row} field {i}"
                )
            parts += _written(kind, fields[i], found[:size])
        out[row] = b"".join(parts)
    return out.reshape(batch)


def _written(kind, field, values):
    """The bytes of a field's values; of an optional field with several, one after the other."""
    if not values:
        return []
    if not field.is_repeated:
        return [_one(kind(), field, v).SerializeToString() for v in values]
    made = kind()
    for v in values:
        _one(made, field, v)
    return [made.SerializeToString()]


def _one(message, field, value):
    if field.message_type is not None:
        inner = getattr(message, field.name).add() if field.is_repeated else getattr(message, field.name)
        try:
            inner.MergeFromString(value)
            inner.SetInParent() if not field.is_repeated else None
        except DecodeError:
            raise invalid(f"Could not parse the bytes of field {field.name}") from None
        return message
    value = value.decode() if field.type == Field.TYPE_STRING else value
    getattr(message, field.name).append(value) if field.is_repeated else setattr(message, field.name, value)
    return message

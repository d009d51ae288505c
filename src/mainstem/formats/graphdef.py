"""GraphDef records: attrs as plain Python values, shapes as tuples, graphs from and to files.

The plain value of an attr is, by the type that the OpDef states: "int" int, "float" float, "bool" bool, "string" bytes,
"type" DType, "shape" tuple (None for unknown rank, None for an unknown dimension), "tensor" array, "func" (name, attrs),
"list(...)" a list of those.
"""

import os

import numpy as np
from google.protobuf import text_format

from mainstem.base import shapes
from mainstem.base.dtypes import DType, as_dtype
from mainstem.base.errors import NotFoundError
from mainstem.formats import protos, stores, tensor_proto
from mainstem.formats.files import FILES, write_atomic

_ATTR_FIELD = {
    "int": "i", "float": "f", "bool": "b", "string": "s", "type": "type", "shape": "shape", "tensor": "tensor", "func": "func"
}  # fmt: skip
_TYPE_OF_FIELD = {field: attr_type for attr_type, field in _ATTR_FIELD.items()}


class Placeholder(str):
    """The value of an attr that an enclosing function's attr of this name will supply."""


def shape_to_proto(shape, proto=None):
    """Gives the TensorShapeProto of a tuple shape, TensorShape or None; fills `proto` when one is given."""
    proto = protos.TensorShapeProto() if proto is None else proto
    shape = shapes.as_tuple(shape)
    if shape is None:
        proto.unknown_rank = True
        return proto
    for d in shape:
        proto.dim.add().size = -1 if d is None else d
    return proto


shapes.TensorShape.encode = staticmethod(shape_to_proto)


def shape_from_proto(proto):
    """Gives the tuple shape of a TensorShapeProto, None for unknown rank. Raises ValueError for a size below -1."""
    if proto.unknown_rank:
        return None
    sizes = [d.size for d in proto.dim]
    if any(n < -1 for n in sizes):
        raise ValueError(f"A TensorShapeProto has the impossible dimensions {sizes}.")
    return tuple(None if n == -1 else n for n in sizes)


def attr_to_proto(value, attr_type, proto=None):
    """Gives the AttrValue of a plain value.

    Args:
        value: the plain value.
        attr_type: the OpDef's type of the attr, e.g. "int" or "list(shape)".
        proto: an AttrValue to fill, or None for a new one.

    Raises:
        TypeError: when the value is not of that type.
        ValueError: when the type is unknown, or a shape impossible.
    """
    proto = protos.AttrValue() if proto is None else proto
    if isinstance(value, Placeholder):
        proto.placeholder = value
    elif attr_type.startswith("list("):
        kind = attr_type[5:-1]
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"An attr of type {attr_type} takes a list. Got {value!r}.")
        proto.list.SetInParent()
        for item in value:
            _put(proto.list, kind, item, attr_type, repeated=True)
    else:
        _put(proto, attr_type, value, attr_type, repeated=False)
    return proto


def _put(parent, kind, value, attr_type, repeated):
    if kind not in _ATTR_FIELD:
        raise ValueError(f"Unknown attr type {attr_type!r}.")
    field = _ATTR_FIELD[kind]
    try:
        if kind in ("shape", "tensor", "func"):
            _fill_message(kind, getattr(parent, field).add() if repeated else getattr(parent, field), value)
        elif repeated:
            getattr(parent, field).append(_scalar(kind, value))
        else:
            setattr(parent, field, _scalar(kind, value))
    except (TypeError, AttributeError) as e:
        raise TypeError(f"An attr of type {attr_type} cannot hold {value!r}: {e}") from None


def _scalar(kind, value):
    if kind == "type":
        return as_dtype(value).as_datatype_enum
    if kind == "string":
        if not isinstance(value, (str, bytes)):
            raise TypeError("not a string")
        return value.encode(errors="surrogateescape") if isinstance(value, str) else bytes(value)
    if kind == "bool":
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError("not a bool")
        return bool(value)
    if isinstance(value, (bool, np.bool_)):
        raise TypeError("a bool is not a number here")
    if isinstance(value, (str, bytes)):
        raise TypeError("a string is not a number")
    return float(value) if kind == "float" else value.__index__()


def _fill_message(kind, message, value):
    if kind == "shape":
        message.SetInParent()
        shape_to_proto(value, message)
    elif kind == "tensor":
        message.CopyFrom(value if isinstance(value, protos.TensorProto) else tensor_proto.to_proto(value))
    else:
        name, attrs = (value, {}) if isinstance(value, str) else value
        message.name = name
        for key in sorted(attrs):
            attr_to_proto(attrs[key], infer_attr_type(attrs[key]), message.attr[key])


def infer_attr_type(value):
    """Gives the attr type that a plain value stands for; needed for the attrs of a function, which no OpDef describes.

    A tuple is a shape, or a function when its first element is a str. Raises TypeError when no type fits.
    """
    if isinstance(value, list):
        return f"list({infer_attr_type(value[0])})" if value else "list(int)"
    if value is None or isinstance(value, shapes.TensorShape):
        return "shape"
    if isinstance(value, tuple):
        return "func" if value and isinstance(value[0], str) else "shape"
    for attr_type, kinds in _PYTHON_TYPES:
        if isinstance(value, kinds):
            return attr_type
    raise TypeError(f"No attr type fits {value!r} of type {type(value).__name__}.")


_PYTHON_TYPES = (
    ("string", (str, bytes)), ("bool", (bool, np.bool_)), ("int", (int, np.integer)), ("float", (float, np.floating)),
    ("type", DType), ("tensor", np.ndarray),
)  # fmt: skip


def attr_from_proto(proto, attr_type=None):
    """Gives the plain value of an AttrValue, `Placeholder` for a placeholder.

    Args:
        proto: the AttrValue.
        attr_type: the OpDef's type of the attr, checked when given.

    Raises:
        ValueError: when the value is not of that type, is not set, or makes no sense (an unknown DType, say).
    """
    field = proto.WhichOneof("value")
    if field == "placeholder":
        return Placeholder(proto.placeholder)
    if field is None:
        raise ValueError(f"An attr {'of type ' + attr_type + ' ' if attr_type else ''}has no value.")
    if field == "list":
        return _list_from_proto(proto.list, attr_type)
    found = _TYPE_OF_FIELD[field]
    if attr_type not in (None, found):
        raise ValueError(f"An attr of type {attr_type} has a value of type {found}.")
    return _plain(found, getattr(proto, field))


def _list_from_proto(proto, attr_type):
    filled = [f.name for f, _ in proto.ListFields()]
    if len(filled) > 1:
        raise ValueError(f"An attr has a list of several types: {filled}.")
    found = f"list({_TYPE_OF_FIELD[filled[0]]})" if filled else attr_type or "list()"
    if attr_type not in (None, found) or not found.startswith("list("):
        raise ValueError(f"An attr of type {attr_type} has a value of type {found}.")
    return [_plain(_TYPE_OF_FIELD[filled[0]], v) for v in getattr(proto, filled[0])] if filled else []


def _plain(kind, value):
    if kind == "type":
        try:
            return as_dtype(value)
        except TypeError:
            raise ValueError(f"An attr names the unknown type {value}.") from None
    if kind == "shape":
        return shape_from_proto(value)
    if kind == "tensor":
        return tensor_proto.to_array(value)
    if kind == "func":
        return value.name, {key: attr_from_proto(value.attr[key]) for key in value.attr}
    return value


def parse_graph_def(data, source="the GraphDef", kind=None):
    """Gives the message that `data` (bytes, binary or text) holds.

    Args:
        data: the bytes.
        source: where they come from, for messages.
        kind: the message class, GraphDef unless given (MetaGraphDef, SavedModel, ...).

    Raises ValueError saying what `data` seems to be instead.
    """
    kind = kind or protos.GraphDef
    problem = None
    if not _looks_like_text(data):
        try:
            message = kind.FromString(data)
            if _plausible(message):
                return message
            problem = "it has no node with a name and an op"
        except Exception as e:  # the decode error's class depends on protobuf's implementation
            problem = f"{type(e).__name__}"
    else:
        try:
            return text_format.Parse(data.decode(), kind())
        except (text_format.ParseError, UnicodeDecodeError) as e:
            problem = f"as text: {e}"
    raise ValueError(f"{source} does not hold a {kind.DESCRIPTOR.name}{_guess(data)} ({problem}).")


def _plausible(message):
    """Random bytes often parse as a message of unknown fields; a graph's nodes have names and ops."""
    if message.DESCRIPTOR.name != "GraphDef":
        return True
    return all(n.name and n.op for n in message.node) and bool(message.ListFields() or not message.ByteSize())


def _looks_like_text(data):
    head = data[:512]
    if not head.strip():
        return False
    return all(32 <= b < 127 or b in b"\t\r\n" or b >= 128 for b in head) and any(c in head for c in b"{:")


def _guess(data):
    if data.startswith(b"\x89HDF"):
        return "; it is an HDF5 file (Keras weights or model)"
    if data.startswith(b"PK\3\4"):
        return "; it is a zip archive (.npz or .keras)"
    if data[-8:] == (0xDB4775248B80FB57).to_bytes(8, "little"):
        return "; it is a checkpoint's index or a V1 checkpoint"
    return ""


def read_graph_def(path, kind=None):
    """Gives the GraphDef (or the message class `kind`) of a file, binary or text.

    Raises NotFoundError when there is no such file and ValueError when it holds something else.
    """
    path = os.fspath(path)
    try:
        with stores.opened(path) as f:
            data = f.read()
    except FileNotFoundError:
        raise NotFoundError(message=f"{path}; No such file or directory") from None
    return parse_graph_def(data, path, kind)


def write_graph_def(message, path, as_text=None, ops=FILES):
    """Writes a GraphDef or another message to a file, in one step.

    Args:
        message: the message.
        path: the file's name.
        as_text: whether to write text; None asks the name (`.pbtxt`, `.txt`).
        ops: the `FileOps` to write through.
    """
    path = os.fspath(path)
    if as_text is None:
        as_text = path.endswith((".pbtxt", ".txt"))
    data = text_format.MessageToString(message).encode() if as_text else message.SerializeToString(deterministic=True)
    write_atomic(path, data, ops)

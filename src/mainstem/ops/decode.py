"""Bytes to tensors and back: raw numbers, base64, zlib and gzip, comma-separated values, Unicode, TensorProtos."""

import base64
import binascii
import gzip
import zlib

import numpy as np
from google.protobuf.message import DecodeError

from mainstem.base import dtypes, shapes
from mainstem.core.families import scalar_shape
from mainstem.core.registry import op
from mainstem.formats import protos, tensor_proto
from mainstem.ops.host import invalid
from mainstem.ops.string import each, elementwise, parse_number

RAW = (dtypes.REAL - {dtypes.bfloat16, dtypes.uint32, dtypes.uint64}) | dtypes.COMPLEX | {dtypes.bool}
CSV = frozenset({dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.string})


def _one_more(inputs, attrs):
    return [None if inputs[0].shape is None else (*inputs[0].shape, None)]


@op("DecodeRaw", "string -> out_type", out_type=RAW, host=True, shape=_one_more)
def decode_raw(bytes, *, out_type: "type", little_endian=True):
    """The bytes of equally long strings [..] as numbers [.., n] of `out_type`."""
    strings = np.asarray(bytes, object)
    kind, flat = out_type.np, strings.reshape(-1).tolist()
    if not flat:
        return np.zeros((*strings.shape, 0), kind)
    size = len(flat[0])
    for i, s in enumerate(flat):
        if len(s) != size:
            raise invalid(
                f"DecodeRaw requires input strings to all be the same size, but element {i} has size {size} != {len(s)}"
            )
    if size % kind.itemsize:
        raise invalid(
            f"Input to DecodeRaw has length {size} that is not a multiple of {kind.itemsize}, the size of {out_type.name}"
        )
    stored = kind.newbyteorder("<" if little_endian else ">")
    return np.frombuffer(b"".join(flat), stored).astype(kind).reshape(*strings.shape, size // kind.itemsize)


def _padded_shape(inputs, attrs):
    length, size = inputs[1].value(), attrs["out_type"].size
    if length is not None and (length <= 0 or length % size):
        raise ValueError(
            f"fixed_length ({length}) must be positive and divide evenly by the size of {attrs['out_type'].name} ({size})."
        )
    return [None if inputs[0].shape is None else (*inputs[0].shape, None if length is None else int(length) // size)]


@op(
    "DecodePaddedRaw",
    "string, int32 -> out_type",
    out_type=RAW - dtypes.COMPLEX - {dtypes.bool},
    host=True,
    shape=_padded_shape,
)
def decode_padded_raw(input_bytes, fixed_length, *, out_type: "type", little_endian=True):
    """The bytes of strings [..], each cut or filled up with zeros to `fixed_length` bytes, as numbers [.., n] of `out_type`."""
    length, kind = int(fixed_length), out_type.np
    if length <= 0 or length % kind.itemsize:
        raise invalid(
            f"fixed_length ({length}) must be positive and divide evenly by the size of {out_type.name} ({kind.itemsize})."
        )
    strings = each(lambda s: s[:length].ljust(length, b"\0"), input_bytes)
    stored = kind.newbyteorder("<" if little_endian else ">")
    return np.frombuffer(b"".join(strings.reshape(-1)), stored).astype(kind).reshape(*strings.shape, length // kind.itemsize)


@op("SerializeTensor", "T -> serialized:string", T=dtypes.DEVICE | {dtypes.string}, host=True, shape=scalar_shape)
def serialize_tensor(tensor):
    """A tensor as the bytes of a TensorProto."""
    return np.array(tensor_proto.to_proto(np.asarray(tensor)).SerializeToString(), object)


@op(
    "ParseTensor", "string -> out_type", out_type=dtypes.DEVICE | {dtypes.string}, host=True, shape=lambda inputs, attrs: [None]
)
def parse_tensor(serialized, *, out_type: "type"):
    """The tensor that the bytes of a TensorProto stand for. Raises InvalidArgumentError when its dtype is not `out_type`."""
    proto = protos.TensorProto()
    try:
        proto.ParseFromString(np.asarray(serialized, object)[()])
    except DecodeError:
        raise invalid("Could not parse `serialized` as TensorProto") from None
    if proto.dtype != out_type.as_datatype_enum:
        raise invalid(f"Type mismatch between parsed tensor (type number {proto.dtype}) and dtype ({out_type.name})")
    try:
        return tensor_proto.to_array(proto)
    except (ValueError, TypeError) as e:
        raise invalid(f"Could not parse `serialized` as TensorProto: {e}") from None


@elementwise("EncodeBase64")
def encode_base64(input, *, pad=False):
    """Each string in web-safe base64, with `=` signs at the end when `pad`."""

    def encode(s):
        out = base64.urlsafe_b64encode(s)
        return out if pad else out.rstrip(b"=")

    return each(encode, input)


@elementwise("DecodeBase64")
def decode_base64(input):
    """The bytes that web-safe base64 strings stand for, with or without padding."""

    def decode(s):
        body = s.rstrip(b"=")
        if len(body) % 4 == 1:
            raise invalid("Base64 string length cannot be 1 modulo 4.")
        try:
            return base64.b64decode(body + b"=" * (-len(body) % 4), altchars=b"-_", validate=b"+" not in s and b"/" not in s)
        except binascii.Error:
            raise invalid("Invalid character found in base64.") from None

    def check(s):
        if b"+" in s or b"/" in s:
            raise invalid("Invalid character found in base64.")
        return decode(s)

    return each(check, input)


@elementwise("DecodeCompressed")
def decode_compressed(bytes, *, compression_type=""):
    """Strings uncompressed: `compression_type` is "", "ZLIB" or "GZIP"."""
    try:
        fn = {"": lambda s: s, "ZLIB": zlib.decompress, "GZIP": gzip.decompress}[compression_type]
    except KeyError:
        raise invalid(f"Only ZLIB, GZIP or NONE are supported compressions. Got {compression_type!r}.") from None
    try:
        return each(fn, bytes)
    except (zlib.error, OSError, EOFError) as e:
        raise invalid(f"DecodeCompressed: the input is not {compression_type} data: {e}") from None


def _quoted(text, at, delim, record):
    """The field that opens with a quote at `at`: its content and where it ends."""
    out, i = [], at + 1
    while True:
        close = text.find(b'"', i)
        if close < 0:
            raise invalid(f"Quoted field has to end with quote followed by delim, CRLF, or end (record {record})")
        out.append(text[i:close])
        after = text[close + 1 : close + 2]
        if after == b'"':
            out.append(b'"')
            i = close + 2
        elif after in (b"", delim):
            return b"".join(out), close + 1
        else:
            raise invalid("Quote inside a string has to be escaped by another quote")


def _fields(text, delim, quotes, record):
    out, at = [], 0
    while True:
        if quotes and text[at : at + 1] == b'"':
            field, end = _quoted(text, at, delim, record)
        else:
            end = text.find(delim, at)
            end = len(text) if end < 0 else end
            field = text[at:end]
            if quotes and any(b in field for b in b'"\r\n'):
                raise invalid("Unquoted fields cannot have quotes/CRLFs inside")
        out.append(field)
        if end >= len(text):
            return out
        at = end + 1


def _csv_shapes(inputs, attrs):
    for i in inputs[1:]:
        if i.shape is not None and (len(i.shape) > 1 or i.shape not in ((), (0,), (1,), (None,))):
            raise ValueError(
                f"Shape of a default must be a length-0 or length-1 vector, or a scalar. Got {shapes.show(i.shape)}"
            )
    return [inputs[0].shape] * len(attrs["OUT_TYPE"])


@op("DecodeCSV", "string, *OUT_TYPE -> *OUT_TYPE", host=True, shape=_csv_shapes)
def decode_csv(
    records, record_defaults, *, OUT_TYPE: "list(type)", field_delim=",", use_quote_delim=True, na_value="",
    select_cols: "list(int)" = (),
):  # fmt: skip # noqa: N803
    """The columns of comma-separated records [..], each [..]; a default without elements makes its column required."""
    delim = field_delim.encode()
    if len(delim) != 1:
        raise invalid(f"field_delim should be only 1 char. Got {field_delim!r}.")
    records = np.asarray(records, object)
    outs = [np.empty(records.shape, t.np) for t in OUT_TYPE]
    for r, text in enumerate(records.reshape(-1).tolist()):
        fields = _fields(text, delim, use_quote_delim, r)
        if select_cols:
            fields = [fields[c] for c in select_cols if c < len(fields)]
        if len(fields) != len(outs):
            raise invalid(f"Expect {len(outs)} fields but have {len(fields)} in record {r}")
        for f, (field, default, dtype) in enumerate(zip(fields, record_defaults, OUT_TYPE, strict=True)):
            outs[f].reshape(-1)[r] = _value(field, np.asarray(default).reshape(-1), dtype, na_value.encode(), f, r)
    return outs


def _value(field, default, dtype, missing, f, r):
    if field in (b"", missing):
        if default.size == 0:
            raise invalid(f"Field {f} is required but missing in record {r}!")
        return default[0]
    if dtype is dtypes.string:
        return field
    value = parse_number(field, dtype)
    if value is None:
        kind = {"float32": "float", "float64": "double"}.get(dtype.name, dtype.name)
        raise invalid(f"Field {f} in record {r} is not a valid {kind}: {field.decode('utf-8', 'replace')}")
    return value


# ---- Unicode

_CODECS = {"UTF-8": "utf-8", "UTF-16-BE": "utf-16-be", "UTF-32-BE": "utf-32-be", "US ASCII": "ascii"}


def _codec(name):
    return _CODECS.get(name.upper(), name)


@elementwise("UnicodeTranscode")
def unicode_transcode(
    input, *, input_encoding: "string", output_encoding: "string", errors="replace", replacement_char=65533,
    replace_control_characters=False,
):  # fmt: skip
    """Strings in another encoding; what is not valid is replaced, left out ("ignore") or an error ("strict")."""

    def fix(text):
        out = []
        for c in text:
            bad = 0xDC80 <= ord(c) <= 0xDCFF or (replace_control_characters and ord(c) < 32)
            if bad and errors == "strict":
                raise invalid("Invalid formatting on input string")
            if not bad or errors == "replace":
                out.append(chr(replacement_char) if bad else c)
        return "".join(out).encode(_codec(output_encoding))

    def transcode(s):
        try:
            return fix(s.decode(_codec(input_encoding), "surrogateescape"))
        except UnicodeDecodeError:
            return fix(s.decode(_codec(input_encoding), "replace").replace("\ufffd", "\udc80"))
        except LookupError:
            raise invalid(f"Could not create converter for input encoding: {input_encoding}") from None

    return each(transcode, input)

"""Strings: `tf.strings.*`, `tf.string_split`, `tf.as_string`, `tf.decode_csv`, `tf.decode_raw` and their like."""

import numpy as np

from mainstem.base import dtypes
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.graph.tensor import Tensor
from mainstem.ops import array, decode, fill, math, string
from mainstem.surface.framework import convert_to_tensor, name_scope

_NO_RAGGED = "{} gives a RaggedTensor, which Mainstem does not have yet{}"


def _one_of(function, **given):
    """The one argument given under its new or its deprecated name. Raises ValueError for both or none."""
    found = [v for v in given.values() if v is not None]
    if len(found) != 1:
        raise ValueError(f"{function}: give exactly one of {' and '.join(given)}.")
    return found[0]


def join(inputs, separator="", name=None):
    """Joins a list of string tensors of one shape (scalars broadcast) element by element with `separator`."""
    return string.string_join(inputs, separator=separator, name=name)


def reduce_join(inputs, axis=None, keepdims=False, separator="", name=None):
    """Joins strings over `axis` (an int or list; None: all, in row-major order), the first named axis running fastest."""
    with name_scope(name, "ReduceJoin", [inputs, axis]):
        inputs = convert_to_tensor(inputs, dtypes.string, name="inputs")
        if axis is None:
            rank = inputs.shape.ndims
            if rank is None:
                last = math.sub(array.rank(inputs), 1)
                axis = fill.range_(last, -1, -1)
            else:
                axis = np.arange(rank - 1, -1, -1, dtype=np.int32)
        axis = convert_to_tensor(axis, dtypes.int32, name="reduction_indices")
        return string.reduce_join(inputs, axis, keep_dims=bool(keepdims), separator=separator, name="ReduceJoin")


def reduce_join_v1(inputs, axis=None, keep_dims=None, separator="", name=None, reduction_indices=None, keepdims=None):
    """Joins strings over `axis`; see `reduce_join`. `keep_dims` and `reduction_indices` are the old names."""
    axis = reduction_indices if axis is None else axis
    return reduce_join(inputs, axis, keep_dims if keepdims is None else keepdims, separator, name)


def _sparse(parts):
    indices, values, shape = parts
    return SparseTensor(indices=indices, values=values, dense_shape=shape)


def string_split(source, sep=None, skip_empty=True, delimiter=None, result_type="SparseTensor", name=None):
    """Splits each string of the vector `source` at any character of `sep` (" "; after each byte when ""), as a SparseTensor."""
    if result_type == "RaggedTensor":
        raise NotImplementedError(_NO_RAGGED.format("tf.string_split", ": use result_type='SparseTensor'."))
    if sep is not None and delimiter is not None:
        raise ValueError("tf.string_split: give exactly one of sep and delimiter.")
    sep = delimiter if sep is None else sep
    with name_scope(None, "StringSplit", [source]):
        source = convert_to_tensor(source, dtypes.string, name="source")
        return _sparse(string.string_split(source, " " if sep is None else sep, skip_empty=skip_empty, name=name))


def split(input, sep=None, maxsplit=-1, name=None):
    """Not there yet: the v2 function gives a RaggedTensor. Raises NotImplementedError."""
    raise NotImplementedError(_NO_RAGGED.format("tf.strings.split", ": use tf.compat.v1.strings.split for a SparseTensor."))


def split_v1(input=None, sep=None, maxsplit=-1, result_type="SparseTensor", source=None, name=None):
    """Splits each string of a vector at the whole `sep` (white space when empty), at most `maxsplit` times, as a SparseTensor."""
    if result_type == "RaggedTensor":
        raise NotImplementedError(_NO_RAGGED.format("tf.strings.split", ": use result_type='SparseTensor'."))
    given = _one_of("tf.strings.split", input=input, source=source)
    with name_scope(name, "StringSplit", [given]):
        given = convert_to_tensor(given, dtypes.string, name="input")
        if given.shape.ndims == 0:
            given = array.expand_dims(given, 0)
        return _sparse(string.string_split_v2(given, "" if sep is None else sep, maxsplit=maxsplit))


def substr(input, pos, len, unit="BYTE", name=None):
    """`len` bytes (code points with unit "UTF8_CHAR") of each string from `pos` on, counted from the end when negative."""
    return string.substr(input, pos, len, unit=unit, name=name)


def substr_v1(input, pos, len, name=None, unit="BYTE"):
    """As `substr`, with the arguments in the old order."""
    return string.substr(input, pos, len, unit=unit, name=name)


def length(input, unit="BYTE", name=None):
    """The number of bytes (code points with unit "UTF8_CHAR") of each string, int32."""
    return string.string_length(input, unit=unit, name=name)


def length_v1(input, name=None, unit="BYTE"):
    """As `length`, with the arguments in the old order."""
    return string.string_length(input, unit=unit, name=name)


def strip(input, name=None):
    """Strings without white space at both ends."""
    return string.string_strip(input, name=name)


def lower(input, encoding="", name=None):
    """Lower case of ASCII letters, or of all letters with encoding "utf-8"."""
    return string.string_lower(input, encoding=encoding, name=name)


def upper(input, encoding="", name=None):
    """Upper case of ASCII letters, or of all letters with encoding "utf-8"."""
    return string.string_upper(input, encoding=encoding, name=name)


def regex_replace(input, pattern, rewrite, replace_global=True, name=None):
    r"""Replaces matches of an RE2 `pattern` (the first unless `replace_global`) by `rewrite`, in which \1 is group 1."""
    if isinstance(pattern, (str, bytes)) and isinstance(rewrite, (str, bytes)):
        return string.static_regex_replace(input, pattern=pattern, rewrite=rewrite, replace_global=replace_global, name=name)
    return string.regex_replace(input, pattern, rewrite, replace_global=replace_global, name=name)


def regex_full_match(input, pattern, name=None):
    """Whether the RE2 `pattern` matches each string as a whole, bool."""
    if isinstance(pattern, (str, bytes)):
        return string.static_regex_full_match(input, pattern=pattern, name=name)
    return string.regex_full_match(input, pattern, name=name)


def as_string(input, precision=-1, scientific=False, shortest=False, width=-1, fill="", name=None):
    """Each number as text: `precision` digits (6 for floats), at least `width` characters filled by `fill` ("0", "-", "+", " ")."""
    return string.as_string(
        input, precision=precision, scientific=scientific, shortest=shortest, width=width, fill=fill, name=name
    )


def to_number(input, out_type=dtypes.float32, name=None):
    """The numbers that strings spell. A string that is none fails the run with InvalidArgumentError."""
    return string.string_to_number(input, out_type=out_type, name=name)


def to_number_v1(string_tensor=None, out_type=dtypes.float32, name=None, input=None):
    """As `to_number`, under the old argument name."""
    given = _one_of("tf.string_to_number", string_tensor=string_tensor, input=input)
    return string.string_to_number(given, out_type=out_type, name=name)


def to_hash_bucket_fast(input, num_buckets, name=None):
    """FarmHash's fingerprint of each string modulo `num_buckets`, int64: the same in every process and version."""
    return string.string_to_hash_bucket_fast(input, num_buckets=num_buckets, name=name)


def to_hash_bucket_strong(input, num_buckets, key, name=None):
    """SipHash with a secret `key` of two integers of each string modulo `num_buckets`, int64."""
    return string.string_to_hash_bucket_strong(input, num_buckets=num_buckets, key=key, name=name)


def to_hash_bucket(input, num_buckets, name=None):
    """The legacy hash of each string modulo `num_buckets`, int64."""
    return string.string_to_hash_bucket(input, num_buckets=num_buckets, name=name)


def to_hash_bucket_v1(string_tensor=None, num_buckets=None, name=None, input=None):
    """As `to_hash_bucket`, under the old argument name."""
    given = _one_of("tf.string_to_hash_bucket", string_tensor=string_tensor, input=input)
    return string.string_to_hash_bucket(given, num_buckets=num_buckets, name=name)


# ---- decoding


def decode_raw(input_bytes, out_type, little_endian=True, fixed_length=None, name=None):
    """The bytes of equally long strings [..] as numbers [.., n] of `out_type`."""
    if fixed_length is not None:
        return decode.decode_padded_raw(input_bytes, fixed_length, out_type=out_type, little_endian=little_endian, name=name)
    return decode.decode_raw(input_bytes, out_type=out_type, little_endian=little_endian, name=name)


def decode_raw_v1(input_bytes=None, out_type=None, little_endian=True, name=None, bytes=None):
    """As `decode_raw`; `bytes` is the old name of `input_bytes`."""
    given = _one_of("tf.decode_raw", input_bytes=input_bytes, bytes=bytes)
    if out_type is None:
        raise ValueError("tf.decode_raw: out_type must be given.")
    return decode.decode_raw(given, out_type=out_type, little_endian=little_endian, name=name)


def serialize_tensor(tensor, name=None):
    """A tensor as the bytes of a TensorProto, a scalar string."""
    return decode.serialize_tensor(tensor, name=name)


def parse_tensor(serialized, out_type, name=None):
    """The tensor of dtype `out_type` that the bytes of a TensorProto stand for."""
    return decode.parse_tensor(serialized, out_type=out_type, name=name)


def unicode_transcode(
    input, input_encoding, output_encoding, errors="replace", replacement_char=65533, replace_control_characters=False,
    name=None,
):  # fmt: skip
    """Strings in another encoding; what is not valid is replaced, left out ("ignore") or an error ("strict")."""
    return decode.unicode_transcode(
        input,
        input_encoding=input_encoding,
        output_encoding=output_encoding,
        errors=errors,
        replacement_char=replacement_char,
        replace_control_characters=replace_control_characters,
        name=name,
    )


def encode_base64(input, pad=False, name=None):
    """Each string in web-safe base64, padded with `=` when `pad`."""
    return decode.encode_base64(input, pad=pad, name=name)


def decode_base64(input, name=None):
    """The bytes that web-safe base64 strings stand for."""
    return decode.decode_base64(input, name=name)


def decode_compressed(bytes, compression_type="", name=None):
    """Strings uncompressed: `compression_type` is "", "ZLIB" or "GZIP"."""
    return decode.decode_compressed(bytes, compression_type=compression_type, name=name)


def decode_csv(records, record_defaults, field_delim=",", use_quote_delim=True, na_value="", select_cols=None, name=None):
    """The columns of comma-separated `records`, a list of tensors of their shape.

    Args:
        records: strings, one line each without the line end.
        record_defaults: one tensor a column: its dtype is the column's, its value what an empty field means; an empty tensor
            makes the column required.
        na_value: another text that means an empty field.
        select_cols: increasing indices of the columns to give; `record_defaults` is then for these.

    Raises ValueError when `select_cols` is not increasing or does not fit `record_defaults`.
    """
    if select_cols is not None:
        if any(a >= b for a, b in zip(select_cols[:-1], select_cols[1:], strict=True)):
            raise ValueError("select_cols is not strictly increasing.")
        if select_cols and select_cols[0] < 0:
            raise ValueError("select_cols contains negative values.")
        if len(select_cols) != len(record_defaults):
            raise ValueError("Length of select_cols and record_defaults do not match.")
    defaults = [d if isinstance(d, Tensor) else _default(d) for d in record_defaults]
    return decode.decode_csv(
        records,
        defaults,
        field_delim=field_delim,
        use_quote_delim=use_quote_delim,
        na_value=na_value,
        select_cols=list(select_cols or ()),
        name=name,
    )


def _default(value):
    """A dtype stands for a required column of that type."""
    if isinstance(value, dtypes.DType):
        return np.zeros((0,), value.np)
    return value


def decode_csv_v1(records, record_defaults, field_delim=",", use_quote_delim=True, name=None, na_value="", select_cols=None):
    """As `decode_csv`, with the arguments in the old order."""
    return decode_csv(records, record_defaults, field_delim, use_quote_delim, na_value, select_cols, name)

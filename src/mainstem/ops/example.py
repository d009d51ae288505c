"""Parsing `tf.train.Example` records into dense and sparse tensors, on the host.

Batches are read as columns (`formats.example_batch`); what is left here is shapes, defaults and what does not fit.
"""

import math

import numpy as np
from google.protobuf import json_format
from google.protobuf.message import DecodeError

from mainstem.base import dtypes
from mainstem.core.families import same_shape
from mainstem.core.registry import op
from mainstem.formats import example_batch, protos
from mainstem.formats.example_columns import Column, Strings
from mainstem.ops.host import invalid

KINDS = frozenset({dtypes.float32, dtypes.int64, dtypes.string})
_LISTS = {"float_list": "float32", "int64_list": "int64", "bytes_list": "string"}


def called(kind):
    """A kind's name in messages."""
    return {"float32": "float"}.get(kind, kind)


def features_of(data):
    """The features of one serialized Example, a map. Raises InvalidArgumentError."""
    try:
        return protos.Example.FromString(data).features.feature
    except DecodeError:
        raise invalid(f"Could not parse example input, value: {data[:80]!r}") from None


def values_of(features, key, dtype, complain):
    """The values of one feature as an array of `dtype`, or None when the record has none; `complain(kind)` words a wrong kind."""
    feature = features.get(key)
    kind = None if feature is None else feature.WhichOneof("kind")
    if kind is None:
        return None
    if _LISTS[kind] != dtype.name:
        raise invalid(complain(_LISTS[kind]))
    values = getattr(feature, kind).value
    out = np.empty(len(values), dtype.np)
    out[:] = values
    return out


def shown(shape):
    """A shape as TensorFlow's messages write it."""
    return "[" + ",".join("?" if d is None else str(d) for d in shape) + "]"


def size_words(dtype, count, shape):
    """Why `count` values do not make a dense feature of this shape; None when they do."""
    if shape and shape[0] is None:
        stride = math.prod(shape[1:])
        if stride and count % stride == 0:
            return None
        return f"Number of {called(dtype.name)} values is not a multiple of stride length. Saw {count} values but output shape is: {shown(shape)}"
    if count == math.prod(shape):
        return None
    return f"Number of {called(dtype.name)} values != expected.  Values size: {count} but output shape: {shown(shape)}"


# ---- batches


def _sparse_parts(column):
    """A column as the (indices [m, 2], values [m], shape [2]) of a sparse tensor."""
    counts = np.maximum(column.counts, 0)
    rows = np.empty((len(counts), 2), np.int64)
    rows[:, 0] = np.arange(len(counts))
    np.subtract(counts, np.cumsum(counts), out=rows[:, 1])  # where a row begins, below zero
    indices = np.repeat(rows.view("V16").reshape(-1), counts).view(np.int64).reshape(-1, 2)
    indices[:, 1] += np.arange(len(indices))
    return indices, column.values, np.array([len(counts), counts.max(initial=0)], np.int64)


def _dense_part(column, key, dtype, shape, default, where, lazily=False):
    """A column as an array [n, *shape]; a shape that starts with None becomes the longest row, the rest is filled up."""
    ragged, n = bool(shape) and shape[0] is None, len(column.counts)
    if not ragged and column.each == math.prod(shape):
        if lazily and not shape and isinstance(column.found, Strings):
            return column.found.kept()
        return column.values.reshape(n, *shape)
    counts, missing = column.counts, column.counts < 0
    if column.wrong:
        row, kind = column.wrong
        raise invalid(
            f"{where(row)}Key: {key}, Index: {row}.  Data types don't match. Data type: {called(kind)} but expected type: {called(dtype.name)}"
        )
    if ragged:
        stride = math.prod(shape[1:])
        bad = ~missing & (np.maximum(counts, 0) % max(stride, 1) != 0)
    else:
        stride = math.prod(shape)
        bad = ~missing & (counts != stride)
        if missing.any() and default.size == 0 and stride:
            row = int(np.argmax(missing))
            raise invalid(f"{where(row)}Feature: {key} (data type: {called(dtype.name)}) is required but could not be found.")
    if bad.any():
        row = int(np.argmax(bad))
        raise invalid(f"{where(row)}Key: {key}, Index: {row}.  {size_words(dtype, int(counts[row]), shape)}")
    if not ragged:
        if not missing.any():
            return column.values.reshape(n, *shape)
        out = np.empty((n, stride), dtype.np)
        out[~missing] = column.values.reshape(-1, stride)
        out[missing] = default.reshape(-1)
        return out.reshape(n, *shape)
    counts = np.maximum(counts, 0)
    longest = int(counts.max(initial=0))
    out = np.empty((n, longest), dtype.np)
    out[...] = default.reshape(-1)[0] if default.size else (b"" if dtype is dtypes.string else 0)
    out[np.arange(longest) < counts[:, None]] = column.values
    return out.reshape(n, longest // max(stride, 1), *shape[1:])


def _names(names, count):
    """A function from a record's number to how messages begin."""
    listed = [v.decode("utf-8", "replace") for v in np.asarray(names, object).reshape(-1).tolist()]
    if listed and len(listed) != count:
        raise invalid(f"Expected len(names) == len(serialized), but got: {len(listed)} vs. {count}")
    return lambda row: f"Name: {listed[row] if listed else '<unknown>'}, "


def _batch(serialized, names, sparse, dense, ragged=(), lazily=False):
    """The parts of a batch: `sparse` and `ragged` are rows (key, dtype), `dense` rows (key, dtype, shape, default)."""
    messages = np.asarray(serialized, object).reshape(-1)
    where = _names(names, len(messages))
    wanted = {}
    for key, dtype, *_ in (*sparse, *dense, *ragged):
        if wanted.setdefault(key.encode(), dtype.name) != dtype.name:
            raise invalid(f"Feature {key} is asked for as {wanted[key.encode()]} and as {dtype.name}.")
    columns = example_batch.columns(messages, wanted)
    dense_parts = [_dense_part(columns[k.encode()], k, t, shape, np.asarray(d), where, lazily) for k, t, shape, d in dense]
    listed = []
    for key, dtype in (*sparse, *ragged):
        column = columns[key.encode()]
        if column.wrong:
            row, kind = column.wrong
            raise invalid(
                f"{where(row)}Key: {key}, Index: {row}.  Data types don't match. Expected type: {called(dtype.name)}, Actual type: {called(kind)}"
            )
        listed.append(column)
    return [_sparse_parts(c) for c in listed[: len(sparse)]], dense_parts, listed[len(sparse) :]


def _key(key):
    return np.asarray(key, object)[()].decode()


def _outputs(count, dense_shapes, rank, lead):
    return [(None, rank)] * count + [(None,)] * count + [(rank,)] * count + [(*lead, *s) for s in dense_shapes]


def _parse_shapes(inputs, attrs):
    n = None if inputs[0].shape is None else inputs[0].shape[0]
    return _outputs(attrs["Nsparse"], attrs["dense_shapes"], 2, (n,))


_OUT = "sparse_indices:{0} * int64, sparse_values:*sparse_types, sparse_shapes:{0} * int64, dense_values:*Tdense"


def _parse(serialized, names, sparse_keys, dense_keys, dense_defaults, sparse_types, Tdense, dense_shapes, lazily):  # noqa: N803
    sparse = list(zip(map(_key, sparse_keys), sparse_types, strict=True))
    dense = list(zip(map(_key, dense_keys), Tdense, dense_shapes, dense_defaults, strict=True))
    found, dense, _ = _batch(serialized, names, sparse, dense, lazily=lazily)
    return [s[0] for s in found], [s[1] for s in found], [s[2] for s in found], dense


@op(
    "ParseExample",
    "string, string, Nsparse * string, Ndense * string, *Tdense -> " + _OUT.format("Nsparse"),
    host=True,
    shape=_parse_shapes,
    lazily=lambda *inputs, Nsparse, Ndense, **attrs: _parse(*inputs, **attrs, lazily=True),  # noqa: N803
)
def parse_example(
    serialized, names, sparse_keys, dense_keys, dense_defaults, *, Nsparse: "int", Ndense: "int", sparse_types: "list(type)",
    Tdense: "list(type)", dense_shapes: "list(shape)",
):  # fmt: skip # noqa: N803
    """The features of serialized Examples [n]: sparse ones as [n, longest], dense ones as [n, *shape].

    A dense default without elements makes its feature required.
    """
    return _parse(serialized, names, sparse_keys, dense_keys, dense_defaults, sparse_types, Tdense, dense_shapes, False)


def _v2_shapes(inputs, attrs):
    scalar, n = inputs[0].shape == (), None if not inputs[0].shape else inputs[0].shape[0]
    rank, lead, splits = (1, (), (0,)) if scalar else (2, (n,), (None if n is None else n + 1,))
    ragged = len(attrs["ragged_value_types"])
    if inputs[0].shape is None:
        return [None] * (3 * attrs["num_sparse"] + len(attrs["Tdense"]) + 2 * ragged)
    return [*_outputs(attrs["num_sparse"], attrs["dense_shapes"], rank, lead), *[(None,)] * ragged, *[splits] * ragged]


def _parse_v2(
    serialized, names, sparse_keys, dense_keys, ragged_keys, dense_defaults, Tdense, sparse_types, ragged_value_types,
    ragged_split_types, dense_shapes, lazily,
):  # fmt: skip # noqa: N803
    serialized = np.asarray(serialized, object)
    if serialized.ndim > 1:
        raise invalid(f"Expected serialized to be a scalar or vector, got shape: {list(serialized.shape)}")
    keys = [[k.decode() for k in np.asarray(v, object).reshape(-1).tolist()] for v in (sparse_keys, dense_keys, ragged_keys)]
    sparse = list(zip(keys[0], sparse_types, strict=True))
    dense = list(zip(keys[1], Tdense, dense_shapes, dense_defaults, strict=True))
    ragged = list(zip(keys[2], ragged_value_types, strict=True))
    if not serialized.ndim:
        return _one_v2(serialized[()], sparse, dense, ragged, ragged_split_types)
    found, made, columns = _batch(serialized, names, sparse, dense, ragged, lazily)
    splits = [
        np.concatenate([[0], np.cumsum(np.maximum(c.counts, 0))]).astype(t.np)
        for c, t in zip(columns, ragged_split_types, strict=True)
    ]
    return [s[0] for s in found], [s[1] for s in found], [s[2] for s in found], made, [c.values for c in columns], splits


@op(
    "ParseExampleV2",
    "string, string, string, string, string, *Tdense -> sparse_indices:num_sparse * int64, sparse_values:*sparse_types, "
    "sparse_shapes:num_sparse * int64, dense_values:*Tdense, ragged_values:*ragged_value_types, "
    "ragged_row_splits:*ragged_split_types",
    host=True,
    shape=_v2_shapes,
    lazily=lambda *inputs, num_sparse, **attrs: _parse_v2(*inputs, **attrs, lazily=True),
)
def parse_example_v2(
    serialized, names, sparse_keys, dense_keys, ragged_keys, dense_defaults, *, Tdense: "list(type)", num_sparse: "int",
    sparse_types: "list(type)", ragged_value_types: "list(type)", ragged_split_types: "list(type)", dense_shapes: "list(shape)",
):  # fmt: skip # noqa: N803
    """As ParseExample, with keys as vectors, for one record too; ragged features are their values and where rows end."""
    return _parse_v2(
        serialized, names, sparse_keys, dense_keys, ragged_keys, dense_defaults, Tdense, sparse_types, ragged_value_types,
        ragged_split_types, dense_shapes, False,
    )  # fmt: skip


# ---- one record


@op(
    "ParseSingleExample",
    "string, *Tdense -> " + _OUT.format("num_sparse"),
    host=True,
    shape=lambda inputs, attrs: _outputs(attrs["num_sparse"], attrs["dense_shapes"], 1, ()),
)
def parse_single_example(
    serialized, dense_defaults, *, num_sparse: "int", sparse_keys: "list(string)", dense_keys: "list(string)",
    sparse_types: "list(type)", Tdense: "list(type)", dense_shapes: "list(shape)",
):  # fmt: skip # noqa: N803
    """The features of one serialized Example: sparse ones as vectors, dense ones in their shape."""
    record, sparse = features_of(np.asarray(serialized, object)[()]), []
    for key, kind in zip(sparse_keys, sparse_types, strict=True):
        values = values_of(record, key, kind, lambda found, key=key, kind=kind: (
            f"Key: {key}.  Data types don't match. Expected type: {called(kind.name)}, Actual type: {called(found)}"
        ))  # fmt: skip
        sparse.append(sparse_vector(values, kind))
    dense = [
        dense_value(record, key, kind, shape, np.asarray(default))
        for key, kind, shape, default in zip(dense_keys, Tdense, dense_shapes, dense_defaults, strict=True)
    ]
    return [s[0] for s in sparse], [s[1] for s in sparse], [s[2] for s in sparse], dense


def _one_v2(data, sparse, dense, ragged, split_types):
    """What ParseExampleV2 gives for one record; there is nothing to split then."""
    record = features_of(data)
    wrong = "Key: {}.  Data types don't match. Expected type: {}, Actual type: {}".format
    read = [
        values_of(record, k, t, lambda found, k=k, t=t: wrong(k, called(t.name), called(found))) for k, t in (*sparse, *ragged)
    ]
    found = [sparse_vector(v, t) for v, (_, t) in zip(read, sparse)]
    made = [dense_value(record, k, t, shape, np.asarray(d)) for k, t, shape, d in dense]
    rest = [np.empty(0, t.np) if v is None else v for v, (_, t) in zip(read[len(sparse) :], ragged)]
    splits = [np.empty(0, t.np) for t in split_types]
    return [s[0] for s in found], [s[1] for s in found], [s[2] for s in found], made, rest, splits


# ---- many records, or batches, at once: columns with a row a record or a batch, lists where rows differ in shape


def _kinds(columns, sparse, dense):
    for key, kind, *_ in (*sparse, *dense):
        if columns[key.encode()].wrong:
            raise invalid(f"Key: {key}.  Data types don't match. Expected type: {called(kind.name)}")


def _pieces(column, size):
    """A column in pieces of `size` records each."""
    ends = np.cumsum(np.maximum(column.counts, 0))[size - 1 :: size].tolist()
    for i, (start, end) in enumerate(zip([0, *ends], ends)):
        yield Column(column.counts[i * size : (i + 1) * size], column.values[start:end])


def _sparse_rows(column):
    """A column as the parts of a sparse vector a record."""
    counts = np.maximum(column.counts, 0)
    n, longest = len(counts), int(counts.max(initial=0))
    places = np.arange(longest, dtype=np.int64)[:, None]
    if (counts == longest).all():
        return np.tile(places, (n, 1, 1)), column.values.reshape(n, longest), counts[:, None]
    return [places[:c] for c in counts.tolist()], [p.values for p in _pieces(column, 1)], counts[:, None]


def _dense_rows(column, key, dtype, shape, default):
    """A column as the values of a dense feature a record."""
    if not shape or shape[0] is not None:
        return _dense_part(column, key, dtype, shape, default, str)
    counts, stride = np.maximum(column.counts, 0), math.prod(shape[1:])
    if (counts % max(stride, 1)).any():
        raise invalid(f"Key: {key}.  Number of {called(dtype.name)} values is not a multiple of stride length.")
    if (counts == counts[0]).all():
        return column.values.reshape(len(counts), -1, *shape[1:]) if stride else None
    return [p.values.reshape(-1, *shape[1:]) for p in _pieces(column, 1)]


def single_rows(serialized, defaults, *, sparse_keys, dense_keys, sparse_types, Tdense, dense_shapes, **_):  # noqa: N803
    """What `parse_single_example` gives for each of the records [n], as columns in the order of its outputs.

    Raises InvalidArgumentError when a record does not fit, in words that name no record.
    """
    sparse, dense = list(zip(sparse_keys, sparse_types)), list(zip(dense_keys, Tdense, dense_shapes, defaults))
    columns = _read(serialized, sparse, dense)
    found = [_sparse_rows(columns[k.encode()]) for k, _ in sparse]
    return [*_transposed(found), *(_dense_rows(columns[k.encode()], k, t, s, np.asarray(d)) for k, t, s, d in dense)]


def batch_rows(serialized, sparse_keys, dense_keys, defaults, *, sparse_types, Tdense, dense_shapes, **_):  # noqa: N803
    """What `parse_example` gives for each of the batches [n, batch], as `single_rows`."""
    sparse = list(zip(map(_key, sparse_keys), sparse_types))
    dense = list(zip(map(_key, dense_keys), Tdense, dense_shapes, map(np.asarray, defaults)))
    columns, (n, size) = _read(serialized, sparse, dense), serialized.shape
    found, out = [], []
    for key, _ in sparse:
        found.append([list(parts) for parts in zip(*map(_sparse_parts, _pieces(columns[key.encode()], size)))])
    for key, kind, shape, default in dense:
        column = columns[key.encode()]
        if shape and shape[0] is None:
            out.append([_dense_part(p, key, kind, shape, default, str) for p in _pieces(column, size)])
        else:
            out.append(_dense_part(column, key, kind, shape, default, str).reshape(n, size, *shape))
    return [*_transposed(found), *out]


def _read(serialized, sparse, dense):
    wanted = {row[0].encode(): row[1].name for row in (*sparse, *dense)}
    columns = example_batch.columns(serialized.reshape(-1), wanted)
    _kinds(columns, sparse, dense)
    return columns


def _transposed(found):
    return [parts[i] for i in range(3) for parts in found]


def sparse_vector(values, dtype):
    """Values, or None, as the parts of a sparse vector."""
    values = np.empty(0, dtype.np) if values is None else values
    return np.arange(len(values), dtype=np.int64)[:, None], values, np.array([len(values)], np.int64)


def dense_value(features, key, dtype, shape, default):
    """One dense feature of one record: its values in `shape`, or the default. A shape that starts with None takes any rows."""
    values = values_of(features, key, dtype, lambda found: (
        f"Key: {key}.  Data types don't match. Data type: {called(found)} but expected type: {called(dtype.name)}"
    ))  # fmt: skip
    ragged = bool(shape) and shape[0] is None
    if values is None:
        if ragged:
            return np.empty((0, *shape[1:]), dtype.np)
        if default.size == 0 and math.prod(shape):
            raise invalid(f"Feature: {key} (data type: {called(dtype.name)}) is required but could not be found.")
        return default.reshape(shape)
    if why := size_words(dtype, values.size, shape):
        raise invalid(f"Key: {key}.  Can't parse serialized Example. {why}")
    return values.reshape(-1, *shape[1:]) if ragged else values.reshape(shape)


@op("DecodeJSONExample", "string -> binary_examples:string", host=True, shape=same_shape)
def decode_json_example(json_examples):
    """Examples written as JSON, in the form of protobuf's JSON mapping, as serialized Examples of the same shape."""

    def decode(text):
        try:
            return json_format.Parse(text, protos.Example()).SerializeToString(deterministic=True)
        except (json_format.ParseError, UnicodeDecodeError) as e:
            raise invalid(f"Error while parsing JSON: {e}") from None

    texts = np.asarray(json_examples, object)
    out = np.empty(texts.size, object)
    out[:] = [decode(t) for t in texts.reshape(-1).tolist()]
    return out.reshape(texts.shape)

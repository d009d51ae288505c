"""Parsing `tf.train.Example` records into dense and sparse tensors, on the host."""

import numpy as np
from google.protobuf.message import DecodeError

from mainstem.base import dtypes
from mainstem.core.registry import op
from mainstem.formats import protos
from mainstem.ops.host import invalid

KINDS = frozenset({dtypes.float32, dtypes.int64, dtypes.string})
_LISTS = {"float_list": "float32", "int64_list": "int64", "bytes_list": "string"}


def _features(data):
    example = protos.Example()
    try:
        example.ParseFromString(data)
    except DecodeError:
        raise invalid(f"Could not parse example input, value: {data[:80]!r}") from None
    return example.features.feature


def _values(features, key, dtype, where):
    """The values of one feature as an array of `dtype`, or None when the record has none."""
    feature = features.get(key)
    kind = None if feature is None else feature.WhichOneof("kind")
    if kind is None:
        return None
    if _LISTS[kind] != dtype.name:
        raise invalid(f"{where}Key: {key}.  Data types don't match. Data type: {_LISTS[kind]} but expected type: {dtype.name}")
    values = getattr(feature, kind).value
    out = np.empty(len(values), dtype.np)
    out[:] = values
    return out


def _dense(features, key, dtype, shape, default, where):
    """One dense feature: its values in `shape`, or the default. A shape that starts with None takes any number of rows."""
    values = _values(features, key, dtype, where)
    ragged = bool(shape) and shape[0] is None
    if values is None:
        if ragged:
            return np.empty((0, *shape[1:]), dtype.np)
        if default.size == 0 and int(np.prod(shape)) != 0:
            raise invalid(f"{where}Feature: {key} (data type: {dtype.name}) is required but could not be found.")
        return default.reshape(shape)
    inner = int(np.prod(shape[1:] if ragged else shape))
    if ragged and inner and values.size % inner == 0:
        return values.reshape(-1, *shape[1:])
    if values.size != inner:
        raise invalid(
            f"{where}Key: {key}, Index: 0.  Number of {dtype.name} values != expected.  Values size: {values.size} but output shape: {list(shape)}"
        )
    return values.reshape(shape)


def _stacked(rows, shape, default, dtype):
    """Dense rows as one array; rows of different length are filled up with `default`."""
    if not shape or shape[0] is not None:
        return np.stack(rows) if rows else np.empty((0, *shape), dtype.np)
    longest = max((len(r) for r in rows), default=0)
    out = np.empty((len(rows), longest, *shape[1:]), dtype.np)
    out[...] = default.reshape(-1)[0] if default.size else (b"" if dtype is dtypes.string else 0)
    for i, r in enumerate(rows):
        out[i, : len(r)] = r
    return out


def _sparse_rows(columns, dtype):
    """Lists of values as the (indices [n, 2], values [n], shape [2]) of a sparse tensor."""
    values = [np.empty(0, dtype.np) if c is None else c for c in columns]
    indices = [np.stack([np.full(len(v), i), np.arange(len(v))], 1) for i, v in enumerate(values)]
    shape = np.array([len(values), max(map(len, values), default=0)], np.int64)
    empty = np.empty((0, 2), np.int64)
    return np.concatenate([empty, *indices]).astype(np.int64), np.concatenate([np.empty(0, dtype.np), *values]), shape


def _outputs(count, dense_shapes, rank, lead):
    return [(None, rank)] * count + [(None,)] * count + [(rank,)] * count + [(*lead, *s) for s in dense_shapes]


def _parse_shapes(inputs, attrs):
    n = None if inputs[0].shape is None else inputs[0].shape[0]
    return _outputs(attrs["Nsparse"], attrs["dense_shapes"], 2, (n,))


_OUT = "sparse_indices:{0} * int64, sparse_values:*sparse_types, sparse_shapes:{0} * int64, dense_values:*Tdense"


@op(
    "ParseExample",
    "string, string, Nsparse * string, Ndense * string, *Tdense -> " + _OUT.format("Nsparse"),
    host=True,
    shape=_parse_shapes,
)
def parse_example(
    serialized, names, sparse_keys, dense_keys, dense_defaults, *, Nsparse: "int", Ndense: "int", sparse_types: "list(type)",
    Tdense: "list(type)", dense_shapes: "list(shape)",
):  # fmt: skip # noqa: N803
    """The features of serialized Examples [n]: sparse ones as [n, longest], dense ones as [n, *shape].

    A dense default without elements makes its feature required.
    """
    called = [f"Name: {v.decode('utf-8', 'replace')}, " for v in np.asarray(names, object).reshape(-1).tolist()]
    records = [_features(s) for s in np.asarray(serialized, object).tolist()]
    where = called or ["Name: <unknown>, "] * len(records)
    keys = [np.asarray(k, object)[()].decode() for k in (*sparse_keys, *dense_keys)]
    sparse = [
        _sparse_rows([_values(r, key, kind, w) for r, w in zip(records, where, strict=True)], kind)
        for key, kind in zip(keys[:Nsparse], sparse_types, strict=True)
    ]
    dense = []
    for key, kind, shape, default in zip(keys[Nsparse:], Tdense, dense_shapes, dense_defaults, strict=True):
        default = np.asarray(default)
        rows = [_dense(r, key, kind, shape, default, w) for r, w in zip(records, where, strict=True)]
        dense.append(_stacked(rows, shape, default, kind))
    return [s[0] for s in sparse], [s[1] for s in sparse], [s[2] for s in sparse], dense


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
    record, sparse = _features(np.asarray(serialized, object)[()]), []
    for key, kind in zip(sparse_keys, sparse_types, strict=True):
        values = _values(record, key, kind, "")
        values = np.empty(0, kind.np) if values is None else values
        sparse.append((np.arange(len(values), dtype=np.int64)[:, None], values, np.array([len(values)], np.int64)))
    dense = [
        _dense(record, key, kind, shape, np.asarray(default), "")
        for key, kind, shape, default in zip(dense_keys, Tdense, dense_shapes, dense_defaults, strict=True)
    ]
    return [s[0] for s in sparse], [s[1] for s in sparse], [s[2] for s in sparse], dense

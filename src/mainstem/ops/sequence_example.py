"""Parsing `tf.train.SequenceExample` records, on the host, message by message: a context, and lists of features by name."""

import math

import numpy as np
from google.protobuf.message import DecodeError

from mainstem.base import dtypes
from mainstem.core.registry import op
from mainstem.formats import protos
from mainstem.ops.example import called, shown, sparse_vector, values_of
from mainstem.ops.host import invalid


def read_message(data, what):
    """The SequenceExample; raises InvalidArgumentError with the text `what`."""
    try:
        return protos.SequenceExample.FromString(data)
    except DecodeError:
        raise invalid(what) from None


def _context(features, key, dtype, who):
    return values_of(
        features, key, dtype, lambda found: f"{who}Context feature: {key}.  Data types don't match. Expected type: "
        f"{called(dtype.name)}  Feature is: {called(found)}",
    )  # fmt: skip


def _context_dense(features, key, dtype, shape, default, who):
    values = _context(features, key, dtype, who)
    if values is None:
        if default.size == 0 and math.prod(shape):
            raise invalid(f"{who}Context feature '{key}' is required but could not be found.")
        return default.reshape(shape)
    if values.size != math.prod(shape):
        raise invalid(
            f"{who}Key: {key}, Index: 0.  Number of {called(dtype.name)} values != expected.  values size: {values.size} "
            f"but output shape: {shown(shape)}"
        )
    return values.reshape(shape)


def _rows(lists, key, dtype, who):
    """The values of each Feature of a list, or None when the record has no such list."""
    if key not in lists:
        return None
    return [_row({key: f}, key, dtype, f"{who}Feature list: {key}, Index: {i}.  ") for i, f in enumerate(lists[key].feature)]


def _row(feature, key, dtype, where):
    values = values_of(
        feature, key, dtype, lambda found: f"{where}Data types don't match. Expected type: {called(dtype.name)}  "
        f"Feature is: {called(found)}",
    )  # fmt: skip
    return np.empty(0, dtype.np) if values is None else values


def _dense_rows(lists, key, dtype, shape, may_miss, who):
    rows = _rows(lists, key, dtype, who)
    if rows is None:
        if not may_miss:
            raise invalid(
                f"{who}Feature list '{key}' is required but could not be found.  Did you mean to include it in "
                "feature_list_dense_missing_assumed_empty or feature_list_dense_defaults?"
            )
        rows = []
    for i, r in enumerate(rows):
        if r.size != math.prod(shape):
            raise invalid(
                f"{who}Key: {key}, Index: {i}.  Number of {called(dtype.name)} values != expected.  values size: {r.size} "
                f"but output shape: {shown(shape)}"
            )
    return np.concatenate([np.empty(0, dtype.np), *rows]).reshape(len(rows), *shape)


def sparse_rows(rows, dtype):
    """Lists of values as the parts of a sparse matrix."""
    rows = rows or []
    indices = [np.stack([np.full(len(v), i), np.arange(len(v))], 1) for i, v in enumerate(rows)]
    indices = np.concatenate([np.empty((0, 2), np.int64), *indices]).astype(np.int64)
    shape = np.array([len(rows), max(map(len, rows), default=0)], np.int64)
    return indices, np.concatenate([np.empty(0, dtype.np), *rows]), shape


def stacked(parts, dtype, rank):
    """The sparse tensors of n records as the parts of one whose first dimension is the record."""
    empty = np.empty((0, rank + 1), np.int64)
    indices = [np.insert(p[0], 0, i, axis=1) for i, p in enumerate(parts)]
    longest = np.max([p[2] for p in parts], axis=0, initial=0) if parts else np.zeros(rank, np.int64)
    values = np.concatenate([np.empty(0, dtype.np), *(p[1] for p in parts)])
    return np.concatenate([empty, *indices]), values, np.array([len(parts), *longest], np.int64)


def _columns(rows, width):
    return [[r[i] for r in rows] for i in range(width)]


def strings(keys):
    """Texts from texts, bytes and arrays of one string."""
    return [
        k.decode() if isinstance(k, bytes) else np.asarray(k, object)[()].decode() if not isinstance(k, str) else k
        for k in keys
    ]


_OUT = (
    "context_sparse_indices:Ncontext_sparse * int64, context_sparse_values:*context_sparse_types, "
    "context_sparse_shapes:Ncontext_sparse * int64, context_dense_values:*Tcontext_dense, "
    "feature_list_sparse_indices:Nfeature_list_sparse * int64, feature_list_sparse_values:*feature_list_sparse_types, "
    "feature_list_sparse_shapes:Nfeature_list_sparse * int64, feature_list_dense_values:*feature_list_dense_types"
)


def _shapes(attrs, lead):
    rank, out = len(lead) + 1, []
    for count, r in ((attrs["Ncontext_sparse"], rank), (attrs["Nfeature_list_sparse"], rank + 1)):
        listed = [(None, r)] * count + [(None,)] * count + [(r,)] * count
        dense = attrs["context_dense_shapes"] if r == rank else [(None, *s) for s in attrs["feature_list_dense_shapes"]]
        out += listed + [(*lead, *s) for s in dense]
    return out


def _record(message, who, keys, kinds, context_shapes, defaults, list_shapes, may_miss):
    """The parts of one record: (context sparse, context dense, list sparse, list dense)."""
    context, lists = message.context.feature, message.feature_lists.feature_list
    return (
        [sparse_vector(_context(context, k, t, who), t) for k, t in zip(keys[0], kinds[0], strict=True)],
        [
            _context_dense(context, k, t, s, np.asarray(d), who)
            for k, t, s, d in zip(keys[1], kinds[1], context_shapes, defaults, strict=True)
        ],
        [sparse_rows(_rows(lists, k, t, who), t) for k, t in zip(keys[2], kinds[2], strict=True)],
        [_dense_rows(lists, k, t, s, k in may_miss, who) for k, t, s in zip(keys[3], kinds[3], list_shapes, strict=True)],
    )


@op(
    "ParseSingleSequenceExample",
    "string, string, Ncontext_sparse * string, Ncontext_dense * string, Nfeature_list_sparse * string, "
    "Nfeature_list_dense * string, *Tcontext_dense, string -> " + _OUT,
    host=True,
    shape=lambda inputs, attrs: _shapes(attrs, ()),
)
def parse_single_sequence_example(
    serialized, feature_list_dense_missing_assumed_empty, context_sparse_keys, context_dense_keys, feature_list_sparse_keys,
    feature_list_dense_keys, context_dense_defaults, debug_name, *, Ncontext_sparse: "int" = 0, Ncontext_dense: "int" = 0,
    Nfeature_list_sparse: "int" = 0, Nfeature_list_dense: "int" = 0, context_sparse_types: "list(type)" = (),
    Tcontext_dense: "list(type)" = (), feature_list_dense_types: "list(type)" = (), context_dense_shapes: "list(shape)" = (),
    feature_list_sparse_types: "list(type)" = (), feature_list_dense_shapes: "list(shape)" = (),
):  # fmt: skip # noqa: N803
    """The context and the feature lists of one serialized SequenceExample; a list becomes [rows, …]."""
    data, name = np.asarray(serialized, object)[()], np.asarray(debug_name, object)[()].decode()
    keys = [strings(k) for k in (context_sparse_keys, context_dense_keys, feature_list_sparse_keys, feature_list_dense_keys)]
    kinds = [context_sparse_types, Tcontext_dense, feature_list_sparse_types, feature_list_dense_types]
    may_miss = strings(np.asarray(feature_list_dense_missing_assumed_empty, object).reshape(-1).tolist())
    message = read_message(data, f"Could not parse example input, value: {data[:80]!r}")
    sparse, dense, list_sparse, list_dense = _record(
        message,
        f"Name: {name}, ",
        keys,
        kinds,
        context_dense_shapes,
        context_dense_defaults,
        feature_list_dense_shapes,
        may_miss,
    )
    return (*_columns(sparse, 3), dense, *_columns(list_sparse, 3), list_dense)


@op(
    "ParseSequenceExample",
    "string, string, *Tcontext_dense -> " + _OUT + ", feature_list_dense_lengths:Nfeature_list_dense * int64",
    host=True,
    shape=lambda inputs, attrs: (
        _shapes(attrs, tuple(inputs[0].shape or (None,))) + [tuple(inputs[0].shape or (None,))] * attrs["Nfeature_list_dense"]
    ),
)
def parse_sequence_example(
    serialized, debug_name, context_dense_defaults, *, feature_list_dense_missing_assumed_empty: "list(string)",
    context_sparse_keys: "list(string)", context_dense_keys: "list(string)", feature_list_sparse_keys: "list(string)",
    feature_list_dense_keys: "list(string)", Ncontext_sparse: "int" = 0, Ncontext_dense: "int" = 0,
    Nfeature_list_sparse: "int" = 0, Nfeature_list_dense: "int" = 0, context_sparse_types: "list(type)" = (),
    Tcontext_dense: "list(type)" = (), feature_list_dense_types: "list(type)" = (), context_dense_shapes: "list(shape)" = (),
    feature_list_sparse_types: "list(type)" = (), feature_list_dense_shapes: "list(shape)" = (),
):  # fmt: skip # noqa: N803
    """The contexts and feature lists of serialized SequenceExamples [n]; lists are filled up to the longest, with their lengths."""
    data = np.asarray(serialized, object).reshape(-1).tolist()
    names = strings(np.asarray(debug_name, object).reshape(-1).tolist()) or ["<unknown>"] * len(data)
    keys = [strings(k) for k in (context_sparse_keys, context_dense_keys, feature_list_sparse_keys, feature_list_dense_keys)]
    kinds = [context_sparse_types, Tcontext_dense, feature_list_sparse_types, feature_list_dense_types]
    may_miss = strings(feature_list_dense_missing_assumed_empty)
    records = [
        _record(
            read_message(d, f"Invalid protocol message input, example id: {name}"), f"Name: {name}, ", keys, kinds,
            context_dense_shapes, context_dense_defaults, feature_list_dense_shapes, may_miss,
        )
        for d, name in zip(data, names, strict=True)
    ]  # fmt: skip
    sparse = [stacked([r[0][i] for r in records], t, 1) for i, t in enumerate(kinds[0])]
    dense = [
        np.stack([r[1][i] for r in records]) if records else np.empty((0, *s), t.np)
        for i, (t, s) in enumerate(zip(kinds[1], context_dense_shapes, strict=True))
    ]
    lists = [stacked([r[2][i] for r in records], t, 2) for i, t in enumerate(kinds[2])]
    rows = [filled([r[3][i] for r in records], t, s) for i, (t, s) in enumerate(zip(kinds[3], feature_list_dense_shapes))]
    lengths = [np.array([len(r[3][i]) for r in records], np.int64) for i in range(Nfeature_list_dense)]
    return (*_columns(sparse, 3), dense, *_columns(lists, 3), rows, lengths)


def filled(rows, dtype, shape):
    """Lists of rows of one shape as an array, filled up to the longest."""
    out = np.empty((len(rows), max(map(len, rows), default=0), *shape), dtype.np)
    out[...] = b"" if dtype is dtypes.string else 0
    for i, r in enumerate(rows):
        out[i, : len(r)] = r
    return out

"""`ParseSequenceExampleV2`: SequenceExamples with ragged features too, one or many, in the words of TensorFlow 2."""

import math

import numpy as np

from mainstem.core.registry import op
from mainstem.ops.example import called, shown, sparse_vector, values_of
from mainstem.ops.host import invalid
from mainstem.ops.sequence_example import filled, read_message, sparse_rows, stacked, strings


def _values(feature, dtype, where):
    return values_of({"": feature}, "", dtype, lambda _: f"{where}Data types don't match. Expected type: {called(dtype.name)}")


class _Records:
    """Messages that are parsed, with how errors call them."""

    def __init__(self, messages, names, one):
        self.names, self.one = names, one
        self.messages = [
            read_message(m, f"Invalid protocol message input, example id: {n}") for m, n in zip(messages, names, strict=True)
        ]

    def context(self, key, dtype):
        """The values of each record, None where it has none."""
        return [
            _values(m.context.feature[key], dtype, f"Name: {n}, Context feature: {key}.  ")
            if key in m.context.feature
            else None
            for m, n in zip(self.messages, self.names)
        ]

    def lists(self, key, dtype):
        """The values of each Feature of a list of each record, None where a record has no such list."""
        return [
            self._list(m.feature_lists.feature_list[key].feature, key, dtype, n)
            if key in m.feature_lists.feature_list
            else None
            for m, n in zip(self.messages, self.names)
        ]

    def _list(self, features, key, dtype, name):
        found = [_values(f, dtype, f"Name: {name}, Feature list: {key}, Index: {i}.  ") for i, f in enumerate(features)]
        return [np.empty(0, dtype.np) if v is None else v for v in found]

    def context_dense(self, key, dtype, shape, default):
        rows, size = self.context(key, dtype), math.prod(shape)
        most = max((len(r) for r in rows if r is not None), default=0)
        if most != size and not (default.size and not most):
            raise invalid(f"Inconsistent max number of elements for feature {key}: expected {size}, but found {most}")
        for name, row in zip(self.names, rows):
            if row is None and size and not default.size:
                raise invalid(f"Feature: {key} (data type: {called(dtype.name)}) is required but could not be found.")
            if row is not None and len(row) != size:
                raise invalid(f"Name: {name}, Key: {key}, Index: 0.  {_wrong_size(row, shape)}")
        made = [default.reshape(shape) if r is None else r.reshape(shape) for r in rows]
        return made[0] if self.one else np.stack(made) if made else np.empty((0, *shape), dtype.np)

    def list_dense(self, key, dtype, shape, may_miss):
        """(the rows of all records, filled up; how many each has)."""
        found = self.lists(key, dtype)
        for name, rows in zip(self.names, found):
            if rows is None and not may_miss:
                raise invalid(
                    f"Name: {name}, Feature list '{key}' is required but could not be found.  Did you mean to include it in "
                    "feature_list_dense_missing_assumed_empty or feature_list_dense_defaults?"
                )
            for i, row in enumerate(rows or () if not self.one else ()):
                if len(row) != math.prod(shape):
                    raise invalid(f"Name: {name}, Key: {key}, Index: {i}.  {_wrong_size(row, shape)}")
        joined = [np.concatenate([np.empty(0, dtype.np), *(rows or ())]) for rows in found]
        if self.one and len(joined[0]) % max(math.prod(shape), 1):
            raise invalid(
                f"Feature list '{key}' has an unexpected number of values.  Total values size: {len(joined[0])} is not consistent "
                f"with output shape: {shown((None, *shape))}"
            )
        lengths = np.array([len(rows or ()) for rows in found], np.int64)
        made = [v.reshape(n if not self.one else -1, *shape) for v, n in zip(joined, lengths.tolist())]
        return (made[0], lengths[0]) if self.one else (filled(made, dtype, shape), lengths)

    def splits(self, counts, dtype):
        """Where the rows of each record end; nothing is split for one, whose number TensorFlow leaves to chance."""
        return np.zeros((), dtype.np) if self.one else _ends(counts, dtype)


def _ends(counts, dtype):
    return np.concatenate([[0], np.cumsum(np.asarray(counts, np.int64))]).astype(dtype.np)


def _wrong_size(values, shape):
    return f"Number of values != expected.  values size: {len(values)} but output shape: {shown(shape)}"


def _joined(parts, dtype):
    return np.concatenate([np.empty(0, dtype.np), *(p for p in parts if p is not None)])


def _sparse(records, parts, dtype, rank):
    return parts[0] if records.one else stacked(parts, dtype, rank)


def _shapes(inputs, attrs):
    given = inputs[0].shape
    if given is None:
        lists = ("Tcontext_dense", "feature_list_dense_types", *(f"context_ragged_{k}_types" for k in ("value", "split")))
        count = 3 * attrs["Ncontext_sparse"] + 3 * attrs["Nfeature_list_sparse"] + attrs["Nfeature_list_dense"]
        return [None] * (count + sum(len(attrs[k]) for k in lists) + 3 * len(attrs["feature_list_ragged_value_types"]))
    lead, n = tuple(given), None if not given else given[0]
    ends = (None if n is None else n + 1,) if given else ()
    out, rank = [], len(lead) + 1
    out += _sparse_shapes(attrs["Ncontext_sparse"], rank) + [(*lead, *s) for s in attrs["context_dense_shapes"]]
    out += [(None,)] * len(attrs["context_ragged_value_types"]) + [ends] * len(attrs["context_ragged_split_types"])
    out += _sparse_shapes(attrs["Nfeature_list_sparse"], rank + 1)
    out += [(*lead, None, *s) for s in attrs["feature_list_dense_shapes"]] + [lead] * attrs["Nfeature_list_dense"]
    ragged = len(attrs["feature_list_ragged_value_types"])
    return out + [(None,)] * ragged + [ends] * ragged + [(None,)] * ragged


def _sparse_shapes(count, rank):
    return [(None, rank)] * count + [(None,)] * count + [(rank,)] * count


@op(
    "ParseSequenceExampleV2",
    "string, string, string, string, string, string, string, string, bool, *Tcontext_dense -> "
    "context_sparse_indices:Ncontext_sparse * int64, context_sparse_values:*context_sparse_types, "
    "context_sparse_shapes:Ncontext_sparse * int64, context_dense_values:*Tcontext_dense, "
    "context_ragged_values:*context_ragged_value_types, context_ragged_row_splits:*context_ragged_split_types, "
    "feature_list_sparse_indices:Nfeature_list_sparse * int64, feature_list_sparse_values:*feature_list_sparse_types, "
    "feature_list_sparse_shapes:Nfeature_list_sparse * int64, feature_list_dense_values:*feature_list_dense_types, "
    "feature_list_dense_lengths:Nfeature_list_dense * int64, feature_list_ragged_values:*feature_list_ragged_value_types, "
    "feature_list_ragged_outer_splits:*feature_list_ragged_split_types, "
    "feature_list_ragged_inner_splits:*feature_list_ragged_split_types",
    host=True,
    shape=_shapes,
)
def parse_sequence_example_v2(
    serialized, debug_name, context_sparse_keys, context_dense_keys, context_ragged_keys, feature_list_sparse_keys,
    feature_list_dense_keys, feature_list_ragged_keys, feature_list_dense_missing_assumed_empty, context_dense_defaults, *,
    Ncontext_sparse: "int" = 0, Tcontext_dense: "list(type)" = (), context_sparse_types: "list(type)" = (),
    context_ragged_value_types: "list(type)" = (), context_ragged_split_types: "list(type)" = (),
    context_dense_shapes: "list(shape)" = (), Nfeature_list_sparse: "int" = 0, Nfeature_list_dense: "int" = 0,
    feature_list_dense_types: "list(type)" = (), feature_list_sparse_types: "list(type)" = (),
    feature_list_ragged_value_types: "list(type)" = (), feature_list_ragged_split_types: "list(type)" = (),
    feature_list_dense_shapes: "list(shape)" = (),
):  # fmt: skip # noqa: N803
    """The contexts and feature lists of SequenceExamples [n] or of one: dense, sparse, and ragged ones as values and where rows end."""
    serialized, names = np.asarray(serialized, object), strings(np.asarray(debug_name, object).reshape(-1).tolist())
    one, data = not serialized.ndim, serialized.reshape(-1).tolist()
    records = _Records(data, names or [("" if one else "<unknown>")] * len(data), one)
    keys = [
        strings(np.asarray(k, object).reshape(-1).tolist())
        for k in (
            context_sparse_keys, context_dense_keys, context_ragged_keys, feature_list_sparse_keys, feature_list_dense_keys,
            feature_list_ragged_keys,
        )
    ]  # fmt: skip
    sparse = [
        _sparse(records, [sparse_vector(v, t) for v in records.context(k, t)], t, 1)
        for k, t in zip(keys[0], context_sparse_types, strict=True)
    ]
    dense = [
        records.context_dense(k, t, s, np.asarray(d))
        for k, t, s, d in zip(keys[1], Tcontext_dense, context_dense_shapes, context_dense_defaults, strict=True)
    ]
    ragged = [records.context(k, t) for k, t in zip(keys[2], context_ragged_value_types, strict=True)]
    lists = [
        _sparse(records, [sparse_rows(r, t) for r in records.lists(k, t)], t, 2)
        for k, t in zip(keys[3], feature_list_sparse_types, strict=True)
    ]
    nested = [[r or [] for r in records.lists(k, t)] for k, t in zip(keys[5], feature_list_ragged_value_types, strict=True)]
    may_miss = np.asarray(feature_list_dense_missing_assumed_empty).reshape(-1).tolist()
    rows = [
        records.list_dense(k, t, s, m)
        for k, t, s, m in zip(keys[4], feature_list_dense_types, feature_list_dense_shapes, may_miss, strict=True)
    ]
    inner = [[v for record in n for v in record] for n in nested]
    return (
        *([s[i] for s in sparse] for i in range(3)),
        dense,
        [_joined(r, t) for r, t in zip(ragged, context_ragged_value_types)],
        [
            records.splits([0 if v is None else len(v) for v in r], t)
            for r, t in zip(ragged, context_ragged_split_types, strict=True)
        ],
        *([s[i] for s in lists] for i in range(3)),
        [r[0] for r in rows],
        [r[1] for r in rows],
        [_joined(v, t) for v, t in zip(inner, feature_list_ragged_value_types)],
        [records.splits(list(map(len, n)), t) for n, t in zip(nested, feature_list_ragged_split_types, strict=True)],
        [_ends(list(map(len, v)), t) for v, t in zip(inner, feature_list_ragged_split_types)],
    )

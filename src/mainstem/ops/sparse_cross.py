"""Crosses of sparse features: every combination of one entry of each input, row by row, as text or as a hash."""

import functools
import itertools

import numpy as np

from mainstem.core.registry import op
from mainstem.ops import hashing

_MUL, _MASK = 0xC6A4A7935BD1E995, (1 << 64) - 1
_LARGEST = (1 << 63) - 1


def _mixed(v):
    return v ^ (v >> 47)


def concatenated(first, second):
    """The fingerprint of two fingerprints after one another."""
    result = first ^ _MUL
    result ^= (_mixed(second * _MUL & _MASK) * _MUL) & _MASK
    result = result * _MUL & _MASK
    return _mixed(_mixed(result) * _MUL & _MASK)


def _rows(indices, values, shapes, dense):
    """For each input, the list of the lists of entries of its rows."""
    count = int(np.asarray(shapes[0])[0]) if shapes else len(dense[0])
    found = []
    for places, entries in zip(indices, values, strict=True):
        rows = [[] for _ in range(count)]
        for place, entry in zip(np.asarray(places)[:, 0].tolist(), np.asarray(entries).tolist(), strict=True):
            rows[place].append(entry)
        found.append(rows)
    return found + [np.asarray(d).reshape(count, -1).tolist() for d in dense]


def _hashed(parts, num_buckets, hash_key):
    result = hash_key & _MASK
    for part in parts:
        result = concatenated(result, hashing.farm(part) if isinstance(part, bytes) else part & _MASK)
    return result % num_buckets if num_buckets > 0 else result % _LARGEST


def _text(parts):
    return b"_X_".join(p if isinstance(p, bytes) else str(p).encode() for p in parts)


def _combined(parts, num_buckets, hash_key):
    """The hash of crosses before there were keys: one fingerprint mixed into the other."""
    result = hash_key
    for part in parts:
        part = hashing.farm(part) if isinstance(part, bytes) else part & _MASK
        signed = result - (1 << 64) if result > _LARGEST else result
        result ^= (part + 0x9E3779B97F4A7800 + (result << 10) + (signed >> 4)) & _MASK
    return result % num_buckets if num_buckets > 0 else result % _LARGEST


def _crosses(indices, values, shapes, dense, hash_of):
    """What a cross gives; `hash_of(parts)`, or None for texts."""
    rows = _rows(indices, values, shapes, dense)
    places, made, widest = [], [], 0
    for i, row in enumerate(zip(*rows, strict=True)):
        crosses = list(itertools.product(*row))
        widest = max(widest, len(crosses))
        for j, parts in enumerate(crosses):
            places.append((i, j))
            made.append(hash_of(parts) if hash_of else _text(parts))
    if hash_of:
        entries = np.asarray(made, np.int64)
    else:
        entries = np.empty(len(made), object)
        entries[:] = made
    count = len(rows[0]) if rows else 0
    return [np.asarray(places, np.int64).reshape(-1, 2), entries, np.asarray([count, widest], np.int64)]


@op(
    "SparseCross",
    "indices:N * int64, values:*sparse_types, shapes:N * int64, dense_inputs:*dense_types -> output_indices:int64, output_values:out_type, "
    "output_shape:int64",
    host=True,
    shape=lambda inputs, attrs: [(None, 2), (None,), (2,)],
    differentiable=False,
)
def sparse_cross(
    indices, values, shapes, dense_inputs, *, hashed_output: "bool", num_buckets: "int", hash_key: "int", internal_type: "type",
    out_type: "type",
):  # fmt: skip
    """The crosses of the rows of sparse and dense inputs: texts "a_X_b", or hashes modulo `num_buckets` where `hashed_output`."""
    hash_of = functools.partial(_hashed, num_buckets=num_buckets, hash_key=hash_key) if hashed_output else None
    return _crosses(indices, values, shapes, dense_inputs, hash_of)


_CROSS = (
    "indices:N * int64, values:*sparse_types, shapes:N * int64, dense:*dense_types -> output_indices:int64, output_values:out_type, "
    "output_shape:int64"
)


@op("SparseFeatureCross", _CROSS, host=True, shape=lambda inputs, attrs: [(None, 2), (None,), (2,)], differentiable=False)
def sparse_feature_cross(
    indices, values, shapes, dense, *, hashed_output=False, num_buckets=0, out_type: "type", internal_type: "type"
):
    """As `SparseCross`, with the hash of before there were keys."""
    hash_of = functools.partial(_combined, num_buckets=num_buckets, hash_key=0xDECAFCAFFE) if hashed_output else None
    return _crosses(indices, values, shapes, dense, hash_of)


@op("SparseFeatureCrossV2", _CROSS, host=True, shape=lambda inputs, attrs: [(None, 2), (None,), (2,)], differentiable=False)
def sparse_feature_cross_v2(
    indices, values, shapes, dense, *, hashed_output=False, num_buckets=0, hash_key: "int", out_type: "type",
    internal_type: "type",
):  # fmt: skip
    """As `SparseCross`, under the name that it had in `tf.contrib.layers`."""
    hash_of = functools.partial(_hashed, num_buckets=num_buckets, hash_key=hash_key) if hashed_output else None
    return _crosses(indices, values, shapes, dense, hash_of)

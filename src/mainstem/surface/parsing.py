"""`tf.parse_example` and the features that describe what a record holds: `FixedLenFeature`, `VarLenFeature`, …"""

import collections

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import array, example
from mainstem.surface import sparse
from mainstem.surface.framework import convert_to_tensor, name_scope

VarLenFeature = collections.namedtuple("VarLenFeature", ["dtype"])
VarLenFeature.__doc__ = "A feature with any number of values, parsed into a SparseTensor."
FixedLenFeature = collections.namedtuple("FixedLenFeature", ["shape", "dtype", "default_value"], defaults=(None,))
FixedLenFeature.__doc__ = "A feature of one shape, parsed into a dense tensor; required unless there is a `default_value`."
FixedLenSequenceFeature = collections.namedtuple(
    "FixedLenSequenceFeature", ["shape", "dtype", "allow_missing", "default_value"], defaults=(False, None)
)
FixedLenSequenceFeature.__doc__ = (
    "A feature with any number of rows of one shape, parsed into a dense tensor that is filled up."
)
SparseFeature = collections.namedtuple(
    "SparseFeature", ["index_key", "value_key", "dtype", "size", "already_sorted"], defaults=(False,)
)
SparseFeature.__doc__ = "Two features, indices and values, parsed into one SparseTensor whose last dimension has `size`."


def _sparse_keys(features):
    """{feature name in the record: dtype} of everything that is parsed as sparse."""
    out = {}
    for key, f in features.items():
        if isinstance(f, VarLenFeature):
            out[key] = dtypes.as_dtype(f.dtype)
        elif isinstance(f, SparseFeature):
            if not isinstance(f.index_key, str):
                raise NotImplementedError(
                    f"tf.parse_example: feature {key!r}: SparseFeature with several index keys is not implemented."
                )
            out[f.index_key], out[f.value_key] = dtypes.int64, dtypes.as_dtype(f.dtype)
    return dict(sorted(out.items()))


def _dense_features(features):
    """Sorted rows (key, dtype, shape, default) of everything that is parsed as dense."""
    out = []
    for key, f in sorted(features.items()):
        if isinstance(f, (VarLenFeature, SparseFeature)):
            continue
        if not isinstance(f, (FixedLenFeature, FixedLenSequenceFeature)):
            raise ValueError(f"Invalid feature {key}:{f}.")
        if f.dtype is None:
            raise ValueError(f"Missing type for feature {key}.")
        shape, dtype, default = shapes.as_tuple(f.shape), dtypes.as_dtype(f.dtype), f.default_value
        if shape is None:
            raise ValueError(f"Missing shape for feature {key}.")
        if isinstance(f, FixedLenSequenceFeature):
            if not f.allow_missing:
                raise ValueError(f"Unsupported: FixedLenSequenceFeature requires allow_missing to be True (feature {key}).")
            shape = (None, *shape)
        elif None in shape:
            raise ValueError(f"First dimension of shape for feature {key} unknown. Consider using FixedLenSequenceFeature.")
        out.append((key, dtype, shape, _default(default, dtype, shape)))
    return out


def _default(value, dtype, shape):
    if value is None:
        return np.empty(0, dtype.np)
    tensor = convert_to_tensor(value, dtype)
    return tensor if None in shape else array.reshape(tensor, np.array(shape, np.int32))


def _assembled(features, sparse_keys, dense, made):
    parsed = {k: SparseTensor(*parts) for k, *parts in zip(sparse_keys, *made[:3], strict=True)}
    values = dict(zip((d[0] for d in dense), made[3], strict=True))
    out = {}
    for key, f in sorted(features.items()):
        if isinstance(f, VarLenFeature):
            out[key] = parsed[key]
        elif isinstance(f, SparseFeature):
            ids, entries = parsed[f.index_key], parsed[f.value_key]
            out[key] = sparse.merge(ids, entries, f.size, already_sorted=f.already_sorted)
        else:
            out[key] = values[key]
    return out


def parse_example(serialized, features, example_names=None, name=None):
    """The features of a vector of serialized `tf.train.Example` records.

    Args:
        serialized: a string vector [n].
        features: {name: FixedLenFeature, VarLenFeature, FixedLenSequenceFeature or SparseFeature}.
        example_names: a string vector [n] for error messages.

    Gives {name: tensor [n, *shape], or SparseTensor [n, longest]}. Raises ValueError for features that are not described well;
    a record that does not fit fails the run with InvalidArgumentError.
    """
    if not features:
        raise ValueError(f"Missing: features was {features}.")
    sparse_keys, dense = _sparse_keys(features), _dense_features(features)
    with name_scope(name, "ParseExample", [serialized]):
        made = example.parse_example(
            serialized,
            np.empty(0, object) if example_names is None else example_names,
            list(sparse_keys),
            [d[0] for d in dense],
            [d[3] for d in dense],
            Nsparse=len(sparse_keys),
            Ndense=len(dense),
            sparse_types=list(sparse_keys.values()),
            Tdense=[d[1] for d in dense],
            dense_shapes=[d[2] for d in dense],
        )
        return _assembled(features, sparse_keys, dense, made)


def parse_example_v1(serialized, features, name=None, example_names=None):
    """As `parse_example`, with the arguments in the old order."""
    return parse_example(serialized, features, example_names, name)


def parse_single_example(serialized, features, example_names=None, name=None):
    """The features of one serialized Example, a scalar string: {name: tensor of the feature's shape, or SparseTensor [count]}."""
    if not features:
        raise ValueError(f"Missing: features was {features}.")
    sparse_keys, dense = _sparse_keys(features), _dense_features(features)
    with name_scope(name, "ParseSingleExample", [serialized]):
        serialized = convert_to_tensor(serialized, dtypes.string, name="serialized")
        made = example.parse_single_example(
            serialized,
            [d[3] for d in dense],
            num_sparse=len(sparse_keys),
            sparse_keys=list(sparse_keys),
            dense_keys=[d[0] for d in dense],
            sparse_types=list(sparse_keys.values()),
            Tdense=[d[1] for d in dense],
            dense_shapes=[d[2] for d in dense],
        )
        return _assembled(features, sparse_keys, dense, made)


def parse_single_example_v1(serialized, features, name=None, example_names=None):
    """As `parse_single_example`, with the arguments in the old order."""
    return parse_single_example(serialized, features, example_names, name)

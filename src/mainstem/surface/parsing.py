"""`tf.parse_example` and the features that describe what a record holds: `FixedLenFeature`, `VarLenFeature`, …"""

import collections

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import array, example, proto_codec, sequence_example
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


class RaggedFeature:
    """A feature parsed into a RaggedTensor, which Mainstem does not have yet: raises NotImplementedError."""

    def __init__(self, dtype, value_key=None, partitions=(), row_splits_dtype=dtypes.int32, validate=False):
        raise NotImplementedError(
            "tf.io.RaggedFeature is not implemented: there are no RaggedTensors. VarLenFeature gives a SparseTensor."
        )


def _kind(dtype, parameter):
    """One of the dtypes that records hold. Raises TypeError for another."""
    dtype = dtypes.as_dtype(dtype)
    if dtype not in example.KINDS:
        raise TypeError(
            f"Value passed to parameter '{parameter}' has DataType {dtype.name} not in list of allowed values: float32, int64, string"
        )
    return dtype


def _sparse_keys(features):
    """{feature name in the record: dtype} of everything that is parsed as sparse."""
    out = {}
    for key, f in features.items():
        if isinstance(f, VarLenFeature):
            if f.dtype is None:
                raise ValueError(f"Missing type for feature {key}.")
            out[key] = _kind(f.dtype, "sparse_types")
        elif isinstance(f, SparseFeature):
            if f.dtype is None:
                raise ValueError(f"Missing type for feature {key}.")
            for index in [f.index_key] if isinstance(f.index_key, str) else f.index_key:
                out[index] = dtypes.int64
            out[f.value_key] = _kind(f.dtype, "sparse_types")
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
        shape, dtype, default = shapes.as_tuple(f.shape), _kind(f.dtype, "Tdense"), f.default_value
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
            ids = parsed[f.index_key] if isinstance(f.index_key, str) else [parsed[k] for k in f.index_key]
            entries = parsed[f.value_key]
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


def _sequence_parts(context_features, sequence_features):
    """What a sequence's features ask for: (sparse context, dense context, sparse lists, dense lists (key, dtype, shape, may miss))."""
    if not context_features and not sequence_features:
        raise ValueError("Missing features.")
    context, lists = context_features or {}, sequence_features or {}
    for features, kinds in ((context, (VarLenFeature, FixedLenFeature)), (lists, (VarLenFeature, FixedLenSequenceFeature))):
        for key, f in sorted(features.items()):
            if not isinstance(f, kinds):
                raise ValueError(f"Unsupported {type(f).__name__} {f} for key '{key}'.")
            if f.dtype is None:
                raise ValueError(f"Missing type for feature {key}.")
    dense = [
        (k, _kind(f.dtype, "feature_list_dense_types"), shapes.as_tuple(f.shape), f.allow_missing)
        for k, f in sorted(lists.items())
        if isinstance(f, FixedLenSequenceFeature)
    ]
    return _sparse_keys(context), _dense_features(context), _sparse_keys(lists), dense


def _sequence_attrs(parts):
    sparse, dense, list_sparse, list_dense = parts
    return {
        "Ncontext_sparse": len(sparse),
        "Ncontext_dense": len(dense),
        "Nfeature_list_sparse": len(list_sparse),
        "Nfeature_list_dense": len(list_dense),
        "context_sparse_types": list(sparse.values()),
        "Tcontext_dense": [d[1] for d in dense],
        "feature_list_dense_types": [d[1] for d in list_dense],
        "context_dense_shapes": [d[2] for d in dense],
        "feature_list_sparse_types": list(list_sparse.values()),
        "feature_list_dense_shapes": [d[2] for d in list_dense],
    }


def _sequence_results(parts, made):
    sparse, dense, list_sparse, list_dense = parts
    context = {k: SparseTensor(*p) for k, *p in zip(sparse, *made[:3], strict=True)}
    context.update(zip((d[0] for d in dense), made[3], strict=True))
    lists = {k: SparseTensor(*p) for k, *p in zip(list_sparse, *made[4:7], strict=True)}
    lists.update(zip((d[0] for d in list_dense), made[7], strict=True))
    lengths = dict(zip((d[0] for d in list_dense), made[8], strict=True)) if len(made) > 8 else {}
    return dict(sorted(context.items())), dict(sorted(lists.items())), lengths


def parse_sequence_example(serialized, context_features=None, sequence_features=None, example_names=None, name=None):
    """The features of a vector of serialized `tf.train.SequenceExample` records.

    Args:
        serialized: a string vector [n].
        context_features: {name: FixedLenFeature or VarLenFeature}.
        sequence_features: {name: FixedLenSequenceFeature or VarLenFeature}.
        example_names: a string vector [n] for error messages.

    Gives (context, lists, lengths): {name: tensor [n, *shape] or SparseTensor}, {name: tensor [n, longest, *shape] or SparseTensor},
    {name of a dense list: int64 [n]}. Raises ValueError for features that are not described well.
    """
    parts = _sequence_parts(context_features, sequence_features)
    with name_scope(name, "ParseSequenceExample", [serialized]):
        made = sequence_example.parse_sequence_example(
            convert_to_tensor(serialized, dtypes.string, name="serialized"),
            np.empty(0, object) if example_names is None else example_names,
            [d[3] for d in parts[1]],
            feature_list_dense_missing_assumed_empty=[d[0] for d in parts[3] if d[3]],
            context_sparse_keys=list(parts[0]),
            context_dense_keys=[d[0] for d in parts[1]],
            feature_list_sparse_keys=list(parts[2]),
            feature_list_dense_keys=[d[0] for d in parts[3]],
            **_sequence_attrs(parts),
        )
        return _sequence_results(parts, made)


def parse_single_sequence_example(serialized, context_features=None, sequence_features=None, example_name=None, name=None):
    """The features of one serialized SequenceExample, a scalar string: (context, lists), as `parse_sequence_example` without [n]."""
    parts = _sequence_parts(context_features, sequence_features)
    with name_scope(name, "ParseSingleSequenceExample", [serialized]):
        made = sequence_example.parse_single_sequence_example(
            convert_to_tensor(serialized, dtypes.string, name="serialized"),
            np.array([d[0] for d in parts[3] if d[3]], object),
            list(parts[0]),
            [d[0] for d in parts[1]],
            list(parts[2]),
            [d[0] for d in parts[3]],
            [d[3] for d in parts[1]],
            "" if example_name is None else example_name,
            **_sequence_attrs(parts),
        )
        return _sequence_results(parts, made)[:2]


def decode_json_example(json_examples, name=None):
    """Examples written as JSON, as strings of the same shape with their bytes. InvalidArgumentError for text that is no Example."""
    return example.decode_json_example(json_examples, name=name)


DecodeProtoV2 = collections.namedtuple("DecodeProtoV2", ["sizes", "values"])


def decode_proto(
    bytes, message_type, field_names, output_types, descriptor_source="local://", message_format="binary", sanitize=False,  # noqa: A002
    name=None,
):  # fmt: skip
    """Fields of serialized protocol buffers of any type: (sizes [.., fields], list of values [.., most]).

    Args:
        bytes: a string tensor [..].
        message_type: the full name, as `"tensorflow.Example"`.
        field_names, output_types: the fields, and the dtype of each.
        descriptor_source: `"local://"` for the types that Mainstem has, the path of a file with a FileDescriptorSet, or
            `b"bytes://"` and such a set.
        message_format: "binary" or "text".
        sanitize: has no effect: the bytes of messages inside are always written anew.

    A run raises InvalidArgumentError for unknown types and fields, DataLossError for damaged messages.
    """
    made = proto_codec.decode_proto(
        bytes, message_type=message_type, field_names=field_names, output_types=output_types, descriptor_source=descriptor_source,
        message_format=message_format, sanitize=sanitize, name=name,
    )  # fmt: skip
    return DecodeProtoV2(*made)


def encode_proto(sizes, values, field_names, message_type, descriptor_source="local://", name=None):
    """Protocol buffers from their fields, a string tensor [..]: what `decode_proto` gives, the other way.

    A run raises InvalidArgumentError for unknown types and fields, for values of another type and for sizes that do not fit.
    """
    return proto_codec.encode_proto(
        sizes, values, field_names=field_names, message_type=message_type, descriptor_source=descriptor_source, name=name
    )

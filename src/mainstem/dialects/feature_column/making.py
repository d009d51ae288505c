"""The functions that make feature columns, and check what they are given."""

import math

import numpy as np

from mainstem.base import dtypes
from mainstem.dialects.feature_column.kinds import (
    BucketizedColumn,
    CategoricalColumn,
    CrossedColumn,
    EmbeddingColumn,
    HashedCategoricalColumn,
    IdentityCategoricalColumn,
    IndicatorColumn,
    NumericColumn,
    SharedEmbeddingColumn,
    VocabularyFileCategoricalColumn,
    VocabularyListCategoricalColumn,
    WeightedCategoricalColumn,
)
from mainstem.platform import gfile
from mainstem.surface import initializers


def checked_shape(shape, key):
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    for size in shape:
        if not isinstance(size, int):
            raise TypeError(f"shape dimensions must be integer. shape: {shape}, key: {key}")
        if size < 1:
            raise ValueError(f"shape dimensions must be greater than 0. shape: {shape}, key: {key}")
    return shape


def numeric_column(key, shape=(1,), default_value=None, dtype=dtypes.float32, normalizer_fn=None):
    """Numbers: the feature `key`, [batch, *shape].

    Args:
        default_value: of examples without the feature; a number, or one for each entry of `shape`.
        dtype: of the feature; the column gives float32.
        normalizer_fn: a function of the tensor.

    Raises ValueError and TypeError for arguments that do not fit.
    """
    shape, dtype = checked_shape(shape, key), dtypes.as_dtype(dtype)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype!r}, key: {key}")
    if default_value is not None:
        given = np.asarray(default_value)
        if given.ndim and given.shape != shape:
            raise ValueError(
                f"The shape of default_value must be equal to given shape. default_value: {default_value}, shape: {shape}, key: {key}"
            )
        default_value = tuple(np.broadcast_to(given, shape).reshape(-1).tolist())
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    return NumericColumn(key, shape, default_value, dtype, normalizer_fn)


def bucketized_column(source_column, boundaries):
    """Which of the buckets between sorted `boundaries` the numbers of a numeric column of one dimension fall into."""
    if not isinstance(source_column, NumericColumn):
        raise ValueError(f"source_column must be a column generated with numeric_column(). Given: {source_column}")
    if len(source_column.shape) > 1:
        raise ValueError(f"source_column must be one-dimensional column. Given: {source_column}")
    if not isinstance(boundaries, (list, tuple)) or any(a >= b for a, b in zip(boundaries, boundaries[1:], strict=False)):
        raise ValueError("boundaries must be a sorted list.")
    return BucketizedColumn(source_column, tuple(boundaries))


def _word_dtype(dtype, key):
    dtype = dtypes.as_dtype(dtype)
    if dtype != dtypes.string and not dtype.is_integer:
        raise ValueError(f"dtype must be string or integer. dtype: {dtype!r}, column_name: {key}")
    return dtype


def categorical_column_with_hash_bucket(key, hash_bucket_size, dtype=dtypes.string):
    """Words or integers by their hash. Raises ValueError for fewer than one bucket or another dtype."""
    if hash_bucket_size is None:
        raise ValueError(f"hash_bucket_size must be set. key: {key}")
    if hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be at least 1. hash_bucket_size: {hash_bucket_size}, key: {key}")
    return HashedCategoricalColumn(key, hash_bucket_size, _word_dtype(dtype, key))


def categorical_column_with_vocabulary_list(key, vocabulary_list, dtype=None, default_value=-1, num_oov_buckets=0):
    """Words or integers by their position in a list; others have `default_value` or one of `num_oov_buckets` further ids.

    Raises ValueError for an empty list, repeated entries, or arguments that do not fit each other.
    """
    if vocabulary_list is None or len(vocabulary_list) < 1:
        raise ValueError(f"vocabulary_list {vocabulary_list} must be non-empty, column_name: {key}")
    if len(set(vocabulary_list)) != len(vocabulary_list):
        raise ValueError(f"Duplicate keys in vocabulary_list {vocabulary_list}, column_name: {key}")
    kind = _kind_of(vocabulary_list)
    _check_oov(num_oov_buckets, default_value, -1, key)
    dtype = kind if dtype is None else dtypes.as_dtype(dtype)
    if dtype.is_integer != kind.is_integer:
        raise ValueError(f"dtype {dtype} and vocabulary dtype {kind} do not match, column_name: {key}")
    return VocabularyListCategoricalColumn(key, tuple(vocabulary_list), _word_dtype(dtype, key), default_value, num_oov_buckets)


def _kind_of(words):
    kind = np.asarray(words).dtype
    return dtypes.string if kind.kind in "USO" else dtypes.as_dtype(kind)


def _check_oov(num_oov_buckets, default_value, usual, key):
    if not num_oov_buckets:
        return
    if default_value != usual:
        raise ValueError(f"Can't specify both num_oov_buckets and default_value in {key}.")
    if num_oov_buckets < 0:
        raise ValueError(f"Invalid num_oov_buckets {num_oov_buckets} in {key}.")


def categorical_column_with_vocabulary_file(
    key, vocabulary_file, vocabulary_size=None, num_oov_buckets=0, default_value=None, dtype=dtypes.string
):
    """Words by their line in a file; see `categorical_column_with_vocabulary_list`. `vocabulary_size` None: all lines."""
    if not vocabulary_file:
        raise ValueError(f"Missing vocabulary_file in {key}.")
    if vocabulary_size is None:
        with gfile.GFile(vocabulary_file, "rb") as lines:
            vocabulary_size = sum(1 for _ in lines)
    if vocabulary_size < 1:
        raise ValueError(f"Invalid vocabulary_size in {key}.")
    _check_oov(num_oov_buckets, default_value, None, key)
    return VocabularyFileCategoricalColumn(
        key,
        vocabulary_file,
        vocabulary_size,
        num_oov_buckets or 0,
        _word_dtype(dtype, key),
        -1 if default_value is None else default_value,
    )


def categorical_column_with_identity(key, num_buckets, default_value=None):
    """Integers below `num_buckets`; others become `default_value`, or fail the run where that is None."""
    if num_buckets < 1:
        raise ValueError(f"num_buckets {num_buckets} < 1, column_name {key}")
    if default_value is not None and not 0 <= default_value < num_buckets:
        raise ValueError(f"default_value {default_value} not in range [0, {num_buckets}), column_name {key}")
    return IdentityCategoricalColumn(key, num_buckets, default_value)


def crossed_column(keys, hash_bucket_size, hash_key=None):
    """Combinations of features, given by name or as categorical columns, by their hash.

    Raises ValueError for fewer than two of them, other columns, or fewer than two buckets.
    """
    if not hash_bucket_size or hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be > 1. hash_bucket_size: {hash_bucket_size}")
    if not keys or len(keys) < 2:
        raise ValueError(f"keys must be a list with length > 1. Given: {keys}")
    for key in keys:
        if not isinstance(key, (str, CategoricalColumn)):
            raise ValueError(
                "Unsupported key type. All keys must be either string, or categorical column except HashedCategoricalColumn. "
                f"Given: {key}"
            )
        if isinstance(key, HashedCategoricalColumn):
            raise ValueError(
                "categorical_column_with_hash_bucket is not supported for crossing. Hashing before crossing will increase probability "
                "of collision. Instead, use the feature name as a string."
            )
    return CrossedColumn(tuple(keys), hash_bucket_size, hash_key)


def weighted_categorical_column(categorical_column, weight_feature_key, dtype=dtypes.float32):
    """The ids of a categorical column with weights from another feature. Raises ValueError for a dtype that is no number's."""
    dtype = dtypes.as_dtype(dtype)
    if dtype is None or not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype {dtype} is not convertible to float.")
    return WeightedCategoricalColumn(categorical_column, weight_feature_key, dtype)


def indicator_column(categorical_column):
    """How often each id of a categorical column appears."""
    return IndicatorColumn(categorical_column)


def check_checkpoint(path, tensor):
    """Raises ValueError when only one of a checkpoint and the name of a tensor in it is given."""
    if (path is None) != (tensor is None):
        raise ValueError("Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them.")


def _embedding_arguments(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt):
    if dimension is None or dimension < 1:
        raise ValueError(f"Invalid dimension {dimension}.")
    check_checkpoint(ckpt_to_load_from, tensor_name_in_ckpt)
    if initializer is not None and not callable(initializer):
        raise ValueError("initializer must be callable if specified.")
    return initializer or initializers.TruncatedNormal(mean=0.0, stddev=1 / math.sqrt(dimension))


def embedding_column(
    categorical_column,
    dimension,
    combiner="mean",
    initializer=None,
    ckpt_to_load_from=None,
    tensor_name_in_ckpt=None,
    max_norm=None,
    trainable=True,
):
    """The vectors of the ids of a categorical column, combined by "mean", "sum" or "sqrtn".

    Args:
        dimension: of the vectors.
        initializer: default: a truncated normal of deviation 1 / sqrt(dimension).
        ckpt_to_load_from, tensor_name_in_ckpt: where the variable starts from, both or neither.
        max_norm: vectors are at most so long.
        trainable: whether the variable trains.

    Raises ValueError for arguments that do not fit.
    """
    initializer = _embedding_arguments(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt)
    return EmbeddingColumn(
        categorical_column, dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt, max_norm, trainable
    )


def shared_embedding_columns(
    categorical_columns,
    dimension,
    combiner="mean",
    initializer=None,
    shared_embedding_collection_name=None,
    ckpt_to_load_from=None,
    tensor_name_in_ckpt=None,
    max_norm=None,
    trainable=True,
):
    """A list of embedding columns with one variable; arguments as of `embedding_column`.

    Raises ValueError when the categorical columns differ in kind or size.
    """
    initializer = _embedding_arguments(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt)
    ordered = sorted(categorical_columns, key=lambda c: c.name)
    if len({c.num_buckets for c in ordered}) > 1:
        sizes = [c.num_buckets for c in ordered]
        raise ValueError(
            f"To use shared_embedding_column, all categorical_columns must have the same number of buckets: {sizes}."
        )
    shared = shared_embedding_collection_name or "_".join(c.name for c in ordered) + "_shared_embedding"
    made = []
    for column in categorical_columns:
        one = EmbeddingColumn(
            column, dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt, max_norm, trainable
        )
        made.append(SharedEmbeddingColumn(one, shared))
    return made

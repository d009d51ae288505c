"""`real_valued_column`, `sparse_column_with_…`, `embedding_column` and the others: the functions that make columns."""

import math

from mainstem.base import dtypes
from mainstem.dialects.contrib.columns import kinds
from mainstem.dialects.contrib.columns.kinds import BucketizedColumn, CrossedColumn, RealValuedColumn, SparseColumn
from mainstem.dialects.feature_column.making import check_checkpoint
from mainstem.surface import initializers


def real_valued_column(column_name, dimension=1, default_value=None, dtype=dtypes.float32, normalizer=None):
    """Numbers: the feature `column_name`, [batch, dimension].

    Args:
        default_value: of examples without the feature: a number, or one for each dimension.
        dtype: of the feature; sums and networks get float32.
        normalizer: a function of the tensor.

    Raises ValueError and TypeError for arguments that do not fit.
    """
    if dimension is None:
        raise TypeError(
            "dimension must be an integer. Use the _real_valued_var_len_column for variable length features."
            f"dimension: {dimension}, column_name: {column_name}"
        )
    if not isinstance(dimension, int):
        raise TypeError(f"dimension must be an integer. dimension: {dimension}, column_name: {column_name}")
    if dimension < 1:
        raise ValueError(f"dimension must be greater than 0. dimension: {dimension}, column_name: {column_name}")
    dtype = dtypes.as_dtype(dtype)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype!r}, column_name: {column_name}")
    default_value = None if default_value is None else _defaults(default_value, dimension, dtype, column_name)
    return RealValuedColumn(column_name, dimension, default_value, dtype, normalizer)


def _defaults(given, dimension, dtype, column_name):
    listed = list(given) if isinstance(given, (list, tuple)) else [given] * dimension
    if len(listed) != dimension:
        raise ValueError(
            f"The length of default_value must be equal to dimension. default_value: {given}, dimension: {dimension}, "
            f"column_name: {column_name}"
        )
    fits = (int,) if dtype.is_integer else (int, float)
    if not all(isinstance(v, fits) for v in listed):
        raise TypeError(
            f"default_value must be compatible with dtype. default_value: {given}, dtype: {dtype!r}, column_name: {column_name}"
        )
    return tuple(int(v) if dtype.is_integer else float(v) for v in listed)


def _checked(column_name, dtype, integerized=False, bucket_size=None):
    dtype = dtypes.as_dtype(dtype)
    if integerized and not dtype.is_integer:
        raise ValueError(f"dtype must be an integer if is_integerized is True. dtype: {dtype!r}, column_name: {column_name}.")
    if dtype != dtypes.string and not dtype.is_integer:
        raise ValueError(f"dtype must be string or integer. dtype: {dtype!r}, column_name: {column_name}")
    if bucket_size is not None and bucket_size < 1:
        raise ValueError(f"bucket_size must be at least 1. bucket_size: {bucket_size}, column_name: {column_name}")
    return dtype


def sparse_column_with_integerized_feature(column_name, bucket_size, combiner="sum", dtype=dtypes.int64):
    """Integers that are ids, modulo `bucket_size`; `combiner` says how a linear model combines those of a row."""
    dtype = _checked(column_name, dtype, True, bucket_size)
    return kinds.SparseColumnIntegerized(column_name, bucket_size, combiner, dtype, None)


def sparse_column_with_hash_bucket(column_name, hash_bucket_size, combiner="sum", dtype=dtypes.string, hash_keys=None):
    """Words or integers by their hash, or by several strong ones: one for each of `hash_keys`, pairs of integers."""
    dtype = _checked(column_name, dtype, bucket_size=hash_bucket_size)
    keys = tuple(map(tuple, hash_keys)) if hash_keys else None
    return kinds.SparseColumnHashed(column_name, hash_bucket_size, combiner, dtype, keys)


def sparse_column_with_keys(column_name, keys, default_value=-1, combiner="sum", dtype=dtypes.string):
    """Words or integers by their position in `keys`; others are `default_value`."""
    return kinds.SparseColumnKeys(column_name, None, combiner, _checked(column_name, dtype), (tuple(keys), default_value))


def sparse_column_with_vocabulary_file(
    column_name, vocabulary_file, num_oov_buckets=0, vocab_size=None, default_value=-1, combiner="sum", dtype=dtypes.string
):
    """Words by their line in a file of `vocab_size` lines. Raises ValueError without a file or its size."""
    if vocabulary_file is None:
        raise ValueError("vocabulary_file should be defined. column_name: " + column_name)
    if vocab_size is None:
        raise ValueError("vocab_size should be defined. column_name: " + column_name)
    more = (vocabulary_file, num_oov_buckets, vocab_size, default_value)
    return kinds.SparseColumnVocabulary(column_name, None, combiner, _checked(column_name, dtype), more)


def weighted_sparse_column(sparse_id_column, weight_column_name, dtype=dtypes.float32):
    """The ids of a sparse column, with weights from the feature `weight_column_name`."""
    dtype = dtypes.as_dtype(dtype)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype is not convertible to float. Given {dtype!r}")
    return kinds.WeightedSparseColumn(sparse_id_column, weight_column_name, dtype)


def bucketized_column(source_column, boundaries):
    """Which of the buckets between sorted `boundaries` the numbers of a real valued column fall into; repeated ones count once."""
    if not isinstance(source_column, RealValuedColumn):
        raise TypeError(f"source_column must be an instance of _RealValuedColumn. source_column: {source_column}")
    if not isinstance(boundaries, (list, tuple)) or not boundaries:
        raise ValueError(f"boundaries must be a non-empty list or tuple. boundaries: {boundaries}")
    if any(a > b for a, b in zip(boundaries, boundaries[1:], strict=False)):
        raise ValueError(f"boundaries must be a sorted list. boundaries: {boundaries}")
    return BucketizedColumn(source_column, tuple(dict.fromkeys(boundaries)))


def crossed_column(columns, hash_bucket_size, combiner="sum", ckpt_to_load_from=None, tensor_name_in_ckpt=None, hash_key=None):
    """Combinations of sparse, bucketized or crossed columns by their hash.

    Args:
        combiner: how a linear model combines those of a row.
        ckpt_to_load_from, tensor_name_in_ckpt: where a linear model's weights start from, both or neither.
        hash_key: of `sparse_feature_cross`.

    Raises ValueError and TypeError for fewer than two columns or others.
    """
    if len(columns) < 2:
        raise ValueError(f"columns must contain at least 2 elements. columns: {columns}")
    if hash_bucket_size < 2:
        raise ValueError(f"hash_bucket_size must be at least 2. hash_bucket_size: {hash_bucket_size}")
    for column in columns:
        if not isinstance(column, (SparseColumn, CrossedColumn, BucketizedColumn)):
            raise TypeError(
                "columns must be a set of _SparseColumn, _CrossedColumn, or _BucketizedColumn instances. "
                f"(column {column} is a _{type(column).__name__})"
            )
    check_checkpoint(ckpt_to_load_from, tensor_name_in_ckpt)
    ordered = tuple(sorted(columns, key=lambda c: c.name))
    return CrossedColumn(ordered, hash_bucket_size, hash_key, combiner, ckpt_to_load_from, tensor_name_in_ckpt)


def one_hot_column(sparse_id_column):
    """How often each id of a sparse column appears, for networks."""
    return kinds.OneHotColumn(sparse_id_column)


def _initializer(given, length, name):
    if given is not None and not callable(given):
        raise ValueError(f"initializer must be callable if specified. Embedding of column_name: {name}")
    if given is None:
        return initializers.TruncatedNormal(mean=0.0, stddev=1 / math.sqrt(length))
    return given


def embedding_column(
    sparse_id_column,
    dimension,
    combiner="mean",
    initializer=None,
    ckpt_to_load_from=None,
    tensor_name_in_ckpt=None,
    max_norm=None,
    trainable=True,
):
    """The vectors of the ids of a sparse column, combined by "mean", "sum" or "sqrtn", for networks.

    Args:
        dimension: of the vectors.
        initializer: default: a truncated normal of deviation 1 / sqrt(number of ids).
        ckpt_to_load_from, tensor_name_in_ckpt: where the variable starts from, both or neither.
        max_norm: vectors are at most so long.
        trainable: whether the variable trains.

    Raises ValueError for arguments that do not fit.
    """
    check_checkpoint(ckpt_to_load_from, tensor_name_in_ckpt)
    initializer = _initializer(initializer, sparse_id_column.length, sparse_id_column.name)
    return kinds.EmbeddingColumn(
        sparse_id_column,
        dimension,
        combiner,
        initializer,
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        None,
        None,
        max_norm,
        trainable,
    )


def shared_embedding_columns(
    sparse_id_columns,
    dimension,
    combiner="mean",
    shared_embedding_name=None,
    initializer=None,
    ckpt_to_load_from=None,
    tensor_name_in_ckpt=None,
    max_norm=None,
    trainable=True,
):
    """A list of embedding columns with one variable; arguments as of `embedding_column`.

    Raises ValueError when the sparse columns differ in size, or there is none; TypeError when it is no list.
    """
    if not isinstance(sparse_id_columns, (list, tuple)):
        raise TypeError(f"sparse_id_columns must be a list or tuple. Got {sparse_id_columns!r}.")
    if len(sparse_id_columns) < 1:
        raise ValueError("The input sparse_id_columns should have at least one element.")
    sizes = {c.length for c in sparse_id_columns}
    if len(sizes) > 1:
        raise ValueError(f"All sparse id columns must have the same length. Got {sorted(sizes)}.")
    if len(sparse_id_columns) == 1:
        return [
            embedding_column(
                sparse_id_columns[0],
                dimension,
                combiner,
                initializer,
                ckpt_to_load_from,
                tensor_name_in_ckpt,
                max_norm,
                trainable,
            )
        ]
    check_checkpoint(ckpt_to_load_from, tensor_name_in_ckpt)
    (size,) = sizes
    shared = shared_embedding_name or "_".join(sorted(c.name for c in sparse_id_columns)) + "_shared_embedding"
    initializer = _initializer(initializer, size, shared)
    return [
        kinds.EmbeddingColumn(
            c, dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt, shared, size, max_norm, trainable
        )
        for c in sparse_id_columns
    ]


def scattered_embedding_column(column_name, size, dimension, hash_key, combiner="mean", initializer=None):
    """Vectors of words whose entries are found by hashes in one vector of `size` weights, for networks.

    `initializer` None: a truncated normal of deviation 0.1. Raises ValueError for a size or dimension below 1.
    """
    if dimension < 1 or size < 1:
        raise ValueError(
            f"Dimension and size must be greater than 0. dimension: {dimension}, size: {size}, column_name: {column_name}"
        )
    if initializer is not None and not callable(initializer):
        raise ValueError(f"initializer must be callable if specified. column_name: {column_name}")
    initializer = initializer or initializers.TruncatedNormal(mean=0.0, stddev=0.1)
    return kinds.ScatteredEmbeddingColumn(column_name, size, dimension, hash_key, combiner, initializer)


def infer_real_valued_columns(features):
    """A real valued column for a tensor, or for each of a dict of tensors. Raises ValueError for sparse ones and for texts."""
    if not isinstance(features, dict):
        return [_inferred("", features)]
    return [_inferred(name, feature) for name, feature in features.items()]


def _inferred(name, feature):
    if isinstance(feature, kinds.SparseTensor):
        raise ValueError(
            f"SparseTensor is not supported for auto detection. Please define corresponding FeatureColumn for tensor {name} {feature}."
        )
    if not (feature.dtype.is_integer or feature.dtype.is_floating):
        raise ValueError(
            "Non integer or non floating types are not supported for auto detection. "
            f"Please define corresponding FeatureColumn for tensor {name} {feature}."
        )
    sizes = feature.shape.as_list()
    size = 1
    for n in sizes[1:]:
        size *= n
    return real_valued_column(name, size, dtype=feature.dtype)

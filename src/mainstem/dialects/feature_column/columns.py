"""Feature columns: numbers, buckets, categories, crosses, embeddings. `layers.py` computes with them."""

import collections
import math as _math

import numpy as np

from mainstem.base import dtypes
from mainstem.dialects.contrib import encoders
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import reduce as reduce_ops
from mainstem.platform import gfile
from mainstem.surface import array, index, initializers, masking, math, reduce, sparse, sparse_cross, string, tables
from mainstem.surface.check import assert_greater_equal, assert_less
from mainstem.surface.framework import constant_v1, control_dependencies, convert_to_tensor, identity
from mainstem.surface.parsing import FixedLenFeature, VarLenFeature
from mainstem.train import warm_start

IdWeightPair = collections.namedtuple("IdWeightPair", ["id_tensor", "weight_tensor"])


class Transforms:
    """The features of a batch, and what columns made of them, each once."""

    def __init__(self, features):
        self._features, self._made = dict(features), {}

    def get(self, key):
        """A raw feature by name, [batch] as [batch, 1]; or what a column makes. Raises ValueError for a missing feature."""
        if key in self._made:
            return self._made[key]
        made = self._raw(key) if isinstance(key, str) else key.transform(self)
        self._made[key] = made
        return made

    def _raw(self, key):
        if key not in self._features:
            raise ValueError(f"Feature {key} is not in features dictionary.")
        feature = self._features[key]
        if isinstance(feature, SparseTensor):
            return feature
        feature = convert_to_tensor(feature)
        return array.expand_dims_v1(feature, -1) if feature.shape.ndims in (0, 1) else feature


def _sparse(tensor):
    """A tensor as a SparseTensor without its "" and -1."""
    if isinstance(tensor, SparseTensor):
        return tensor
    empty = "" if tensor.dtype == dtypes.string else -1 if tensor.dtype.is_integer else 0
    places = masking.where_v1(math.not_equal(tensor, constant_v1(empty, tensor.dtype)))
    return SparseTensor(places, index.gather_nd_v1(tensor, places), array.shape_v1(tensor, out_type=dtypes.int64))


def _values(ids, values):
    return SparseTensor(ids.indices, values, ids.dense_shape)


class Column:
    """What all columns have: a `name`, `parse_example_spec` and `transform(transforms)`."""

    @property
    def name(self):
        """The name, also that of the column's variable scope."""
        return self.key

    var_scope_name = name

    def _spec_of(self, *columns):
        found = {}
        for column in columns:
            found.update(column.parse_example_spec)
        return found


class CategoricalColumn(Column):
    """A column of ids below `num_buckets`."""

    @property
    def parse_example_spec(self):
        """What `tf.parse_example` takes for this column: {feature: how}."""
        return {self.key: VarLenFeature(self.dtype)}

    def id_weights(self, transforms):
        """`IdWeightPair`: the ids as a SparseTensor, and their weights or None."""
        return IdWeightPair(transforms.get(self), None)

    def _input(self, transforms):
        ids = _sparse(transforms.get(self.key))
        kind = self.dtype
        if kind.is_integer != ids.dtype.is_integer:
            raise ValueError(
                f"Column dtype and SparseTensors dtype must be compatible. key: {self.key}, "
                f"column dtype: {kind}, tensor dtype: {ids.dtype}"
            )
        return ids


class DenseColumn(Column):
    """A column of numbers: [batch, *variable_shape]."""


_Numeric = collections.namedtuple("NumericColumn", ["key", "shape", "default_value", "dtype", "normalizer_fn"])


class NumericColumn(DenseColumn, _Numeric):
    """Numbers as they are."""

    __slots__ = ()
    variable_shape = property(lambda self: self.shape)

    @property
    def parse_example_spec(self):
        """What `tf.parse_example` takes for this column."""
        return {self.key: FixedLenFeature(self.shape, self.dtype, self.default_value)}

    def transform(self, transforms):
        """The normalized numbers as float32."""
        tensor = transforms.get(self.key)
        if isinstance(tensor, SparseTensor):
            raise ValueError(
                f"The corresponding Tensor of numerical column must be a Tensor. SparseTensor is not supported. key: {self.key}"
            )
        tensor = tensor if self.normalizer_fn is None else self.normalizer_fn(tensor)
        return math.cast(tensor, dtypes.float32)

    def dense(self, transforms, scope=None):
        """The tensor [batch, *shape]."""
        return transforms.get(self)


_Bucketized = collections.namedtuple("BucketizedColumn", ["source_column", "boundaries"])


class BucketizedColumn(DenseColumn, CategoricalColumn, _Bucketized):
    """The bucket of a number between `boundaries`, one-hot or as an id."""

    __slots__ = ()
    name = property(lambda self: f"{self.source_column.name}_bucketized")
    var_scope_name = name
    parse_example_spec = property(lambda self: self.source_column.parse_example_spec)
    _buckets = property(lambda self: len(self.boundaries) + 1)
    variable_shape = property(lambda self: (*self.source_column.shape, self._buckets))
    num_buckets = property(lambda self: self._buckets * _math.prod(self.source_column.shape))

    def transform(self, transforms):
        """The buckets' numbers."""
        return reduce_ops.bucketize(transforms.get(self.source_column), boundaries=list(self.boundaries))

    def dense(self, transforms, scope=None):
        """One-hot rows."""
        return index.one_hot(math.cast(transforms.get(self), dtypes.int64), self._buckets, on_value=1.0, off_value=0.0)

    def id_weights(self, transforms):
        """Each dimension of the source has ids of its own."""
        tensor, size = transforms.get(self), self.source_column.shape[0]
        batch = array.shape_v1(tensor)[0]
        rows = array.reshape(array.tile(array.expand_dims_v1(array.range(0, batch), 1), [1, size]), (-1,))
        columns = array.tile(array.range(0, size), [batch])
        ids = array.reshape(tensor, (-1,)) + self._buckets * columns
        places = math.cast(array.transpose_v1(array.stack((rows, columns))), dtypes.int64)
        shape = math.cast(array.stack([batch, size]), dtypes.int64)
        return IdWeightPair(SparseTensor(places, math.cast(ids, dtypes.int64), shape), None)


_Hashed = collections.namedtuple("HashedCategoricalColumn", ["key", "hash_bucket_size", "dtype"])


class HashedCategoricalColumn(CategoricalColumn, _Hashed):
    """Words by their hash."""

    __slots__ = ()
    num_buckets = property(lambda self: self.hash_bucket_size)

    def transform(self, transforms):
        """The ids."""
        ids = self._input(transforms)
        words = ids.values if self.dtype == dtypes.string else string.as_string(ids.values)
        return _values(ids, string.to_hash_bucket_fast(words, self.hash_bucket_size))


class _Vocabulary(CategoricalColumn):
    """Words by a table."""

    __slots__ = ()

    def transform(self, transforms):
        """The ids."""
        ids, kind = self._input(transforms), self.dtype
        if kind.is_integer:
            kind, ids = dtypes.int64, _values(ids, math.cast(ids.values, dtypes.int64))
        return self._table(kind).lookup(ids)


_List = collections.namedtuple(
    "VocabularyListCategoricalColumn", ["key", "vocabulary_list", "dtype", "default_value", "num_oov_buckets"]
)


class VocabularyListCategoricalColumn(_Vocabulary, _List):
    """Words by their position in a list."""

    __slots__ = ()
    num_buckets = property(lambda self: len(self.vocabulary_list) + self.num_oov_buckets)

    def _table(self, kind):
        return tables.index_table_from_tensor(
            self.vocabulary_list, self.num_oov_buckets, self.default_value, dtype=kind, name=f"{self.key}_lookup"
        )


_File = collections.namedtuple(
    "VocabularyFileCategoricalColumn",
    ["key", "vocabulary_file", "vocabulary_size", "num_oov_buckets", "dtype", "default_value"],
)


class VocabularyFileCategoricalColumn(_Vocabulary, _File):
    """Words by their line in a file."""

    __slots__ = ()
    num_buckets = property(lambda self: self.vocabulary_size + self.num_oov_buckets)

    def _table(self, kind):
        return tables.index_table_from_file(
            self.vocabulary_file,
            self.num_oov_buckets,
            self.vocabulary_size,
            self.default_value,
            key_dtype=kind,
            name=f"{self.key}_lookup",
        )


_Identity = collections.namedtuple("IdentityCategoricalColumn", ["key", "number_buckets", "default_value"])


class IdentityCategoricalColumn(CategoricalColumn, _Identity):
    """Integers that are ids already."""

    __slots__ = ()
    dtype = dtypes.int64
    num_buckets = property(lambda self: self.number_buckets)

    def transform(self, transforms):
        """The ids; others than 0 .. number_buckets - 1 become `default_value`, or fail the run where there is none."""
        ids = _sparse(transforms.get(self.key))
        if not ids.dtype.is_integer:
            raise ValueError(f"Invalid input, not integer. key: {self.key} dtype: {ids.dtype}")
        values = math.cast(ids.values, dtypes.int64)
        if self.default_value is None:
            bound = constant_v1(self.number_buckets, dtypes.int64)
            checks = [
                assert_less(values, bound, message=f"assert_less_than_num_buckets of {self.key}"),
                assert_greater_equal(values, constant_v1(0, dtypes.int64), message=f"assert_greater_or_equal_0 of {self.key}"),
            ]
            with control_dependencies(checks):
                return _values(ids, identity(values))
        outside = math.logical_or(math.less(values, 0), math.greater_equal(values, self.number_buckets))
        default = array.fill(array.shape_v1(values), constant_v1(self.default_value, dtypes.int64))
        return _values(ids, masking.where_v1(outside, default, values))


_Crossed = collections.namedtuple("CrossedColumn", ["keys", "hash_bucket_size", "hash_key"])


class CrossedColumn(CategoricalColumn, _Crossed):
    """Combinations of features by their hash."""

    __slots__ = ()
    num_buckets = property(lambda self: self.hash_bucket_size)

    def _leaves(self):
        for key in self.keys:
            yield from key._leaves() if isinstance(key, CrossedColumn) else [key]

    @property
    def name(self):
        """The features' names, sorted and joined."""
        return "_X_".join(sorted(k if isinstance(k, str) else k.name for k in self._leaves()))

    var_scope_name = name

    @property
    def parse_example_spec(self):
        """What `tf.parse_example` takes for this column."""
        found = {}
        for key in self.keys:
            found.update({key: VarLenFeature(dtypes.string)} if isinstance(key, str) else key.parse_example_spec)
        return found

    def transform(self, transforms):
        """The ids. Raises ValueError for weighted columns inside."""
        inputs = []
        for key in self._leaves():
            if isinstance(key, str):
                inputs.append(transforms.get(key))
                continue
            ids, weights = key.id_weights(transforms)
            if weights is not None:
                raise ValueError(
                    "crossed_column does not support weight_tensor, but the given column populates weight_tensor. "
                    f"Given column: {key.name}"
                )
            inputs.append(ids)
        return sparse_cross.cross_hashed(inputs, self.hash_bucket_size, self.hash_key)


_Weighted = collections.namedtuple("WeightedCategoricalColumn", ["categorical_column", "weight_feature_key", "dtype"])


class WeightedCategoricalColumn(CategoricalColumn, _Weighted):
    """Ids with weights that another feature gives."""

    __slots__ = ()
    name = property(lambda self: f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}")
    var_scope_name = name
    num_buckets = property(lambda self: self.categorical_column.num_buckets)

    @property
    def parse_example_spec(self):
        """What `tf.parse_example` takes for this column. Raises ValueError when the weights are the ids' feature."""
        found = dict(self.categorical_column.parse_example_spec)
        if self.weight_feature_key in found:
            raise ValueError(f"Parse config {found[self.weight_feature_key]} already exists for {self.weight_feature_key}.")
        return {**found, self.weight_feature_key: VarLenFeature(self.dtype)}

    def transform(self, transforms):
        """(ids, weights), both sparse."""
        weights = transforms.get(self.weight_feature_key)
        if not isinstance(weights, SparseTensor):
            ids = transforms.get(self.categorical_column)
            weights = SparseTensor(ids.indices, index.gather_nd_v1(weights, ids.indices), ids.dense_shape)
        return transforms.get(self.categorical_column), _values(weights, math.cast(weights.values, dtypes.float32))

    def id_weights(self, transforms):
        """The ids and their weights."""
        return IdWeightPair(*transforms.get(self))


_Indicator = collections.namedtuple("IndicatorColumn", ["categorical_column"])


class IndicatorColumn(DenseColumn, _Indicator):
    """How often each id appears: [batch, num_buckets]."""

    __slots__ = ()
    name = property(lambda self: f"{self.categorical_column.name}_indicator")
    var_scope_name = name
    variable_shape = property(lambda self: (self.categorical_column.num_buckets,))
    parse_example_spec = property(lambda self: self.categorical_column.parse_example_spec)

    def transform(self, transforms):
        """The counts, or the weights."""
        ids, weights = self.categorical_column.id_weights(transforms)
        size = self.variable_shape[-1]
        if weights is not None:
            merged = sparse.merge(ids, weights, vocab_size=size)
            return sparse.to_dense(sparse.reorder(merged), validate_indices=False)
        rows = index.one_hot(sparse.to_dense(ids, default_value=-1), depth=size, on_value=1.0, off_value=0.0)
        return reduce.reduce_sum(rows, axis=[-2])

    def dense(self, transforms, scope=None):
        """The tensor."""
        return transforms.get(self)


_Embedding = collections.namedtuple(
    "EmbeddingColumn",
    [
        "categorical_column",
        "dimension",
        "combiner",
        "initializer",
        "ckpt_to_load_from",
        "tensor_name_in_ckpt",
        "max_norm",
        "trainable",
    ],
)


class EmbeddingColumn(DenseColumn, _Embedding):
    """The mean (or sum) of the vectors of the ids."""

    __slots__ = ()
    name = property(lambda self: f"{self.categorical_column.name}_embedding")
    var_scope_name = name
    variable_shape = property(lambda self: (self.dimension,))
    parse_example_spec = property(lambda self: self.categorical_column.parse_example_spec)

    def transform(self, transforms):
        """The ids and weights."""
        return self.categorical_column.id_weights(transforms)

    def dense(self, transforms, scope):
        """[batch, dimension], from the variable `embedding_weights` that `scope(name, shape, …)` makes."""
        ids, weights = transforms.get(self)
        table = scope(
            "embedding_weights", (self.categorical_column.num_buckets, self.dimension), self.initializer, self.trainable
        )
        if self.ckpt_to_load_from is not None:
            warm_start.init_from_checkpoint(self.ckpt_to_load_from, {self.tensor_name_in_ckpt: table})
        return encoders.safe_embedding_lookup_sparse(
            [table], ids, weights, combiner=self.combiner, max_norm=self.max_norm, name=f"{self.name}_weights"
        )


# ---- the functions that make them


def _checked_shape(shape, key):
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
    shape, dtype = _checked_shape(shape, key), dtypes.as_dtype(dtype)
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


def _embedding_arguments(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt):
    if dimension is None or dimension < 1:
        raise ValueError(f"Invalid dimension {dimension}.")
    if (ckpt_to_load_from is None) != (tensor_name_in_ckpt is None):
        raise ValueError("Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them.")
    if initializer is not None and not callable(initializer):
        raise ValueError("initializer must be callable if specified.")
    return initializer or initializers.TruncatedNormal(mean=0.0, stddev=1 / _math.sqrt(dimension))


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
        made.append(_Shared(one, shared))
    return made


class _Shared(DenseColumn):
    """A shared embedding with the name of the variable's scope."""

    def __init__(self, column, shared_name):
        self.column, self.shared_name = column, shared_name

    name = property(lambda self: f"{self.column.categorical_column.name}_shared_embedding")
    var_scope_name = property(lambda self: self.shared_name)
    variable_shape = property(lambda self: self.column.variable_shape)
    parse_example_spec = property(lambda self: self.column.parse_example_spec)

    def transform(self, transforms):
        """The ids and weights."""
        return transforms.get(self.column)

    def dense(self, transforms, scope):
        """[batch, dimension]."""
        return self.column.dense(transforms, scope)

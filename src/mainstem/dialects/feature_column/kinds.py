"""The kinds of feature columns: numbers, buckets, categories, crosses, embeddings. `making.py` makes them, `layers.py` computes."""

import collections
import math as _math

from mainstem.base import dtypes
from mainstem.dialects.contrib import encoders
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import math as math_ops
from mainstem.ops import reduce as reduce_ops
from mainstem.surface import array, index, masking, math, reduce, sparse, sparse_cross, string, vocabularies
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


class SequenceDenseColumn(Column):
    """A column of numbers for each step: `sequence(transforms, scope)` gives ([batch, steps, *variable_shape], lengths [batch])."""


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
        return vocabularies.index_table_from_tensor(
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
        return vocabularies.index_table_from_file(
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


_Sequence = collections.namedtuple("SequenceCategoricalColumn", ["categorical_column"])


class SequenceCategoricalColumn(CategoricalColumn, _Sequence):
    """The ids of the steps of a sequence: [batch, steps, ids of a step]."""

    __slots__ = ()
    name = property(lambda self: self.categorical_column.name)
    var_scope_name = name
    num_buckets = property(lambda self: self.categorical_column.num_buckets)
    parse_example_spec = property(lambda self: self.categorical_column.parse_example_spec)

    def transform(self, transforms):
        """The ids of the column inside."""
        return self.categorical_column.transform(transforms)

    def id_weights(self, transforms):
        """The ids with three axes, and no weights."""
        ids = transforms.get(self)
        shape = array.shape_v1(ids, out_type=dtypes.int64)
        three = array.concat([shape[:2], [reduce.reduce_prod(shape[2:])]], 0)
        return IdWeightPair(sparse.reshape(ids, three), None)


def lengths(ids, numbers=1):
    """How many steps each example of a SparseTensor [batch, steps · numbers, …] has: int64 [batch]."""
    rows, places = ids.indices[:, 0], ids.indices[:, 1]
    found = math_ops.maximum(reduce.unsorted_segment_max(places + 1, rows, ids.dense_shape[0]), constant_v1(0, dtypes.int64))
    return found if numbers == 1 else math.floordiv(found + (numbers - 1), constant_v1(numbers, dtypes.int64))


def _refuse_sequence(column):
    if isinstance(column.categorical_column, SequenceCategoricalColumn):
        raise ValueError(
            f"In {type(column).__name__} {column.name}: categorical_column is a sequence, {column.categorical_column}, which only "
            "sequence_input_layer takes. Use a categorical_column_with_* instead of sequence_categorical_column_with_*."
        )


def _require_sequence(column):
    if not isinstance(column.categorical_column, SequenceCategoricalColumn):
        raise ValueError(
            f"In {type(column).__name__} {column.name}: categorical_column is no sequence, {column.categorical_column}. "
            "Use a sequence_categorical_column_with_* inside of sequence_input_layer."
        )


_Indicator = collections.namedtuple("IndicatorColumn", ["categorical_column"])


class IndicatorColumn(DenseColumn, SequenceDenseColumn, _Indicator):
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
        """The tensor. Raises ValueError for the ids of a sequence."""
        _refuse_sequence(self)
        return transforms.get(self)

    def sequence(self, transforms, scope=None):
        """The tensor with steps, and the lengths. Raises ValueError for ids that are no sequence's."""
        _require_sequence(self)
        return transforms.get(self), lengths(self.categorical_column.id_weights(transforms).id_tensor)


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


class EmbeddingColumn(DenseColumn, SequenceDenseColumn, _Embedding):
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
        """[batch, dimension], from the variable `embedding_weights` that `scope(name, shape, …)` makes.

        Raises ValueError for the ids of a sequence.
        """
        _refuse_sequence(self)
        return self._looked_up(transforms, scope)

    def sequence(self, transforms, scope):
        """[batch, steps, dimension], and the lengths. Raises ValueError for ids that are no sequence's."""
        _require_sequence(self)
        return self._looked_up(transforms, scope), lengths(transforms.get(self).id_tensor)

    def _looked_up(self, transforms, scope):
        ids, weights = transforms.get(self)
        table = scope(
            "embedding_weights", (self.categorical_column.num_buckets, self.dimension), self.initializer, self.trainable
        )
        if self.ckpt_to_load_from is not None:
            warm_start.init_from_checkpoint(self.ckpt_to_load_from, {self.tensor_name_in_ckpt: table})
        return encoders.safe_embedding_lookup_sparse(
            [table], ids, weights, combiner=self.combiner, max_norm=self.max_norm, name=f"{self.name}_weights"
        )


class SharedEmbeddingColumn(DenseColumn, SequenceDenseColumn):
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

    def sequence(self, transforms, scope):
        """[batch, steps, dimension], and the lengths."""
        return self.column.sequence(transforms, scope)

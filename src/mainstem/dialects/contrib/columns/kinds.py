"""The kinds of `tf.contrib.layers`' columns: what each makes of features. `making.py` has the functions that make them."""

import collections

from mainstem.base import dtypes
from mainstem.dialects.contrib.columns import scattered
from mainstem.dialects.contrib.columns.crossing import sparse_feature_cross
from mainstem.dialects.contrib.encoders import safe_embedding_lookup_sparse
from mainstem.dialects.contrib.variables import model_variable
from mainstem.dialects.feature_column import kinds as core
from mainstem.graph.graph import get_default_graph
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.surface import array, index, initializers, math, reduce, sparse, string, vocabularies
from mainstem.surface.parsing import FixedLenFeature, VarLenFeature
from mainstem.train import warm_start

Lookup = collections.namedtuple("Lookup", ["ids", "weights", "size", "combiner"])


class Features(core.Transforms):
    """The features of a batch, and what columns made of them, each once. Raises KeyError for a missing feature."""

    def _raw(self, key):
        if key not in self._features:
            raise KeyError(key)
        return super()._raw(key)

    def sparse(self, key):
        """A raw feature as a SparseTensor, without "" and -1."""
        return core._sparse(self.get(key))

    def of_columns(self):
        """{column: what it made}."""
        return {key: made for key, made in self._made.items() if isinstance(key, Column)}


class Column:
    """What all columns have: `name`, `key` (by which they are sorted), `config` (how they are parsed) and `transform(features)`."""

    __slots__ = ()

    @property
    def key(self):
        """Columns of the same key are the same."""
        return f"_{self!r}"

    name = property(lambda self: self.column_name)

    def lookup(self, features):
        """The ids by which a linear model looks weights up. Raises ValueError or NotImplementedError where there are none."""
        raise NotImplementedError(f"No dense tensor representation for column {self}.")

    def dense(self, features, make):
        """The numbers [batch, n] for a network; `make(name, shape, initializer, trainable)` makes a variable."""
        kind = type(self).__bases__[0].__name__ if isinstance(self, SparseColumn) else type(self).__name__
        other = "embedding_column" if kind == "CrossedColumn" else "embedding_column or one_hot_column"
        raise ValueError(f"{kind} is not supported in DNN. Please use {other}. column: {self}")

    def sequence(self, features, make):
        """The numbers [batch, time, n]. Raises ValueError where a column has none."""
        raise ValueError(f"FeatureColumn type _{type(self).__name__} is not currently supported for sequence data.")


_Real = collections.namedtuple("RealValuedColumn", "column_name dimension default_value dtype normalizer")


class RealValuedColumn(Column, _Real):
    """Numbers as they are."""

    __slots__ = ()
    key = property(lambda self: f"_RealValuedColumn(column_name={self.column_name}, {tuple(self)[1:4]!r})")
    normalizer_fn = property(lambda self: self.normalizer)

    @property
    def config(self):
        """How `tf.parse_example` reads it."""
        default = None if self.default_value is None else list(self.default_value)
        return {self.column_name: FixedLenFeature([self.dimension], self.dtype, default)}

    def transform(self, features):
        """The normalized feature."""
        tensor = features.get(self.column_name)
        return tensor if self.normalizer is None else self.normalizer(tensor)

    def dense(self, features, make):
        """[batch, dimension], float32."""
        return array.reshape(math.cast(features.get(self), dtypes.float32), [-1, self.dimension])

    def sequence(self, features, make):
        """[batch, time, dimension], float32."""
        tensor = math.cast(features.get(self), dtypes.float32)
        return array.reshape(tensor, array.concat([array.shape_v1(tensor)[:2], [self.dimension]], 0))


_Sparse = collections.namedtuple("SparseColumn", "column_name bucket_size combiner dtype more")


class SparseColumn(Column, _Sparse):
    """A column of ids below `length`."""

    __slots__ = ()
    is_integerized = False
    length = property(lambda self: self.bucket_size)
    config = property(lambda self: {self.column_name: VarLenFeature(self.dtype)})

    def lookup(self, features):
        """The ids."""
        return Lookup(features.get(self), None, self.length, self.combiner)

    def crossed(self, features):
        """What a cross hashes: the feature itself."""
        return features.sparse(self.column_name)


class SparseColumnHashed(SparseColumn):
    """Words or integers by their hash."""

    __slots__ = ()
    hash_keys = property(lambda self: self.more)

    def transform(self, features):
        """The ids."""
        given = features.sparse(self.column_name)
        words = given.values if self.dtype == dtypes.string else string.as_string(given.values)
        if not self.hash_keys:
            return core._values(given, string.to_hash_bucket_fast(words, self.bucket_size))
        hashed = [core._values(given, string.to_hash_bucket_strong(words, self.bucket_size, key)) for key in self.hash_keys]
        return sparse.concat_v1(1, hashed, expand_nonconcat_dim=True)


class SparseColumnIntegerized(SparseColumn):
    """Integers, modulo the number of buckets."""

    __slots__ = ()
    is_integerized = True

    def transform(self, features):
        """The ids."""
        given = features.sparse(self.column_name)
        return core._values(given, math.floormod(given.values, self.bucket_size, name="mod"))


class SparseColumnKeys(SparseColumn):
    """Words by their position in a list."""

    __slots__ = ()
    keys, default_value = (property(lambda self, i=i: self.more[i]) for i in range(2))
    length = property(lambda self: len(self.keys))

    def transform(self, features):
        """The ids."""
        given = features.sparse(self.column_name)
        table = vocabularies.index_table_from_tensor(list(self.keys), 0, self.default_value, dtype=self.dtype, name="lookup")
        return table.lookup(given)


class SparseColumnVocabulary(SparseColumn):
    """Words by their line in a file."""

    __slots__ = ()
    vocabulary_file, num_oov_buckets, vocab_size, default_value = (property(lambda self, i=i: self.more[i]) for i in range(4))
    length = property(lambda self: self.vocab_size + self.num_oov_buckets)

    def transform(self, features):
        """The ids."""
        given, kind = features.sparse(self.column_name), self.dtype
        if kind.is_integer:
            given, kind = core._values(given, math.cast(given.values, dtypes.int64)), dtypes.int64
        return vocabularies.index_table_from_file(
            self.vocabulary_file, self.num_oov_buckets, self.vocab_size, self.default_value, key_dtype=kind,
            name=f"{self.name}_lookup",
        ).lookup(given)  # fmt: skip


_Weighted = collections.namedtuple("WeightedSparseColumn", "sparse_id_column weight_column_name dtype")


class WeightedSparseColumn(Column, _Weighted):
    """The ids of a sparse column, with weights from another feature."""

    __slots__ = ()
    name = property(lambda self: f"{self.sparse_id_column.name}_weighted_by_{self.weight_column_name}")
    length = property(lambda self: self.sparse_id_column.length)

    @property
    def config(self):
        """How `tf.parse_example` reads ids and weights."""
        return {**self.sparse_id_column.config, self.weight_column_name: VarLenFeature(self.dtype)}

    def transform(self, features):
        """(ids, weights), both sparse."""
        return features.get(self.sparse_id_column), features.sparse(self.weight_column_name)

    def lookup(self, features):
        """The ids and the weights."""
        ids, weights = features.get(self)
        if not weights.dtype.is_floating:
            weights = core._values(weights, math.cast(weights.values, dtypes.float32))
        return Lookup(ids, weights, self.length, self.sparse_id_column.combiner)


_Bucketized = collections.namedtuple("BucketizedColumn", "source_column boundaries")


class BucketizedColumn(Column, _Bucketized):
    """The bucket of a number between `boundaries`, one-hot or as an id."""

    __slots__ = ()
    name = property(lambda self: f"{self.source_column.name}_bucketized")
    length = property(lambda self: len(self.boundaries) + 1)
    config = property(lambda self: self.source_column.config)

    def transform(self, features):
        """The buckets' numbers, [batch, dimension]."""
        return core.reduce_ops.bucketize(features.get(self.source_column), boundaries=list(self.boundaries), name="bucketize")

    def dense(self, features, make):
        """One-hot rows, [batch, dimension * length]."""
        rows = index.one_hot(math.cast(features.get(self), dtypes.int64), self.length, 1.0, 0.0, name="one_hot")
        return array.reshape(rows, [-1, self.length * self.source_column.dimension], name="reshape")

    def lookup(self, features):
        """Each dimension of the source has ids of its own."""
        size = self.source_column.dimension
        tensor = array.reshape(features.get(self), [-1, size])
        batch = array.shape_v1(tensor)[0]
        rows = array.reshape(array.tile(array.expand_dims_v1(array.range(0, batch), 1), [1, size]), [-1])
        columns = array.tile(array.range(0, size), [batch])
        ids = array.reshape(tensor, [-1]) + self.length * columns
        places = math.cast(array.transpose_v1(array.stack((rows, columns))), dtypes.int64)
        shape = math.cast(array.stack([batch, size]), dtypes.int64)
        return Lookup(SparseTensor(places, math.cast(ids, dtypes.int64), shape), None, self.length * size, "sum")

    def crossed(self, features):
        """What a cross hashes: the ids."""
        return self.lookup(features).ids


_Crossed = collections.namedtuple(
    "CrossedColumn", "columns hash_bucket_size hash_key combiner ckpt_to_load_from tensor_name_in_ckpt"
)


class CrossedColumn(Column, _Crossed):
    """Combinations of features by their hash."""

    __slots__ = ()
    length = property(lambda self: self.hash_bucket_size)
    name = property(lambda self: "_X_".join(sorted(c.name for c in self.leaves())))

    def leaves(self):
        """The columns that are crossed; those of a cross inside are crossed, not their hash."""
        for column in self.columns:
            yield from column.leaves() if isinstance(column, CrossedColumn) else [column]

    @property
    def config(self):
        """How `tf.parse_example` reads the columns."""
        found = {}
        for column in self.columns:
            found.update(column.config)
        return found

    def transform(self, features):
        """The ids."""
        inputs = [c.crossed(features) for c in self.leaves()]
        return sparse_feature_cross(inputs, True, self.hash_bucket_size, hash_key=self.hash_key, name="cross")

    def lookup(self, features):
        """The ids."""
        return Lookup(features.get(self), None, self.length, self.combiner)


_OneHot = collections.namedtuple("OneHotColumn", "sparse_id_column")


class OneHotColumn(Column, _OneHot):
    """How often each id of a sparse column appears, or the sum of its weights."""

    __slots__ = ()
    name = property(lambda self: f"{self.sparse_id_column.name}_one_hot")
    length = property(lambda self: self.sparse_id_column.length)
    config = property(lambda self: self.sparse_id_column.config)

    def transform(self, features):
        """What the sparse column makes."""
        return features.get(self.sparse_id_column)

    def dense(self, features, make):
        """[batch, length]."""
        ids, weights, size, _ = self.sparse_id_column.lookup(features)
        if weights is not None:
            return sparse.to_dense(sparse.merge(ids, weights, vocab_size=size))
        rows = index.one_hot(sparse.to_dense(ids, default_value=-1), size, 1.0, 0.0)
        return reduce.reduce_sum(rows, axis=[-2])

    sequence = dense


_Embedding = collections.namedtuple(
    "EmbeddingColumn",
    "sparse_id_column dimension combiner initializer ckpt_to_load_from tensor_name_in_ckpt shared_embedding_name shared_vocab_size "
    "max_norm trainable",
)


class EmbeddingColumn(Column, _Embedding):
    """The mean (or another sum) of the vectors of the ids."""

    __slots__ = ()
    length = property(lambda self: self.shared_vocab_size or self.sparse_id_column.length)
    config = property(lambda self: self.sparse_id_column.config)

    @property
    def key(self):
        """The key, to which the initializer does not belong."""
        return f"_{self._replace(initializer=None)!r}"

    @property
    def name(self):
        """The name, also that of the variable's scope."""
        return f"{self.sparse_id_column.name}{'_shared' if self.shared_embedding_name else ''}_embedding"

    def transform(self, features):
        """What the sparse column makes."""
        return features.get(self.sparse_id_column)

    def lookup(self, features):
        """Raises ValueError: a linear model has weights of its own."""
        raise ValueError(f"Column {self} is not supported in linear models. Please use sparse_column.")

    def dense(self, features, make):
        """[batch, dimension]; the variable is `weights`, or has the name by which columns share it."""
        ids, weights, _, _ = self.sparse_id_column.lookup(features)
        shared = self.shared_embedding_name
        held = get_default_graph().get_collection_ref(shared) if shared else []
        if held:
            table = held[0]
        else:
            table = make(shared or "weights", [self.length, self.dimension], self.initializer, self.trainable)
            if shared:
                held.append(table)
        if self.ckpt_to_load_from is not None:
            warm_start.init_from_checkpoint(self.ckpt_to_load_from, {self.tensor_name_in_ckpt: table})
        return safe_embedding_lookup_sparse(
            [table], ids, weights, combiner=self.combiner, max_norm=self.max_norm, name=f"{self.name}weights"
        )

    sequence = dense


_Scattered = collections.namedtuple("ScatteredEmbeddingColumn", "column_name size dimension hash_key combiner initializer")


class ScatteredEmbeddingColumn(Column, _Scattered):
    """Vectors whose entries are found by hashes in one vector of `size` weights."""

    __slots__ = ()
    name = property(lambda self: f"{self.column_name}_scattered_embedding")
    config = property(lambda self: {self.column_name: VarLenFeature(dtypes.string)})

    def transform(self, features):
        """The feature itself."""
        return features.sparse(self.column_name)

    def dense(self, features, make):
        """[batch, dimension], from the variable `weights` [size]."""
        table = make("weights", [self.size], self.initializer, True)
        return scattered.scattered_embedding_lookup_sparse(
            [table], features.get(self), self.dimension, self.combiner, name="lookup", hash_key=self.hash_key
        )


def weights(name, shape, collections_, trainable, initializer=None):
    """A variable of the model, zeros unless an initializer is given."""
    return model_variable(
        name, shape, dtypes.float32, initializer or initializers.Zeros(), trainable=trainable, collections=collections_
    )

"""Columns of sequences, and `sequence_input_layer`, which makes of them what a recurrent network reads."""

import collections
import math as _math

from mainstem.base import dtypes, shapes
from mainstem.dialects.feature_column import making
from mainstem.dialects.feature_column.kinds import (
    SequenceCategoricalColumn,
    SequenceDenseColumn,
    Transforms,
    _values,
    lengths,
)
from mainstem.dialects.feature_column.layers import listed, maker
from mainstem.graph.keys import GraphKeys
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.surface import array, math, sparse
from mainstem.surface.check import assert_equal_v1
from mainstem.surface.framework import control_dependencies, identity
from mainstem.surface.parsing import VarLenFeature
from mainstem.surface.variable_scope import variable_scope

_Numeric = collections.namedtuple("SequenceNumericColumn", ["key", "shape", "default_value", "dtype", "normalizer_fn"])


class SequenceNumericColumn(SequenceDenseColumn, _Numeric):
    """Numbers of each step."""

    __slots__ = ()
    variable_shape = property(lambda self: self.shape)

    @property
    def parse_example_spec(self):
        """What `tf.parse_example` takes for this column."""
        return {self.key: VarLenFeature(self.dtype)}

    def transform(self, transforms):
        """The normalized numbers, a SparseTensor of float32. Raises TypeError for a feature that is none."""
        found = transforms.get(self.key)
        if not isinstance(found, SparseTensor):
            raise TypeError(f"sequence_numeric_column: the feature must be a SparseTensor. key: {self.key}, given: {found}")
        values = found.values if self.normalizer_fn is None else self.normalizer_fn(found.values)
        return _values(found, math.cast(values, dtypes.float32))

    def sequence(self, transforms, scope=None):
        """([batch, steps, *shape], lengths)."""
        found = transforms.get(self)
        dense = sparse.to_dense(found, default_value=self.default_value)
        known = shapes.as_tuple(found.shape)
        flat = known is not None and len(known) == 2
        rows = array.shape_v1(dense)[0]
        steps = [-1] if flat else [array.shape_v1(dense)[1]]
        dense = array.reshape(dense, array.concat([[rows], steps, list(self.shape)], 0))
        return dense, lengths(found, _math.prod(self.shape) if flat else 1)


def sequence_categorical_column_with_identity(key, num_buckets, default_value=None):
    """`categorical_column_with_identity` for each step of a sequence; embed it or make it an indicator."""
    return SequenceCategoricalColumn(making.categorical_column_with_identity(key, num_buckets, default_value))


def sequence_categorical_column_with_hash_bucket(key, hash_bucket_size, dtype=dtypes.string):
    """`categorical_column_with_hash_bucket` for each step of a sequence; embed it or make it an indicator."""
    return SequenceCategoricalColumn(making.categorical_column_with_hash_bucket(key, hash_bucket_size, dtype))


def sequence_categorical_column_with_vocabulary_file(
    key, vocabulary_file, vocabulary_size=None, num_oov_buckets=0, default_value=None, dtype=dtypes.string
):
    """`categorical_column_with_vocabulary_file` for each step of a sequence; embed it or make it an indicator."""
    return SequenceCategoricalColumn(
        making.categorical_column_with_vocabulary_file(
            key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype
        )
    )


def sequence_categorical_column_with_vocabulary_list(key, vocabulary_list, dtype=None, default_value=-1, num_oov_buckets=0):
    """`categorical_column_with_vocabulary_list` for each step of a sequence; embed it or make it an indicator."""
    return SequenceCategoricalColumn(
        making.categorical_column_with_vocabulary_list(key, vocabulary_list, dtype, default_value, num_oov_buckets)
    )


def sequence_numeric_column(key, shape=(1,), default_value=0.0, dtype=dtypes.float32, normalizer_fn=None):
    """Numbers of each step: the sparse feature `key`, [batch, steps · numbers of a step].

    Args:
        shape: of the numbers of a step.
        default_value: fills up shorter sequences.
        dtype: of the feature; the column gives float32.
        normalizer_fn: a function of the numbers.

    Raises ValueError and TypeError for arguments that do not fit.
    """
    shape, dtype = making.checked_shape(shape, key), dtypes.as_dtype(dtype)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype!r}, key: {key}")
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    return SequenceNumericColumn(key, shape, default_value, dtype, normalizer_fn)


def sequence_input_layer(features, feature_columns, weight_collections=None, trainable=True):
    """The sequence columns of a batch side by side: ([batch, steps, n] float32, lengths [batch]).

    Arguments as of `input_layer`. Raises ValueError for other columns; the run fails when the columns' lengths differ.
    """
    columns = listed(feature_columns, SequenceDenseColumn, "All feature_columns must be of type _SequenceDenseColumn.")
    keep = [*(weight_collections or []), GraphKeys.GLOBAL_VARIABLES]  # not among the model variables, unlike `input_layer`'s
    with variable_scope(None, default_name="sequence_input_layer", values=list(features.values())):
        transforms, tensors, found = Transforms(features), [], []
        for column in columns:
            with variable_scope(None, default_name=column.var_scope_name):
                dense, steps = column.sequence(transforms, maker(column, keep, trainable, []))
                size = _math.prod(column.variable_shape)
                tensors.append(array.reshape(dense, array.concat([array.shape_v1(dense)[:2], [size]], 0)))
                found.append(steps)
        checks = [assert_equal_v1(found[0], other) for other in found[1:]]
        with control_dependencies(checks):
            return array.concat(tensors, -1), identity(found[0])

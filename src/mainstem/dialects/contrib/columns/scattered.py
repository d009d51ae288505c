"""`scattered_embedding_lookup`: embeddings of any values in one vector of weights, in which hashes find each entry."""

from mainstem.base import dtypes
from mainstem.dialects.contrib.columns.crossing import sparse_feature_cross
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import segment
from mainstem.platform import logging
from mainstem.surface import array, embedding, index, math, sparse
from mainstem.surface.framework import convert_to_tensor, name_scope

NO_WORD = "6ZxWzWOHxZ"  # what TensorFlow hashes for a row without words


def _size(params):
    if not params:
        raise ValueError("Missing params: None")
    for p in params:
        if p.shape.ndims != 1:
            raise ValueError("ScatteredEmbedding expects a list of tensors of one dimension.")
    return sum(int(p.shape[0]) for p in params)


def scattered_embedding_lookup(params, values, dimension, name=None, hash_key=None):
    """The embeddings of `values`: [*values.shape, dimension].

    Args:
        params: vectors of weights, taken as one after the other.
        values: strings or integers.
        dimension: of an embedding.
        hash_key: of `sparse_feature_cross`.

    Raises ValueError for missing weights or a missing dimension.
    """
    if dimension is None:
        raise ValueError("You must specify dimension.")
    params = list(params) if isinstance(params, (list, tuple)) else [params]
    with name_scope(name, "scattered_embedding_lookup", [*params, values]):
        size = _size(params)
        values = convert_to_tensor(values)
        shape = array.shape_v1(values)
        flat = array.reshape(values, [-1, 1])
        places = array.tile(array.expand_dims_v1(array.range(0, dimension), 0), array.shape_v1(flat))
        crossed = sparse_feature_cross([places, flat], True, size, hash_key=hash_key)
        ids = sparse.to_dense(crossed)
        found = embedding.embedding_lookup_v1(params, ids, partition_strategy="div", validate_indices=False)
        return array.reshape(found, array.concat([shape, [dimension]], 0))


def scattered_embedding_lookup_sparse(
    params, sparse_values, dimension, combiner=None, default_value=None, name=None, hash_key=None
):
    """The embeddings of the values of each row, combined: [batch, dimension].

    Args:
        params, dimension, hash_key: as of `scattered_embedding_lookup`.
        sparse_values: a SparseTensor [batch, n].
        combiner: "mean" (also None), "sqrtn" or "sum".
        default_value: of rows without values; None: a word that nobody writes, or 0.

    Raises TypeError for values that are not sparse, ValueError for another combiner.
    """
    if combiner is None:
        logging.warning('The default value of combiner will change from "mean" to "sqrtn" after 2016/11/01.')
        combiner = "mean"
    if not isinstance(sparse_values, SparseTensor):
        raise TypeError("sparse_values must be SparseTensor")
    combine = {"mean": segment.segment_mean, "sum": segment.segment_sum, "sqrtn": _segment_sqrt_n}.get(combiner)
    if combine is None:
        raise ValueError(f"combiner must be one of 'mean', 'sqrtn' or 'sum'. Got {combiner!r}.")
    with name_scope(name, "scattered_embedding_lookup_sparse", [*params, sparse_values.values]):
        if default_value is None:
            default_value = NO_WORD if sparse_values.dtype == dtypes.string else 0
        filled, _ = sparse.fill_empty_rows(sparse_values, default_value)
        rows = math.cast(filled.indices[:, 0], dtypes.int32)
        words, places = index.unique(filled.values)
        found = scattered_embedding_lookup(params, words, dimension, hash_key=hash_key)
        return combine(index.gather_v1(found, places), rows)


def _segment_sqrt_n(values, rows):
    counts = segment.segment_sum(array.ones_like_v1(values), rows)
    return segment.segment_sum(values, rows) / math.sqrt(counts)

"""Embeddings: rows of one or several parameter tensors by id, with sparse gradients."""

from mainstem.base import dtypes, shapes
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import array as array_ops
from mainstem.ops import index, segment
from mainstem.ops import math as math_ops
from mainstem.ops import reduce as reduce_ops
from mainstem.state.partition import PartitionedVariable
from mainstem.surface import array, math, sparse
from mainstem.surface.framework import constant_v1, convert_to_tensor, identity, name_scope
from mainstem.surface.index import dynamic_partition, dynamic_stitch, gather_v1


def _partitions(params):
    """The list of parameter tensors. Raises ValueError when it is empty."""
    if params is None or (isinstance(params, (list, tuple)) and not params):
        raise ValueError("Need at least one param")
    if isinstance(params, PartitionedVariable):
        params = list(params)
    return list(params) if isinstance(params, (list, tuple)) else [params]


def clipped(values, ids, max_norm):
    """`values` (one row an id) scaled down to the L2 norm `max_norm` where they exceed it; unchanged for None."""
    if max_norm is None:
        return values
    first, last = convert_to_tensor(ids).shape.ndims, values.shape.ndims
    if first is None or last is None:
        raise ValueError("max_norm needs ids and params of known rank.")
    max_norm = convert_to_tensor(max_norm, dtype=values.dtype.base_dtype)
    total = reduce_ops.sum_(math_ops.mul(values, values), list(range(first, last)), keep_dims=True)
    some = math_ops.greater(total, array.zeros_like_v1(total))
    # the square root of zero has no gradient: take it of one there
    norm = index.select(some, math_ops.sqrt(index.select(some, total, array.ones_like_v1(total))), total)
    return math_ops.real_div(math_ops.mul(values, max_norm), math_ops.maximum(norm, max_norm))


def embedding_lookup_v1(params, ids, partition_strategy="mod", name=None, validate_indices=True, max_norm=None):
    """The rows of `params` at `ids`.

    Args:
        params: a tensor or variable [rows, ..], a partitioned variable, or a list of tensors that share the rows.
        ids: int32 or int64 of any shape.
        partition_strategy: "mod": row i lies in partition i % n; "div": partitions hold consecutive rows.
        name: of the scope.
        validate_indices: no effect.
        max_norm: rows with a larger L2 norm are scaled down to it.

    Gives a tensor of shape ids.shape + params.shape[1:]. Raises ValueError for no params or an unknown strategy.
    """
    params = _partitions(params)
    with name_scope(name, "embedding_lookup", [*params, ids]) as name:
        if len(params) == 1:
            param = params[0]
            rows = clipped(gather_v1(param, ids, name=name), ids, max_norm)
            return identity(rows)
        ids = convert_to_tensor(ids, name="ids")
        flat = array_ops.reshape(ids, [-1])
        count = len(params)
        place, row = _assigned(params, flat, partition_strategy)
        place = math.cast(place, dtypes.int32)
        row_parts = dynamic_partition(row, place, count)
        positions = dynamic_partition(array.range(array.size(flat)), place, count)
        found = [clipped(gather_v1(p, i), i, max_norm) for p, i in zip(params, row_parts, strict=True)]
        stitched = dynamic_stitch(positions, found, name=name)
        rest = shapes.as_tuple(convert_to_tensor(params[0]).shape)[1:]
        lead = shapes.as_tuple(ids.shape)
        if lead is not None and None not in lead:
            return array_ops.reshape(stitched, [*lead, *rest])
        return array_ops.reshape(stitched, array.concat([array.shape(ids), constant_v1(list(rest), dtypes.int32)], 0))


def _assigned(params, ids, strategy):
    """(partition, row inside it) of each id."""
    count = constant_v1(len(params), ids.dtype.base_dtype)
    if strategy == "mod":
        return math_ops.floor_mod(ids, count), math_ops.floor_div(ids, count)
    if strategy != "div":
        raise ValueError(f"Unrecognized partition strategy: {strategy}")
    total = 0
    for p in params:
        rows = shapes.as_tuple(p.shape)[0]
        if rows is None:
            raise ValueError('partition_strategy "div" needs params whose first dimension is known.')
        total += rows
    each, extra = divmod(total, len(params))
    one = constant_v1(each + 1, ids.dtype.base_dtype)
    rest = math_ops.sub(ids, constant_v1(extra, ids.dtype.base_dtype))
    each = constant_v1(max(each, 1), ids.dtype.base_dtype)
    place = math_ops.maximum(math_ops.floor_div(ids, one), math_ops.floor_div(rest, each))
    longer = math_ops.less(place, constant_v1(extra, ids.dtype.base_dtype))
    return place, index.select(longer, math_ops.floor_mod(ids, one), math_ops.floor_mod(rest, each))


def embedding_lookup(params, ids, max_norm=None, name=None):
    """The rows of `params` at `ids`; partitions are "div". See `embedding_lookup_v1`."""
    return embedding_lookup_v1(params, ids, "div", name, max_norm=max_norm)


def embedding_lookup_sparse_v1(params, sp_ids, sp_weights, partition_strategy="mod", name=None, combiner=None, max_norm=None):
    """For each row of the sparse ids, the combination of their embeddings.

    Args:
        params: as in `embedding_lookup_v1`.
        sp_ids: SparseTensor [n, m] of ids; every row must hold one.
        sp_weights: SparseTensor of weights with the indices of `sp_ids`, or None for ones.
        partition_strategy: "mod" or "div".
        name: of the scope.
        combiner: "sum", "mean" (by the sum of weights; default) or "sqrtn" (by the root of the sum of their squares).
        max_norm: rows with a larger L2 norm are scaled down to it before they are combined.

    Raises TypeError unless ids and weights are sparse, ValueError for another combiner.
    """
    combiner = "mean" if combiner is None else combiner
    if combiner not in ("mean", "sqrtn", "sum"):
        raise ValueError("combiner must be one of 'mean', 'sqrtn' or 'sum'")
    if not isinstance(sp_ids, SparseTensor):
        raise TypeError("sp_ids must be SparseTensor")
    if sp_weights is not None and not isinstance(sp_weights, SparseTensor):
        raise TypeError("sp_weights must be either None or SparseTensor")
    params = _partitions(params)
    with name_scope(name, "embedding_lookup_sparse", [*params, sp_ids]) as name:
        rows = math.cast(sp_ids.indices[:, 0], dtypes.int32)
        unique, where = index.unique(sp_ids.values)
        found = embedding_lookup_v1(params, unique, partition_strategy, max_norm=max_norm)
        found = math.cast(found, dtypes.float32) if found.dtype.base_dtype in (dtypes.float16, dtypes.bfloat16) else found
        if sp_weights is None:
            fn = {
                "sum": segment.sparse_segment_sum,
                "mean": segment.sparse_segment_mean,
                "sqrtn": segment.sparse_segment_sqrt_n,
            }
            return fn[combiner](found, where, rows, name=name)
        return _weighted(gather_v1(found, where), sp_weights.values, rows, combiner, name)


def _weighted(found, weights, rows, combiner, name):
    weights = math.cast(weights, found.dtype) if weights.dtype.base_dtype is not found.dtype.base_dtype else weights
    rank = found.shape.ndims
    tall = array_ops.reshape(weights, [-1, *[1] * (rank - 1)])
    total = segment.segment_sum(math_ops.mul(found, tall), rows, name=name if combiner == "sum" else None)
    if combiner == "sum":
        return total
    if combiner == "mean":
        return math_ops.real_div(total, segment.segment_sum(tall, rows), name=name)
    return math_ops.real_div(total, math_ops.sqrt(segment.segment_sum(math_ops.mul(tall, tall), rows)), name=name)


def embedding_lookup_sparse(params, sp_ids, sp_weights, combiner=None, max_norm=None, name=None, allow_fast_lookup=False):
    """For each row of the sparse ids, the combination of their embeddings; see `embedding_lookup_sparse_v1`."""
    return embedding_lookup_sparse_v1(params, sp_ids, sp_weights, "div", name, combiner, max_norm)


def safe_embedding_lookup_sparse_v1(
    embedding_weights, sparse_ids, sparse_weights=None, combiner="mean", default_id=None, name=None, partition_strategy="div",
    max_norm=None,
):  # fmt: skip
    """`embedding_lookup_sparse` that takes rows without ids, negative ids and weights that are not positive.

    Args:
        embedding_weights: as `params` of `embedding_lookup_v1`.
        sparse_ids: SparseTensor [d0, .., dn]; ids below 0 are dropped.
        sparse_weights: SparseTensor of weights; unless `combiner` is "sum", those not over 0 are dropped with their ids.
        combiner: "mean", "sqrtn" or "sum".
        default_id: the id of rows left empty; None gives them zeros.
        name, partition_strategy, max_norm: see `embedding_lookup_sparse_v1`.

    Gives [d0, .., dn-1, dim]. Raises ValueError without `embedding_weights`.
    """
    if embedding_weights is None or (isinstance(embedding_weights, (list, tuple)) and not embedding_weights):
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    params = _partitions(embedding_weights)
    with name_scope(name, "embedding_lookup", [*params, sparse_ids]) as scope:
        shape = sparse_ids.dense_shape
        rank = shapes.as_tuple(shape.shape)[0]
        rows = reduce_ops.prod(shape[: rank - 1], [0])
        ids = sparse.reshape(sparse_ids, array.stack([rows, shape[rank - 1]]))
        weights = None
        if sparse_weights is not None:
            weights = SparseTensor(ids.indices, sparse_weights.values, ids.dense_shape)
        ids, weights = _retained(ids, weights, math_ops.greater_equal(ids.values, constant_v1(0, ids.dtype)))
        if weights is not None and combiner != "sum":
            positive = math_ops.greater(weights.values, constant_v1(0.0, weights.dtype))
            ids, weights = _retained(ids, weights, positive)
        ids, empty = sparse.fill_empty_rows(ids, default_id or 0)
        if weights is not None:
            weights, _ = sparse.fill_empty_rows(weights, 1.0)
        result = embedding_lookup_sparse_v1(
            params, ids, weights, partition_strategy, None if default_id is None else scope, combiner, max_norm
        )
        if default_id is None:
            result = index.select(empty, array.zeros_like_v1(result), result, name=scope)
        lead = math.cast(shape, dtypes.int32)[: rank - 1]
        return array_ops.reshape(result, array.concat([lead, array.shape(result)[1:]], 0))


def _retained(ids, weights, keep):
    return sparse.retain(ids, keep), None if weights is None else sparse.retain(weights, keep)


def safe_embedding_lookup_sparse(
    embedding_weights, sparse_ids, sparse_weights=None, combiner="mean", default_id=None, max_norm=None, name=None,
    allow_fast_lookup=False,
):  # fmt: skip
    """`embedding_lookup_sparse` that takes rows without ids; see `safe_embedding_lookup_sparse_v1`."""
    return safe_embedding_lookup_sparse_v1(
        embedding_weights, sparse_ids, sparse_weights, combiner, default_id, name, "div", max_norm
    )

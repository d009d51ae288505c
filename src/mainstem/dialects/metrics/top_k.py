"""Metrics of the k best predictions of each row, against sets of labels; a label is a class number, sets are dense or sparse."""

from mainstem.base import dtypes, shapes
from mainstem.dialects.losses.weights import assert_broadcastable, broadcast_weights
from mainstem.dialects.metrics.streams import graph_only, metric_variable, published
from mainstem.graph.graph import get_default_graph
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import math as math_ops
from mainstem.surface import array, control_flow, math, nn, reduce, sets, sparse
from mainstem.surface.framework import control_dependencies, name_scope
from mainstem.surface.variables import assign_add


def at_k_name(name, k=None, class_id=None):
    """The scope of a metric: "recall_at_5_class2"."""
    name = f"{name}_at_{k}" if k is not None else f"{name}_at_k"
    return f"{name}_class{class_id}" if class_id is not None else name


# ---- labels


def _expanded(labels, predictions):
    """Labels with a last dimension of size 1 where they are one rank below the predictions. Raises ValueError for other ranks."""
    with name_scope(None, "expand_labels", (labels, predictions)) as scope:
        labels = sparse.convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, SparseTensor):
            sizes = labels.dense_shape
            longer = array.concat((sizes, [1]), 0)
            more = math_ops.equal(array.rank(predictions), array.size(sizes) + 1)
            known, want = labels.shape.ndims, shapes.as_tuple(predictions.shape)
            if known is not None and want is not None:
                return sparse.reshape(labels, longer, name=scope) if len(want) == known + 1 else labels
            return control_flow.cond_v1(more, lambda: sparse.reshape(labels, longer, name=scope), lambda: labels)
        have, want = shapes.as_tuple(labels.shape), shapes.as_tuple(predictions.shape)
        if have is not None and want is not None:
            if len(want) == len(have) + 1:
                return array.expand_dims_v1(labels, -1, name=scope)
            if len(want) == len(have):
                return labels
            raise ValueError(f"Unexpected labels shape {labels.shape} for predictions shape {predictions.shape}.")
        more = math.cast(math_ops.equal(array.rank(predictions), array.rank(labels) + 1), dtypes.int32)
        sizes = array.concat([array.shape(labels), [1]], 0)
        return array.reshape(labels, sizes[: array.rank(labels) + more], name=scope)


def _only(ids, wanted):
    """The sets in the last dimension of `ids` without all but one class number, a SparseTensor."""
    ids = sparse.convert_to_tensor_or_sparse_tensor(ids)
    if isinstance(ids, SparseTensor):
        return sparse.retain(ids, math_ops.equal(ids.values, wanted))
    sizes = array.shape(ids, out_type=dtypes.int64)
    one = array.concat([sizes[:-1], [1]], 0)
    found = sets.set_intersection(array.fill(one, math.cast(wanted, dtypes.int64)), ids)
    return SparseTensor(found.indices, found.values, sizes)


def _of_class(labels, predictions, class_id):
    return (labels, predictions) if class_id is None else (_only(labels, class_id), _only(predictions, class_id))


def _tiled(tensor, times):
    """A dense or sparse tensor [.., n] repeated along a new dimension before the last: [.., times, n]."""
    if not isinstance(tensor, SparseTensor):
        longer = array.expand_dims_v1(tensor, -2)
        sizes = array.concat([array.ones_like_v1(array.shape(longer))[:-2], [times], [1]], 0)
        return array.tile(longer, sizes)
    sizes = tensor.dense_shape
    longer = sparse.reshape(tensor, array.concat([sizes[:-1], [1], sizes[-1:]], 0))
    longer.values.set_shape([None])
    return sparse.concat_v1(tensor.shape.ndims - 1, [longer] * times)


# ---- counts

_KINDS = {  # which values of the sets of predictions and labels count
    "true_positive": lambda predictions, labels: sets.set_intersection(predictions, labels),
    "false_positive": lambda predictions, labels: sets.set_difference(predictions, labels, aminusb=True),
    "false_negative": lambda predictions, labels: sets.set_difference(predictions, labels, aminusb=False),
}


def _count(kind, labels, predictions, class_id, weights):
    """How many values of a kind each row has, float64, times its weight."""
    labels, predictions = _of_class(labels, predictions, class_id)
    found = math.cast(sets.set_size(_KINDS[kind](predictions, labels)), dtypes.float64)
    if weights is None:
        return found
    with control_dependencies((assert_broadcastable(weights, found),)):
        return math.multiply(found, math.cast(weights, dtypes.float64))


def _stream(kind, labels, predictions, k, class_id, weights):
    with name_scope(None, at_k_name(kind, k, class_id), (predictions, labels, weights)) as scope:
        batch = math.cast(reduce.reduce_sum(_count(kind, labels, predictions, class_id, weights)), dtypes.float64)
        total = metric_variable([], dtypes.float64, name=scope)
        return total, assign_add(total, batch, name="update")


def rate_at_top_k(what, rest, labels, predictions_idx, k, class_id, weights, metrics_collections, updates_collections, name):
    """True positives of these and another kind, among the class numbers that are given as the best: (value, update)."""
    with name_scope(name, at_k_name(what, k, class_id), (predictions_idx, labels, weights)) as scope:
        labels, best = _expanded(labels, predictions_idx), math.cast(predictions_idx, dtypes.int64)
        (part, more_part), (other, more_other) = (
            _stream(kind, labels, best, k, class_id, weights) for kind in ("true_positive", rest)
        )
        value = math.div(part, part + other, name=scope)
        update = math.div(more_part, more_part + more_other, name="update")
        return published(value, update, metrics_collections, updates_collections)


def precision_at_top_k(
    labels,
    predictions_idx,
    k=None,
    class_id=None,
    weights=None,
    metrics_collections=None,
    updates_collections=None,
    name=None,
):
    """How many of the class numbers in the last dimension of `predictions_idx` are labels; see `precision_at_k`."""
    graph_only("precision_at_top_k")
    return rate_at_top_k(
        "precision",
        "false_positive",
        labels,
        predictions_idx,
        k,
        class_id,
        weights,
        metrics_collections,
        updates_collections,
        name,
    )


def recall_at_top_k(
    labels,
    predictions_idx,
    k=None,
    class_id=None,
    weights=None,
    metrics_collections=None,
    updates_collections=None,
    name=None,
):
    """How many labels are among the class numbers in the last dimension of `predictions_idx`; see `recall_at_k`."""
    graph_only("recall_at_top_k")
    return rate_at_top_k(
        "recall",
        "false_negative",
        labels,
        predictions_idx,
        k,
        class_id,
        weights,
        metrics_collections,
        updates_collections,
        name,
    )


def precision_at_k(
    labels, predictions, k, class_id=None, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """How many of the k best classes of each row are labels.

    Args:
        labels: int64 class numbers [.., n], dense or sparse, or [..].
        predictions: a number for each class [.., classes].
        k: how many.
        class_id: count this class only.
        weights: a scalar, or what broadcasts to the rows.
        metrics_collections, updates_collections: names of collections that the value and the update join.
        name: of the scope.

    Returns (value, update), float64: NaN where nothing is counted. Raises ValueError for labels of another rank, RuntimeError in
    eager mode.
    """
    graph_only("precision_at_k")
    with name_scope(name, at_k_name("precision", k, class_id), (predictions, labels, weights)) as scope:
        _, best = nn.top_k_v1(predictions, k)
        return precision_at_top_k(labels, best, k, class_id, weights, metrics_collections, updates_collections, scope)


def sparse_precision_at_k(
    labels, predictions, k, class_id=None, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """`precision_at_k` under its old name."""
    return precision_at_k(labels, predictions, k, class_id, weights, metrics_collections, updates_collections, name)


def recall_at_k(
    labels, predictions, k, class_id=None, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """How many labels of each row are among its k best classes; see `precision_at_k`."""
    graph_only("recall_at_k")
    with name_scope(name, at_k_name("recall", k, class_id), (predictions, labels, weights)) as scope:
        _, best = nn.top_k_v1(predictions, k)
        return recall_at_top_k(labels, best, k, class_id, weights, metrics_collections, updates_collections, scope)


# ---- average precision


def _relevant(labels, k):
    """How many labels each row has, at most k."""
    if k < 1:
        raise ValueError(f"Invalid k={k}.")
    with name_scope(None, "num_relevant", (labels,)) as scope:
        labels = sparse.convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, SparseTensor):
            return math_ops.minimum(sets.set_size(labels), k, name=scope)
        sizes = array.shape(labels)
        return array.fill(sizes[:-1], math_ops.minimum(sizes[-1], k), name=scope)


def _average_precision(labels, best):
    """The average precision of each row for class numbers [.., k], best first."""
    with name_scope(None, "average_precision", (best, labels)) as scope:
        best = math.cast(best, dtypes.int64, name="predictions_idx")
        k = shapes.as_tuple(best.shape)
        if not k or k[-1] is None:
            raise ValueError(f"The last dimension of predictions_idx must be known. Got shape {best.shape}.")
        k, labels = k[-1], _expanded(labels, best)
        singles = array.expand_dims_v1(best, -1, name="predictions_idx_per_k")
        hits = _count("true_positive", _tiled(labels, k), singles, None, None)
        found = reduce.cumsum(hits, axis=-1, name="tp_per_k")
        retrieved = reduce.cumsum(array.ones_like_v1(hits), axis=-1, name="retrieved_per_k")
        precisions = math.multiply(math.div(found, retrieved, name="precision_per_k"), hits, name="relevant_precision_per_k")
        total = reduce.reduce_sum(precisions, [-1], name="precision_sum")
        return math.div(total, math.cast(_relevant(labels, k), dtypes.float64), name=scope)


def average_precision_at_top_k(
    labels, predictions_idx, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The mean average precision of class numbers [.., k], best first; see `average_precision_at_k`."""
    with name_scope(name, "average_precision_at_top_k", (predictions_idx, labels, weights)) as scope:
        each = _average_precision(labels, predictions_idx)
        if weights is not None:
            weights = broadcast_weights(math.cast(weights, dtypes.float64), each)
            each = math.multiply(each, weights)
        with name_scope(None, "max", (each,)) as inner:
            most = metric_variable([], dtypes.float64, name=inner)
            if weights is None:
                batch = math.cast(array.size(each, name="batch_max"), dtypes.float64)
            else:
                batch = reduce.reduce_sum(weights, name="batch_max")
            more_most = assign_add(most, batch, name="update")
        with name_scope(None, "total", (each,)) as inner:
            total = metric_variable([], dtypes.float64, name=inner)
            more = assign_add(total, reduce.reduce_sum(each, name="batch_total"), name="update")
        value = math.div_no_nan(total, math_ops.maximum(most, 0), name="mean")
        update = math.div_no_nan(more, math_ops.maximum(more_most, 0), name=scope)
        return published(value, update, metrics_collections, updates_collections)


def average_precision_at_k(
    labels, predictions, k, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The mean over rows of their average precision: the mean, over the labels among the k best, of the precision up to each.

    Args as of `precision_at_k`. Returns (value, update), float64: 0 before the first update. Raises ValueError for k < 1 and labels
    of another rank, RuntimeError in eager mode.
    """
    graph_only("average_precision_at_k")
    if k < 1:
        raise ValueError(f"Invalid k={k}.")
    with name_scope(name, at_k_name("average_precision", k), (predictions, labels, weights)) as scope:
        _, best = nn.top_k_v1(predictions, k)
        get_default_graph().unique_name("max")  # the variable is called max_1 here, and max in the metric of given classes
        return average_precision_at_top_k(labels, best, weights, metrics_collections, updates_collections, scope)


def sparse_average_precision_at_k(
    labels, predictions, k, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """`average_precision_at_k` under its old name."""
    return average_precision_at_k(labels, predictions, k, weights, metrics_collections, updates_collections, name)

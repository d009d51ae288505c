"""`tf.contrib.metrics`: the streaming metrics under their old names, predictions before labels, and the rates that `tf.metrics` lacks."""

from mainstem.base import dtypes
from mainstem.dialects.metrics import classes, counts, means, top_k
from mainstem.dialects.metrics import thresholds as thresholds_
from mainstem.ops import math as math_ops
from mainstem.surface import array, math, nn, reduce
from mainstem.surface.framework import name_scope


def streaming_mean(values, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """`tf.metrics.mean`."""
    return means.mean(values, weights, metrics_collections, updates_collections, name)


def streaming_mean_tensor(values, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """`tf.metrics.mean_tensor`."""
    return means.mean_tensor(values, weights, metrics_collections, updates_collections, name)


def streaming_percentage_less(values, threshold, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """`tf.metrics.percentage_below`."""
    return means.percentage_below(values, threshold, weights, metrics_collections, updates_collections, name)


def streaming_accuracy(predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """`tf.metrics.accuracy`, predictions first."""
    return means.accuracy(labels, predictions, weights, metrics_collections, updates_collections, name)


def streaming_mean_absolute_error(
    predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """`tf.metrics.mean_absolute_error`, predictions first."""
    return means.mean_absolute_error(labels, predictions, weights, metrics_collections, updates_collections, name)


def streaming_mean_squared_error(
    predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """`tf.metrics.mean_squared_error`, predictions first."""
    return means.mean_squared_error(labels, predictions, weights, metrics_collections, updates_collections, name)


def streaming_root_mean_squared_error(
    predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """`tf.metrics.root_mean_squared_error`, predictions first."""
    return means.root_mean_squared_error(labels, predictions, weights, metrics_collections, updates_collections, name)


def streaming_mean_relative_error(
    predictions, labels, normalizer, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """`tf.metrics.mean_relative_error`, predictions first."""
    return means.mean_relative_error(labels, predictions, normalizer, weights, metrics_collections, updates_collections, name)


def streaming_mean_cosine_distance(
    predictions, labels, dim, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """`tf.metrics.mean_cosine_distance`, predictions first."""
    return means.mean_cosine_distance(labels, predictions, dim, weights, metrics_collections, updates_collections, name)


def streaming_true_positives(predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """`tf.metrics.true_positives`, predictions first."""
    return counts.true_positives(labels, predictions, weights, metrics_collections, updates_collections, name)


def streaming_true_negatives(predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """`tf.metrics.true_negatives`, predictions first."""
    return counts.true_negatives(labels, predictions, weights, metrics_collections, updates_collections, name)


def streaming_false_positives(predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """`tf.metrics.false_positives`, predictions first."""
    return counts.false_positives(labels, predictions, weights, metrics_collections, updates_collections, name)


def streaming_false_negatives(predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """`tf.metrics.false_negatives`, predictions first."""
    return counts.false_negatives(labels, predictions, weights, metrics_collections, updates_collections, name)


def streaming_precision(predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """`tf.metrics.precision`, predictions first."""
    return counts.precision(labels, predictions, weights, metrics_collections, updates_collections, name)


def streaming_recall(predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """`tf.metrics.recall`, predictions first."""
    return counts.recall(labels, predictions, weights, metrics_collections, updates_collections, name)


def streaming_mean_iou(
    predictions, labels, num_classes, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """`tf.metrics.mean_iou`, predictions first."""
    return classes.mean_iou(labels, predictions, num_classes, weights, metrics_collections, updates_collections, name)


def streaming_precision_at_thresholds(
    predictions, labels, thresholds, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """`tf.metrics.precision_at_thresholds`, predictions first."""
    return thresholds_.precision_at_thresholds(
        labels, predictions, thresholds, weights, metrics_collections, updates_collections, name
    )


def streaming_recall_at_thresholds(
    predictions, labels, thresholds, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """`tf.metrics.recall_at_thresholds`, predictions first."""
    return thresholds_.recall_at_thresholds(
        labels, predictions, thresholds, weights, metrics_collections, updates_collections, name
    )


def streaming_true_positives_at_thresholds(predictions, labels, thresholds, weights=None):
    """The variable of `tf.metrics.true_positives_at_thresholds` and its update, predictions first; no scope is opened."""
    return _at_thresholds("tp", predictions, labels, thresholds, weights)


def streaming_true_negatives_at_thresholds(predictions, labels, thresholds, weights=None):
    """The variable of `tf.metrics.true_negatives_at_thresholds` and its update, predictions first; no scope is opened."""
    return _at_thresholds("tn", predictions, labels, thresholds, weights)


def streaming_false_positives_at_thresholds(predictions, labels, thresholds, weights=None):
    """The variable of `tf.metrics.false_positives_at_thresholds` and its update, predictions first; no scope is opened."""
    return _at_thresholds("fp", predictions, labels, thresholds, weights)


def streaming_false_negatives_at_thresholds(predictions, labels, thresholds, weights=None):
    """The variable of `tf.metrics.false_negatives_at_thresholds` and its update, predictions first; no scope is opened."""
    return _at_thresholds("fn", predictions, labels, thresholds, weights)


def streaming_auc(
    predictions,
    labels,
    weights=None,
    num_thresholds=200,
    metrics_collections=None,
    updates_collections=None,
    curve="ROC",
    name=None,
):
    """`tf.metrics.auc`, predictions first."""
    return thresholds_.auc(labels, predictions, weights, num_thresholds, metrics_collections, updates_collections, curve, name)


def streaming_sensitivity_at_specificity(
    predictions,
    labels,
    specificity,
    weights=None,
    num_thresholds=200,
    metrics_collections=None,
    updates_collections=None,
    name=None,
):
    """`tf.metrics.sensitivity_at_specificity`, predictions first."""
    return thresholds_.sensitivity_at_specificity(
        labels, predictions, specificity, weights, num_thresholds, metrics_collections, updates_collections, name
    )


def streaming_specificity_at_sensitivity(
    predictions,
    labels,
    sensitivity,
    weights=None,
    num_thresholds=200,
    metrics_collections=None,
    updates_collections=None,
    name=None,
):
    """`tf.metrics.specificity_at_sensitivity`, predictions first."""
    return thresholds_.specificity_at_sensitivity(
        labels, predictions, sensitivity, weights, num_thresholds, metrics_collections, updates_collections, name
    )


def streaming_sparse_precision_at_k(
    predictions, labels, k, class_id=None, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """`tf.metrics.precision_at_k`, predictions first."""
    return top_k.precision_at_k(labels, predictions, k, class_id, weights, metrics_collections, updates_collections, name)


def streaming_sparse_recall_at_k(
    predictions, labels, k, class_id=None, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """`tf.metrics.recall_at_k`, predictions first."""
    return top_k.recall_at_k(labels, predictions, k, class_id, weights, metrics_collections, updates_collections, name)


def streaming_sparse_precision_at_top_k(
    top_k_predictions, labels, class_id=None, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """`tf.metrics.precision_at_top_k`, predictions first."""
    return top_k.precision_at_top_k(
        labels, top_k_predictions, None, class_id, weights, metrics_collections, updates_collections, name
    )


def sparse_recall_at_top_k(
    labels, top_k_predictions, class_id=None, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """`tf.metrics.recall_at_top_k` under its old name."""
    return top_k.recall_at_top_k(
        labels, top_k_predictions, None, class_id, weights, metrics_collections, updates_collections, name
    )


def streaming_sparse_average_precision_at_k(
    predictions, labels, k, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """`tf.metrics.average_precision_at_k`, predictions first."""
    return top_k.average_precision_at_k(labels, predictions, k, weights, metrics_collections, updates_collections, name)


def streaming_sparse_average_precision_at_top_k(
    top_k_predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """The mean average precision of class numbers, best first; see `streaming_sparse_average_precision_at_k`."""
    return top_k.average_precision_at_top_k(labels, top_k_predictions, weights, metrics_collections, updates_collections, name)


def streaming_recall_at_k(predictions, labels, k, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """How often a label is among the k best classes; see `tf.metrics.mean`."""
    hits = math.cast(nn.in_top_k_v1(predictions, labels, k), dtypes.float32)
    return means.mean(hits, weights, metrics_collections, updates_collections, name or f"recall_at_{k}")


def _at_thresholds(key, predictions, labels, limits, weights):
    values, updates = thresholds_.confusion_matrix_at_thresholds(labels, predictions, limits, weights, (key,))
    return values[key], updates[key]


def streaming_false_positive_rate(
    predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """False positives of all false labels: (value, update), 0 where there is none."""
    arguments = labels, predictions, weights, metrics_collections, updates_collections
    return counts.rate(name, "false_positive_rate", counts.false_positives, counts.true_negatives, arguments)


def streaming_false_negative_rate(
    predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """False negatives of all true labels: (value, update), 0 where there is none."""
    arguments = labels, predictions, weights, metrics_collections, updates_collections
    return counts.rate(name, "false_negative_rate", counts.false_negatives, counts.true_positives, arguments)


def streaming_false_positive_rate_at_thresholds(
    predictions, labels, thresholds, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """False positives of all false labels, at each threshold: (value, update)."""
    arguments = labels, predictions, thresholds, weights, metrics_collections, updates_collections, name
    return thresholds_.rate_at_thresholds("false_positive_rate_at_thresholds", "fpr", ("fp", "tn"), arguments)


def streaming_false_negative_rate_at_thresholds(
    predictions, labels, thresholds, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """False negatives of all true labels, at each threshold: (value, update)."""
    arguments = labels, predictions, thresholds, weights, metrics_collections, updates_collections, name
    return thresholds_.rate_at_thresholds("false_negative_rate_at_thresholds", "fnr", ("fn", "tp"), arguments)


def accuracy(predictions, labels, weights=None, name=None):
    """How often predictions and labels are equal, weighted; a number of this batch only.

    Raises ValueError for dtypes other than bools, integers and strings, and for two dtypes.
    """
    if not (labels.dtype.is_integer or labels.dtype.base_dtype in (dtypes.bool, dtypes.string)):
        raise ValueError(f"Labels should have bool, integer, or string dtype, not {labels.dtype!r}")
    if not labels.dtype.is_compatible_with(predictions.dtype):
        raise ValueError(
            f"Dtypes of predictions and labels should match. Given: predictions ({predictions.dtype!r}) and labels ({labels.dtype!r})"
        )
    with name_scope(name, "accuracy", [predictions, labels, weights]):
        correct = math.cast(math_ops.equal(predictions, labels), dtypes.float32)
        if weights is None:
            return reduce.reduce_mean(correct)
        correct = math.multiply(correct, weights)
        number = reduce.reduce_sum(math.multiply(weights, array.ones_like_v1(correct)))
        return math.div(reduce.reduce_sum(correct), number)


def aggregate_metrics(*value_update_tuples):
    """(value, update) pairs as a list of values and one of updates. Raises ValueError without a pair."""
    if not value_update_tuples:
        raise ValueError("Expected at least one value_tensor/update_op pair")
    values, updates = zip(*value_update_tuples, strict=True)
    return list(values), list(updates)


def aggregate_metric_map(names_to_tuples):
    """A dict of (value, update) pairs as a dict of values and one of updates."""
    pairs = names_to_tuples.items()
    return {name: value for name, (value, _) in pairs}, {name: update for name, (_, update) in pairs}

"""Metrics of class numbers: the mean intersection over union, and the mean accuracy of classes."""

from mainstem.base import dtypes
from mainstem.dialects.metrics.streams import aligned, flat, graph_only, metric_variable, published, ratio
from mainstem.ops import math as math_ops
from mainstem.surface import array, linalg, masking, math, reduce, sorting
from mainstem.surface.variable_scope import variable_scope
from mainstem.surface.variables import assign_add, scatter_add


def streaming_confusion_matrix(labels, predictions, num_classes, weights=None):
    """The confusion matrix of all class numbers seen, float64, in the variable `total_confusion_matrix`: (variable, update)."""
    total = metric_variable([num_classes, num_classes], dtypes.float64, name="total_confusion_matrix")
    labels, predictions, number = (math.cast(x, dtypes.int64) for x in (labels, predictions, num_classes))
    labels, predictions = flat(labels), flat(predictions)
    weights = None if weights is None else flat(weights)
    now = sorting.confusion_matrix_v1(labels, predictions, number, weights=weights, dtype=dtypes.float64)
    return total, assign_add(total, now)


def mean_iou(
    labels, predictions, num_classes, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The mean, over classes that occur, of the intersection of labels and predictions divided by their union.

    Returns (value, update): the update is the confusion matrix. Raises ValueError for labels of another shape, RuntimeError in eager
    mode; a run raises InvalidArgumentError for class numbers out of range.
    """
    graph_only("mean_iou")
    with variable_scope(name, "mean_iou", (predictions, labels, weights)):
        predictions, labels, weights = aligned(predictions, labels, weights)
        total, update = streaming_confusion_matrix(labels, predictions, num_classes, weights)
        rows, columns = (math.cast(reduce.reduce_sum(total, axis), dtypes.float32) for axis in (0, 1))
        both = math.cast(linalg.diag_part(total), dtypes.float32)
        union = rows + columns - both
        occurring = reduce.reduce_sum(math.cast(math_ops.not_equal(union, 0), dtypes.float32))
        union = masking.where_v1(math_ops.greater(union, 0), union, array.ones_like_v1(union))
        summed = reduce.reduce_sum(math.div(both, union), name="mean_iou")
        value = masking.where_v1(math_ops.greater(occurring, 0), summed / occurring, 0.0)
        return published(value, update, metrics_collections, updates_collections)


def mean_per_class_accuracy(
    labels, predictions, num_classes, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The mean over all classes of how often their labels are predicted; a class that never occurs counts as 0.

    Returns (value, update): the update is the accuracy of each class. Raises ValueError for labels of another shape, RuntimeError in
    eager mode.
    """
    graph_only("mean_per_class_accuracy")
    with variable_scope(name, "mean_accuracy", (predictions, labels, weights)):
        predictions, labels, weights = aligned(predictions, math.cast(labels, dtypes.int64), weights)
        total = metric_variable([num_classes], dtypes.float32, name="total")
        count = metric_variable([num_classes], dtypes.float32, name="count")
        ones = array.ones([array.size(labels)], dtypes.float32)
        labels, predictions = flat(labels), flat(predictions)
        if labels.dtype.base_dtype is not predictions.dtype.base_dtype:
            predictions = math.cast(predictions, labels.dtype)
        correct = math.cast(math_ops.equal(predictions, labels), dtypes.float32)
        if weights is not None:
            weights = math.cast(flat(weights), dtypes.float32)
            correct, ones = correct * weights, ones * weights
        seen, right = scatter_add(total, labels, ones), scatter_add(count, labels, correct)
        value = reduce.reduce_mean(ratio(count, total, None), name="mean_accuracy")
        return published(value, ratio(right, seen, "update_op"), metrics_collections, updates_collections)

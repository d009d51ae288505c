"""Streaming means: of values, and of how labels and predictions differ."""

from mainstem.base import dtypes
from mainstem.dialects.losses.weights import broadcast_weights, remove_squeezable_dimensions
from mainstem.dialects.metrics.streams import aligned, graph_only, metric_variable, published, ratio
from mainstem.ops import math as math_ops
from mainstem.surface import array, masking, math, reduce
from mainstem.surface.framework import control_dependencies
from mainstem.surface.variable_scope import variable_scope
from mainstem.surface.variables import assign_add


def mean(values, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """The weighted mean of all values seen.

    Args:
        values: a tensor.
        weights: a scalar, or of the values' rank with each dimension 1 or theirs.
        metrics_collections, updates_collections: names of collections that the value and the update join.
        name: of the variable scope, which has the variables `total` and `count`.

    Returns (value, update): 0 before the first update. Raises ValueError for weights that do not broadcast, RuntimeError in eager mode.
    """
    graph_only("mean")
    with variable_scope(name, "mean", (values, weights)):
        values = math.cast(values, dtypes.float32)
        total, count = metric_variable([], dtypes.float32, name="total"), metric_variable([], dtypes.float32, name="count")
        if weights is None:
            number = math.cast(array.size(values), dtypes.float32)
        else:
            values, _, weights = aligned(values, None, weights)
            weights = broadcast_weights(math.cast(weights, dtypes.float32), values)
            values = math.multiply(values, weights)
            number = reduce.reduce_sum(weights)
        more = assign_add(total, reduce.reduce_sum(values))
        with control_dependencies([values]):
            counted = assign_add(count, number)
        value, update = ratio(total, count, "value"), ratio(more, counted, "update_op")
        return published(value, update, metrics_collections, updates_collections)


def mean_tensor(values, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """The weighted mean of each element of tensors of one shape; see `mean`. The variables are `total_tensor` and `count_tensor`."""
    graph_only("mean_tensor")
    with variable_scope(name, "mean", (values, weights)):
        values = math.cast(values, dtypes.float32)
        shape = values.shape
        total = metric_variable(shape, dtypes.float32, name="total_tensor")
        count = metric_variable(shape, dtypes.float32, name="count_tensor")
        number = array.ones_like_v1(values)
        if weights is not None:
            values, _, weights = aligned(values, None, weights)
            weights = broadcast_weights(math.cast(weights, dtypes.float32), values)
            values, number = math.multiply(values, weights), math.multiply(number, weights)
        more = assign_add(total, values)
        with control_dependencies([values]):
            counted = assign_add(count, number)
        value, update = ratio(total, count, "value"), ratio(more, counted, "update_op")
        return published(value, update, metrics_collections, updates_collections)


def accuracy(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """How often labels and predictions are equal; see `mean`."""
    graph_only("accuracy")
    predictions, labels, weights = aligned(predictions, labels, weights)
    if labels.dtype.base_dtype is not predictions.dtype.base_dtype:
        predictions = math.cast(predictions, labels.dtype)
    correct = math.cast(math_ops.equal(predictions, labels), dtypes.float32)
    return mean(correct, weights, metrics_collections, updates_collections, name or "accuracy")


def mean_absolute_error(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """The mean of |predictions - labels|; see `mean`."""
    graph_only("mean_absolute_error")
    predictions, labels, weights = aligned(predictions, labels, weights)
    errors = math.abs(predictions - labels)
    return mean(errors, weights, metrics_collections, updates_collections, name or "mean_absolute_error")


def mean_squared_error(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """The mean of (predictions - labels)²; see `mean`."""
    graph_only("mean_squared_error")
    predictions, labels, weights = aligned(predictions, labels, weights)
    errors = math.squared_difference(labels, predictions)
    return mean(errors, weights, metrics_collections, updates_collections, name or "mean_squared_error")


def root_mean_squared_error(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """The root of `mean_squared_error`."""
    graph_only("root_mean_squared_error")
    predictions, labels, weights = aligned(predictions, labels, weights)
    value, update = mean_squared_error(labels, predictions, weights, None, None, name or "root_mean_squared_error")
    return published(math_ops.sqrt(value), math_ops.sqrt(update), metrics_collections, updates_collections)


def mean_relative_error(
    labels, predictions, normalizer, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The mean of |predictions - labels| / normalizer, 0 where that is 0; see `mean`."""
    graph_only("mean_relative_error")
    predictions, labels, weights = aligned(predictions, labels, weights)
    predictions, normalizer = remove_squeezable_dimensions(predictions, normalizer)
    predictions.shape.assert_is_compatible_with(normalizer.shape)
    is_zero, zeros = math_ops.equal(0.0, normalizer), array.zeros_like_v1(labels)
    errors = masking.where_v1(is_zero, zeros, math.div(math.abs(labels - predictions), normalizer))
    return mean(errors, weights, metrics_collections, updates_collections, name or "mean_relative_error")


def mean_cosine_distance(
    labels, predictions, dim, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """1 - the mean of the cosines of unit vectors, which lie along `dim`; see `mean`."""
    graph_only("mean_cosine_distance")
    predictions, labels, weights = aligned(predictions, labels, weights)
    cosines = reduce.reduce_sum(math.multiply(predictions, labels), [dim], keepdims=True)
    value, update = mean(cosines, weights, None, None, name or "mean_cosine_distance")
    return published(math.subtract(1.0, value), math.subtract(1.0, update), metrics_collections, updates_collections)


def percentage_below(values, threshold, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """How many of the values, from 0 to 1, are below a threshold; see `mean`."""
    graph_only("percentage_below")
    below = math.cast(math_ops.less(values, threshold), dtypes.float32)
    return mean(below, weights, metrics_collections, updates_collections, name or "percentage_below_threshold")

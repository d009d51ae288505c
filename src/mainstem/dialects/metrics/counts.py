"""Counts of right and wrong predictions of bools, and the rates made of two counts."""

from mainstem.base import dtypes, shapes
from mainstem.dialects.metrics.streams import aligned, graph_only, metric_variable, published
from mainstem.ops import math as math_ops
from mainstem.surface import array, check, masking, math, reduce
from mainstem.surface.framework import control_dependencies, identity
from mainstem.surface.variable_scope import variable_scope
from mainstem.surface.variables import assign_add


def counted(values, weights, metrics_collections, updates_collections):
    """How many of the bools are true, each as much as its weight says: (value, update), with the variable `count`."""
    check.assert_type(values, dtypes.bool)
    count = metric_variable([], dtypes.float32, name="count")
    values = math.cast(values, dtypes.float32)
    if weights is not None:
        weights = math.cast(weights, dtypes.float32)
        known = shapes.as_tuple(values.shape)
        with control_dependencies(
            (check.assert_rank_in_v1(weights, (0, array.rank(values) if known is None else len(known))),)
        ):
            values = math.multiply(values, weights)
    return published(identity(count), assign_add(count, reduce.reduce_sum(values)), metrics_collections, updates_collections)


def _counter(name, when_labels, when_predictions, told):
    def count(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
        graph_only(count.__name__)
        with variable_scope(name, count.__name__, (predictions, labels, weights)):
            predictions, labels = (math.cast(x, dtypes.bool) for x in (predictions, labels))
            predictions, labels, weights = aligned(predictions, labels, weights)
            first, second = math_ops.equal(labels, when_labels), math_ops.equal(predictions, when_predictions)
            return counted(math_ops.logical_and(first, second), weights, metrics_collections, updates_collections)

    count.__name__ = count.__qualname__ = name
    count.__doc__ = f"""How many predictions are {told}, as bools; each counts as much as its weight says.

    Returns (value, update). Raises ValueError for labels of another shape or weights of another rank, RuntimeError in eager mode.
    """
    return count


true_positives = _counter("true_positives", True, True, "true where the label is true")
true_negatives = _counter("true_negatives", False, False, "false where the label is false")
false_positives = _counter("false_positives", False, True, "true where the label is false")
false_negatives = _counter("false_negatives", True, False, "false where the label is true")


def share(part, rest, name):
    """part / (part + rest), 0 where there is neither."""
    return masking.where_v1(math_ops.greater(part + rest, 0), math.div(part, part + rest), 0.0, name)


def rate(name, scope, part, rest, arguments):
    """The share that one count has in two: (value, update). `arguments`: labels, predictions, weights and the collections."""
    labels, predictions, weights, metrics_collections, updates_collections = arguments
    graph_only(scope)
    with variable_scope(name, scope, (predictions, labels, weights)):
        predictions, labels = (math.cast(x, dtypes.bool) for x in (predictions, labels))
        predictions, labels, weights = aligned(predictions, labels, weights)
        (part, more_part), (rest, more_rest) = (f(labels, predictions, weights) for f in (part, rest))
        value, update = share(part, rest, "value"), share(more_part, more_rest, "update_op")
        return published(value, update, metrics_collections, updates_collections)


def precision(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """True positives of all positives: (value, update), 0 where there is none. See `true_positives`."""
    arguments = labels, predictions, weights, metrics_collections, updates_collections
    return rate(name, "precision", true_positives, false_positives, arguments)


def recall(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """True positives of all true labels: (value, update), 0 where there is none. See `true_positives`."""
    arguments = labels, predictions, weights, metrics_collections, updates_collections
    return rate(name, "recall", true_positives, false_negatives, arguments)

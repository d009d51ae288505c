"""Metrics of probabilities at many thresholds: counts, precision, recall, and the areas below curves."""

from mainstem.base import dtypes
from mainstem.dialects.losses.weights import broadcast_weights
from mainstem.dialects.metrics.streams import aligned, graph_only, metric_variable, published
from mainstem.ops import math as math_ops
from mainstem.surface import array, check, masking, math, reduce
from mainstem.surface.framework import constant_v1, control_dependencies, identity
from mainstem.surface.variable_scope import variable_scope
from mainstem.surface.variables import assign_add

EDGE = 1e-7  # beyond 0 and 1, so that every probability is above the first threshold and below the last
_FULL = {"tp": "true_positives", "fn": "false_negatives", "tn": "true_negatives", "fp": "false_positives"}


def confusion_matrix_at_thresholds(labels, predictions, thresholds, weights=None, includes=None):
    """Counts at each threshold: two dicts from "tp", "fn", "tn" and "fp", those of `includes` (default: all), to variables and updates.

    Args:
        labels: bools, or what becomes bools.
        predictions: probabilities of the labels' shape; a run raises InvalidArgumentError outside of 0 to 1.
        thresholds: a list of numbers; a prediction above one counts as true.
        weights: a scalar, or what broadcasts to the labels.

    Raises ValueError for other `includes`.
    """
    wanted = tuple(_FULL) if includes is None else tuple(includes)
    for name in wanted:
        if name not in _FULL:
            raise ValueError(f"Invalid key: {name}.")
    inside = [
        check.assert_greater_equal_v1(predictions, math.cast(0.0, predictions.dtype), message="predictions must be in [0, 1]"),
        check.assert_less_equal_v1(predictions, math.cast(1.0, predictions.dtype), message="predictions must be in [0, 1]"),
    ]
    with control_dependencies(inside):
        predictions, labels, weights = aligned(math.cast(predictions, dtypes.float32), math.cast(labels, dtypes.bool), weights)
        row = array.reshape(predictions, [1, -1])  # made in the block: what is counted waits for the checks
    if weights is not None:
        weights = array.reshape(broadcast_weights(math.cast(weights, dtypes.float32), predictions), [1, -1])
    limits = array.expand_dims(constant_v1(thresholds, dtypes.float32), 1)
    above, true = math_ops.greater(row, limits), array.reshape(labels, [1, -1])
    sides = {"tp": (true, above), "fn": (true, None), "tn": (None, None), "fp": (None, above)}
    values, updates = {}, {}
    for name in wanted:
        values[name] = metric_variable([len(thresholds)], dtypes.float32, name=_FULL[name])
        first, second = sides[name]
        first = math_ops.logical_not(true) if first is None else first
        second = math_ops.logical_not(above) if second is None else second
        hits = math.cast(math_ops.logical_and(first, second), dtypes.float32)
        hits = hits if weights is None else hits * weights
        updates[name] = assign_add(values[name], reduce.reduce_sum(hits, 1))
    return values, updates


def steps(number):
    """That many thresholds, evenly from just below 0 to just above 1."""
    return [0.0 - EDGE, *((i + 1) * 1.0 / (number - 1) for i in range(number - 2)), 1.0 + EDGE]


def _counter(key, told):
    def count(labels, predictions, thresholds, weights=None, metrics_collections=None, updates_collections=None, name=None):
        graph_only(count.__name__)
        with variable_scope(name, _FULL[key], (predictions, labels, weights)):
            values, updates = confusion_matrix_at_thresholds(labels, predictions, thresholds, weights, (key,))
            return published(identity(values[key]), updates[key], metrics_collections, updates_collections)

    count.__name__ = count.__qualname__ = f"{_FULL[key]}_at_thresholds"
    count.__doc__ = f"""How many predictions are {told}, at each threshold: (value, update).

    Raises RuntimeError in eager mode; see `confusion_matrix_at_thresholds`.
    """
    return count


true_positives_at_thresholds = _counter("tp", "above it where the label is true")
true_negatives_at_thresholds = _counter("tn", "not above it where the label is false")
false_positives_at_thresholds = _counter("fp", "above it where the label is false")
false_negatives_at_thresholds = _counter("fn", "not above it where the label is true")


def rate_at_thresholds(scope, label, keys, arguments):
    """The share that one count has in two, at each threshold. `arguments`: those of `precision_at_thresholds`."""
    labels, predictions, thresholds, weights, metrics_collections, updates_collections, name = arguments
    graph_only(scope)
    with variable_scope(name, scope, (predictions, labels, weights)):
        both = [k for k in _FULL if k in keys]
        values, updates = confusion_matrix_at_thresholds(labels, predictions, thresholds, weights, both)
        made = []
        for counts, last in ((values, "value"), (updates, "update_op")):
            part, rest = (counts[k] for k in keys)
            made.append(math.div(part, EDGE + part + rest, name=f"{label}_{last}"))
        return published(*made, metrics_collections, updates_collections)


def precision_at_thresholds(
    labels, predictions, thresholds, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """True positives of all positives, at each threshold: (value, update). See `confusion_matrix_at_thresholds`."""
    arguments = labels, predictions, thresholds, weights, metrics_collections, updates_collections, name
    return rate_at_thresholds("precision_at_thresholds", "precision", ("tp", "fp"), arguments)


def recall_at_thresholds(
    labels, predictions, thresholds, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """True positives of all true labels, at each threshold: (value, update). See `confusion_matrix_at_thresholds`."""
    arguments = labels, predictions, thresholds, weights, metrics_collections, updates_collections, name
    return rate_at_thresholds("recall_at_thresholds", "recall", ("tp", "fn"), arguments)


# ---- areas


def auc(
    labels,
    predictions,
    weights=None,
    num_thresholds=200,
    metrics_collections=None,
    updates_collections=None,
    curve="ROC",
    name=None,
    summation_method="trapezoidal",
    thresholds=None,
):
    """The area below a curve through what is counted at thresholds; an approximation, which more thresholds make better.

    Args:
        labels, predictions, weights: see `confusion_matrix_at_thresholds`.
        num_thresholds: evenly from 0 to 1, or `thresholds`, to which 0 and 1 are added.
        curve: "ROC" or "PR".
        summation_method: "trapezoidal", "minoring" or "majoring"; "careful_interpolation" for "PR", whose points no line connects.

    Returns (value, update). Raises ValueError for another curve or summation method, RuntimeError in eager mode.
    """
    graph_only("auc")
    with variable_scope(name, "auc", (labels, predictions, weights)):
        if curve not in ("ROC", "PR"):
            raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
        limits = steps(num_thresholds) if thresholds is None else [0.0 - EDGE, *sorted(thresholds), 1.0 + EDGE]
        values, updates = confusion_matrix_at_thresholds(labels, predictions, limits, weights)
        value = _area(values, curve, summation_method, "value")
        update = _area(updates, curve, summation_method, "update_op")
        return published(value, update, metrics_collections, updates_collections)


def _area(counts, curve, method, name):
    tp, fn, tn, fp = (counts[k] for k in _FULL)
    if method == "careful_interpolation" and curve == "PR":
        return _interpolated(tp, fp, fn)
    small = 1.0e-6
    y = math.div(tp + small, tp + fn + small)
    if curve == "ROC":
        x = math.div(fp, fp + tn + small)
    else:
        x, y = y, math.div(tp + small, tp + fp + small)
    width, left, right = x[:-1] - x[1:], y[:-1], y[1:]
    if method in ("trapezoidal", "careful_interpolation"):
        height = (left + right) / 2.0
    elif method in ("minoring", "majoring"):
        height = (math_ops.minimum if method == "minoring" else math_ops.maximum)(left, right)
    else:
        raise ValueError(f"Invalid summation_method: {method}")
    return reduce.reduce_sum(math.multiply(width, height), name=name)


def _interpolated(tp, fp, fn):
    """The area below the precision-recall curve when the counts, not the rates, are straight between thresholds (Davis, Goadrich 2006)."""
    gained, positives = tp[:-1] - tp[1:], tp + fp
    left, right = positives[:-1], positives[1:]
    slope = math.div_no_nan(gained, math_ops.maximum(left - right, 0), name="prec_slope")
    intercept = tp[1:] - math.multiply(slope, right)
    both = math_ops.logical_and(math_ops.greater(left, 0), math_ops.greater(right, 0))
    growth = math.div_no_nan(left, math_ops.maximum(right, 0), name="recall_relative_ratio")
    growth = masking.where_v1(both, growth, array.ones_like_v1(right))
    parts = math.multiply(slope, gained + math.multiply(intercept, math_ops.log(growth)))
    true = math_ops.maximum(tp[1:] + fn[1:], 0)
    return reduce.reduce_sum(math.div_no_nan(parts, true, name="pr_auc_increment"), name="interpolate_pr_auc")


def at_best_threshold(scope, arguments, pick, result):
    """A rate at the threshold that `pick(tp, fn, tn, fp)` chooses: `result(tp, fn, tn, fp, name)` of the counts there."""
    labels, predictions, weights, num_thresholds, metrics_collections, updates_collections, name = arguments
    graph_only(scope)
    with variable_scope(name, scope, (predictions, labels, weights)):
        values, updates = confusion_matrix_at_thresholds(labels, predictions, steps(num_thresholds), weights)
        made = []
        for counts, last in ((values, "value"), (updates, "update_op")):
            counts = [counts[k] for k in _FULL]
            place = pick(*counts)
            made.append(result(*(c[place] for c in counts), last))
        return published(*made, metrics_collections, updates_collections)


def _in_range(value, name):
    if not 0 <= value <= 1:
        raise ValueError(f"`{name}` must be in the range [0, 1].")


def sensitivity_at_specificity(
    labels,
    predictions,
    specificity,
    weights=None,
    num_thresholds=200,
    metrics_collections=None,
    updates_collections=None,
    name=None,
):
    """True positives of all true labels, at the threshold whose specificity is closest to the given one: (value, update).

    Raises ValueError for a specificity outside of 0 to 1, RuntimeError in eager mode; see `confusion_matrix_at_thresholds`.
    """
    graph_only("sensitivity_at_specificity")
    _in_range(specificity, "specificity")

    def pick(tp, fn, tn, fp):
        found = math.div(tn, tn + fp + EDGE)
        return math.cast(reduce.argmin_v1(math.abs(found - specificity), 0), dtypes.int32)

    def result(tp, fn, tn, fp, name):
        return math.div(tp, tp + fn + EDGE, name)

    arguments = labels, predictions, weights, num_thresholds, metrics_collections, updates_collections, name
    return at_best_threshold("sensitivity_at_specificity", arguments, pick, result)


def specificity_at_sensitivity(
    labels,
    predictions,
    sensitivity,
    weights=None,
    num_thresholds=200,
    metrics_collections=None,
    updates_collections=None,
    name=None,
):
    """True negatives of all false labels, at the threshold whose sensitivity is closest to the given one: (value, update).

    Raises ValueError for a sensitivity outside of 0 to 1, RuntimeError in eager mode; see `confusion_matrix_at_thresholds`.
    """
    graph_only("specificity_at_sensitivity")
    _in_range(sensitivity, "sensitivity")

    def pick(tp, fn, tn, fp):
        off = math.abs(math.div(tp, tp + fn + EDGE) - sensitivity)
        best = math.cast(math_ops.equal(reduce.reduce_min(off), off), dtypes.int64)
        return math.cast(reduce.argmax_v1(reduce.cumsum(best), 0), dtypes.int32)  # the last one of the best

    def result(tp, fn, tn, fp, name):
        return math.div(tn, tn + fp + EDGE, name)

    arguments = labels, predictions, weights, num_thresholds, metrics_collections, updates_collections, name
    return at_best_threshold("specificity_at_sensitivity", arguments, pick, result)

"""Metrics of `tf.contrib.metrics` that walk along a curve: areas, points, and rates at a chosen threshold."""

import collections

from mainstem.base import dtypes
from mainstem.dialects.contrib.moments import streaming_concat
from mainstem.dialects.metrics import thresholds
from mainstem.dialects.metrics.streams import aligned, published
from mainstem.graph.keys import GraphKeys
from mainstem.ops import math as math_ops
from mainstem.surface import array, check, index, masking, math, reduce, sorting, variables
from mainstem.surface.framework import control_dependencies, convert_to_tensor, group, identity
from mainstem.surface.variable_scope import variable_scope
from mainstem.surface.variables import assign_add

AucData = collections.namedtuple("AucData", ["auc", "lower", "upper"])
PrecisionRecallData = collections.namedtuple(
    "PrecisionRecallData", ["tp", "fp", "tn", "fn", "precision", "recall", "thresholds"]
)
EDGE = thresholds.EDGE


def _curve(curve):
    if curve not in ("ROC", "PR"):
        raise ValueError(f"curve must be either ROC or PR, {curve} unknown")


def streaming_curve_points(
    labels=None,
    predictions=None,
    weights=None,
    num_thresholds=200,
    metrics_collections=None,
    updates_collections=None,
    curve="ROC",
    name=None,
):
    """The points [num_thresholds, 2] of a ROC or precision-recall curve: (value, update operation). Raises ValueError for another curve."""
    with variable_scope(name, "curve_points", (labels, predictions, weights)):
        _curve(curve)
        values, updates = thresholds.confusion_matrix_at_thresholds(
            labels, predictions, thresholds.steps(num_thresholds), weights
        )
        tp, fn, tn, fp = (values[k] for k in ("tp", "fn", "tn", "fp"))
        small = 1e-6
        recall = math.div(tp + small, tp + fn + small)
        if curve == "ROC":
            x, y = math.div(fp, fp + tn + small), recall
        else:
            x, y = recall, math.div(tp + small, tp + fp + small)
        return published(array.stack([x, y], axis=1), group(*updates.values()), metrics_collections, updates_collections)


# ---- areas below the exact curve


def _streamed(labels, predictions, weights, kind=dtypes.float64):
    """All predictions, labels and weights seen, as (value, update) each: labels 0 and 1, checked in a run; and the weights as float64."""
    predictions, labels, weights = aligned(predictions, labels, weights)
    predictions = array.reshape(math.cast(predictions, dtypes.float64), [-1])
    labels = array.reshape(math.cast(labels, dtypes.int64), [-1])
    checks = [
        check.assert_greater_equal_v1(labels, array.zeros_like_v1(labels), message="labels must be 0 or 1, at least one is <0"),
        check.assert_less_equal_v1(labels, array.ones_like_v1(labels), message="labels must be 0 or 1, at least one is >1"),
    ]
    with control_dependencies(checks):
        labels = identity(labels)
    given = [streaming_concat(predictions, name="concat_preds"), streaming_concat(labels, name="concat_labels")]
    if weights is None:
        return given, array.ones_like_v1(given[0][0])
    given.append(streaming_concat(array.reshape(math.cast(weights, kind), [-1]), name="concat_weights"))
    return given, math.cast(given[2][0], dtypes.float64)


def _at_ends(values, starts):
    """Running sums as they are at the end of each group of equal predictions, for all members of the group."""
    groups = reduce.cumsum(math.cast(starts, dtypes.int32)) - 1
    return index.gather(reduce.unsorted_segment_max(values, groups, array.size(values)), groups)


def streaming_dynamic_auc(
    labels, predictions, curve="ROC", metrics_collections=(), updates_collections=(), name=None, weights=None
):  # fmt: skip
    """The exact area below the curve through all predictions seen, which need not be probabilities: (value, update operation).

    0 while all labels are equal. Raises ValueError for another curve; a run raises InvalidArgumentError for labels other than 0 and 1.
    """
    with variable_scope(name, "dynamic_auc"):
        _curve(curve)
        given, weights = _streamed(labels, predictions, weights)
        value = _dynamic_area(given[1][0], given[0][0], weights, curve)
        return published(value, group(*(update for _, update in given)), metrics_collections, updates_collections)


def _dynamic_area(labels, predictions, weights, curve):
    order = sorting.argsort(predictions, direction="DESCENDING")
    predictions, labels, weights = (index.gather(x, order) for x in (predictions, labels, weights))
    true = math.cast(math_ops.equal(labels, 1), dtypes.float64) * weights
    positives, all_weights = reduce.reduce_sum(true), reduce.reduce_sum(weights)
    different = math_ops.not_equal(predictions[1:], predictions[:-1])
    starts = array.concat([array.ones_like_v1(predictions[:1], dtypes.bool), different], 0)
    tp, fp = (_at_ends(reduce.cumsum(x), starts) for x in (true, weights - true))
    recall = math.div_no_nan(tp, positives)
    if curve == "ROC":
        x, y, first = math.div_no_nan(fp, all_weights - positives), recall, 0.0
    else:
        x, y, first = recall, math.div_no_nan(tp, tp + fp), 1.0
    zeros = array.zeros_like_v1(x[:1])
    x, y = array.concat([zeros, x], 0), array.concat([zeros + first, y], 0)
    area = reduce.reduce_sum((x[1:] - x[:-1]) * (y[1:] + y[:-1]) / 2.0)
    mixed = math_ops.logical_and(math_ops.greater(positives, 0.0), math_ops.less(positives, all_weights))
    return masking.where_v1(mixed, area, array.zeros_like_v1(area))


def auc_with_confidence_intervals(
    labels,
    predictions,
    weights=None,
    alpha=0.95,
    logit_transformation=True,
    metrics_collections=(),
    updates_collections=(),
    name=None,
):
    """The exact area below the ROC curve and its confidence interval (DeLong et al., 1988): (AucData, update).

    Args:
        labels: 0 and 1.
        predictions: any numbers of the labels' shape.
        weights: of the examples.
        alpha: how often the interval holds the area.
        logit_transformation: whether the interval is that of the logit, so that it stays between 0 and 1.

    All three numbers are 0 while all labels are equal, or the weights add up to less than 1. Raises ValueError for an alpha outside of 0 to 1; a
    run raises InvalidArgumentError for other labels.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1; currently {alpha:f}.")
    with variable_scope(name, "auc_with_confidence_intervals"):
        weights = array.ones_like_v1(predictions, dtypes.float32) if weights is None else weights
        given, weights = _streamed(labels, predictions, weights, dtypes.float32)
        value = AucData(*_interval(given[1][0], given[0][0], weights, alpha, logit_transformation))
        with control_dependencies([update for _, update in given]):
            update = identity(convert_to_tensor(True), name="update_op")
        return published(value, update, metrics_collections, updates_collections)


def _below(values, weights, at):
    """The weight of values below each of `at`, ties half."""
    order = sorting.argsort(values)
    values, summed = index.gather(values, order), reduce.cumsum(index.gather(weights, order))
    summed = array.concat([array.zeros_like_v1(weights[:1]), summed], 0)
    sides = [index.gather(summed, index.searchsorted(values, at, side=side)) for side in ("left", "right")]
    return (sides[0] + sides[1]) / 2.0


def _interval(labels, predictions, weights, alpha, logit):
    true = math.cast(math_ops.equal(labels, 1), dtypes.float64) * weights
    false = weights - true
    positives, negatives = reduce.reduce_sum(true), reduce.reduce_sum(false)
    # how far each positive is above the negatives, and each negative below the positives
    above = math.div_no_nan(_below(predictions, false, predictions), negatives)
    under = 1.0 - math.div_no_nan(_below(predictions, true, predictions), positives)
    auc = math.div_no_nan(reduce.reduce_sum(true * above), positives)
    variance = 0.0
    for place, weight, total in ((above, true, positives), (under, false, negatives)):
        squares = reduce.reduce_sum(weight * math_ops.square(place - auc))
        variance = variance + math.div_no_nan(squares, (total - 1.0) * total)
    deviation = math_ops.sqrt(math_ops.maximum(variance, 0.0))
    z = math.ndtri(convert_to_tensor((1.0 + alpha) / 2.0, dtypes.float64))
    inside = math_ops.logical_and(math_ops.greater(auc, 0.0), math_ops.less(auc, 1.0))
    if logit:
        safe = masking.where_v1(inside, auc, array.zeros_like_v1(auc) + 0.5)
        middle, width = math_ops.log(safe / (1.0 - safe)), z * deviation / (safe * (1.0 - safe))
        ends = [math.sigmoid(middle - width), math.sigmoid(middle + width)]
    else:
        ends = [auc - z * deviation, auc + z * deviation]
    ends = [masking.where_v1(inside, end, auc) for end in ends]
    mixed = math_ops.logical_and(math_ops.greater(positives, 0.0), math_ops.greater(negatives, 0.0))
    enough = math_ops.logical_and(mixed, math_ops.greater_equal(positives + negatives, 1.0))
    zero = array.zeros_like_v1(auc)
    return [math.cast(masking.where_v1(enough, x, zero), dtypes.float32) for x in (auc, *ends)]


# ---- rates at a chosen threshold


def precision_at_recall(
    labels,
    predictions,
    target_recall,
    weights=None,
    num_thresholds=200,
    metrics_collections=None,
    updates_collections=None,
    name=None,
):
    """The precision at the highest threshold whose recall is not below the target: (value, update). Raises ValueError for other targets."""
    if not 0 <= target_recall <= 1:
        raise ValueError("`target_recall` must be in the range [0, 1].")

    def pick(tp, fn, tn, fp):
        reached = math.cast(math_ops.greater_equal(math.div(tp + EDGE, tp + fn + EDGE), target_recall), dtypes.int64)
        return math.cast(reduce.argmax_v1(reduce.cumsum(reached), 0), dtypes.int32)  # the last one

    def result(tp, fn, tn, fp, name):
        return math.div(tp + EDGE, tp + fp + EDGE, name)

    arguments = labels, predictions, weights, num_thresholds, metrics_collections, updates_collections, name
    return thresholds.at_best_threshold("precision_at_recall", arguments, pick, result)


def recall_at_precision(
    labels,
    predictions,
    precision,
    weights=None,
    num_thresholds=200,
    metrics_collections=None,
    updates_collections=None,
    name=None,
    strict_mode=False,
):
    """The recall at the threshold whose precision is closest to the given one: (value, update).

    In `strict_mode` at the one with the lowest precision that is not below it; 0 where there is none. Raises ValueError for a precision
    outside of 0 to 1.
    """
    if not 0 <= precision <= 1:
        raise ValueError("`precision` must be in the range [0, 1].")

    def pick(tp, fn, tn, fp):
        found = math.div(tp, tp + fp + EDGE)
        off = math.abs(found - precision)
        if strict_mode:
            off = masking.where_v1(math_ops.greater_equal(found, precision), off, array.ones_like_v1(off) * 2.0)
        return math.cast(reduce.argmin_v1(off, 0), dtypes.int32)

    def result(tp, fn, tn, fp, name):
        found = math.div(tp, tp + fn + EDGE, None if strict_mode else name)
        if not strict_mode:
            return found
        reached = math_ops.greater_equal(math.div(tp, tp + fp + EDGE), precision)
        return masking.where_v1(reached, found, 0.0, name)

    arguments = labels, predictions, weights, num_thresholds, metrics_collections, updates_collections, name
    return thresholds.at_best_threshold("recall_at_precision", arguments, pick, result)


def f1_score(
    labels, predictions, weights=None, num_thresholds=200, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The largest harmonic mean of precision and recall that a threshold gives: (value, update)."""
    with variable_scope(name, "f1", (labels, predictions, weights)):
        limits = thresholds.steps(num_thresholds)
        values, updates = thresholds.confusion_matrix_at_thresholds(labels, predictions, limits, weights, ("tp", "fn", "fp"))
        made = []
        for counts in (values, updates):
            tp, fn, fp = (counts[k] for k in ("tp", "fn", "fp"))
            precision, recall = math.div(tp, EDGE + tp + fp), math.div(tp, EDGE + tp + fn)
            made.append(reduce.reduce_max(2.0 * precision * recall / (precision + recall + EDGE)))
        return published(*made, metrics_collections, updates_collections)


def precision_recall_at_equal_thresholds(labels, predictions, weights=None, num_thresholds=None, use_locking=None, name=None):
    """Counts, precision and recall at evenly spaced thresholds, in memory that does not grow with their number times the batch.

    Args:
        labels: bools.
        predictions: probabilities of the labels' shape; a run raises InvalidArgumentError outside of 0 to 1.
        weights: of the examples.
        num_thresholds: from 0 to 1, 201 by default; a prediction that is equal to one counts as true there.
        use_locking: accepted; an assignment is never interrupted here.

    Returns (PrecisionRecallData, update operation). Raises ValueError for fewer than 2 thresholds, TypeError for other dtypes.
    """
    number = 201 if num_thresholds is None else num_thresholds
    if number < 2:
        raise ValueError(f"num_thresholds must be at least 2. Got {number}.")
    with variable_scope(name, "precision_recall_at_equal_thresholds", (labels, predictions, weights)):
        predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
        check.assert_type(labels, dtypes.bool)
        kind = predictions.dtype.base_dtype
        inside = [
            check.assert_greater_equal_v1(predictions, math.cast(0.0, kind), message="predictions must be in [0, 1]"),
            check.assert_less_equal_v1(predictions, math.cast(1.0, kind), message="predictions must be in [0, 1]"),
        ]
        with control_dependencies(inside):
            predictions, labels, weights = aligned(identity(predictions), labels, weights)
        each = (
            array.ones_like_v1(predictions) if weights is None else math.cast(weights, kind) * array.ones_like_v1(predictions)
        )
        buckets = array.reshape(math.cast(math_ops.floor(predictions * (number - 1)), dtypes.int32), [-1])
        with variable_scope("variables"):
            home = [GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES]
            kept = [
                variables.Variable(lambda: array.zeros([number], dtypes.float64), trainable=False, collections=home, name=n)
                for n in ("tp_buckets", "fp_buckets")
            ]
        updates = []
        for variable, hits in zip(kept, (labels, math_ops.logical_not(labels)), strict=True):
            weight = array.reshape(math.cast(hits, kind) * each, [-1])
            summed = reduce.unsorted_segment_sum(math.cast(weight, dtypes.float64), buckets, number)
            updates.append(assign_add(variable, summed))
        tp, fp = (reduce.cumsum(identity(v), reverse=True) for v in kept)
        tn, fn = fp[0] - fp, tp[0] - tp
        small = 1e-8 if kind is not dtypes.float16 else 1e-5
        precision, recall = (tp / math_ops.maximum(math.cast(small, dtypes.float64), tp + other) for other in (fp, fn))
        limits = array.linspace_v1(math.cast(0.0, kind), math.cast(1.0, kind), number)
        made = [math.cast(x, kind) for x in (tp, fp, tn, fn, precision, recall)]
        return PrecisionRecallData(*made, limits), group(*updates)


def auc_using_histogram(boolean_labels, scores, score_range, nbins=100, collections=None, check_shape=True, name=None):
    """The area below the ROC curve by histograms of the scores of true and of false labels: (value, update operation).

    Args:
        boolean_labels: bools.
        scores: numbers of their shape.
        score_range: [lowest, highest]; what is outside counts to the first or last bin.
        nbins: of a histogram.
        collections: of the variables, `GraphKeys.LOCAL_VARIABLES` by default.
        check_shape: whether a run checks the shapes.
    """
    home = [GraphKeys.LOCAL_VARIABLES] if collections is None else collections
    with variable_scope(name, "auc_using_histogram", [boolean_labels, scores, score_range]):
        scores, labels = convert_to_tensor(scores), convert_to_tensor(boolean_labels)
        scores.shape.assert_is_compatible_with(labels.shape)
        same = [check.assert_equal_v1(array.shape(labels), array.shape(scores))] if check_shape else []
        with control_dependencies(same):
            labels, scores = (array.reshape(x, [-1]) for x in (labels, scores))
        with variable_scope("hist_accumulate"):
            bins = reduce.histogram_fixed_width_bins(scores, score_range, nbins)
            kept, updates = [], []
            for label, which in (("true", labels), ("false", math_ops.logical_not(labels))):
                variable = variables.Variable(
                    lambda: array.zeros([nbins], dtypes.int64), trainable=False, collections=home, name=f"hist_{label}_acc"
                )
                counts = reduce.unsorted_segment_sum(math.cast(which, dtypes.int64), bins, nbins)
                kept.append(variable)
                updates.append(assign_add(variable, counts))
            update = group(*updates, name="update_op")
        return _histogram_area(*kept), update


def _histogram_area(true, false):
    shares = [math.cast(x, dtypes.float32) for x in (true, false)]
    shares = [x / reduce.reduce_sum(x) for x in shares]
    below = reduce.cumsum(shares[1], exclusive=True) + shares[1] / 2.0  # a score in the same bin counts half
    return reduce.reduce_sum(shares[0] * below, name="auc")

"""Streaming metrics of `tf.contrib.metrics` on all values: their number, their concatenation, covariance, correlation, Cohen's kappa."""

from mainstem.base import dtypes, shapes
from mainstem.dialects.losses.weights import broadcast_weights
from mainstem.dialects.metrics.streams import aligned, flat, graph_only, metric_variable, published
from mainstem.ops import math as math_ops
from mainstem.surface import array, masking, math, reduce
from mainstem.surface.framework import control_dependencies, convert_to_tensor, identity
from mainstem.surface.variable_scope import variable_scope
from mainstem.surface.variables import assign, assign_add, scatter_add


def count(values, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """The number of values, or the sum of their weights: (value, update)."""
    with variable_scope(name, "count", (values, weights)):
        total = metric_variable([], dtypes.float32, name="count")
        if weights is None:
            number = math.cast(array.size(values), dtypes.float32)
        else:
            values = math.cast(values, dtypes.float32)
            values, _, weights = aligned(values, None, weights)
            number = reduce.reduce_sum(broadcast_weights(math.cast(weights, dtypes.float32), values))
        return published(identity(total), assign_add(total, number), metrics_collections, updates_collections)


def streaming_concat(values, axis=0, max_size=None, metrics_collections=None, updates_collections=None, name=None):
    """All values seen, one behind the other along `axis`, at most `max_size` of them: (value, update); the update is their number.

    Raises ValueError for an axis that the values do not have, or another dimension that is not known.
    """
    with variable_scope(name, "streaming_concat", (values,)):
        values = convert_to_tensor(values)
        known = shapes.as_tuple(values.shape)
        if known is None:
            raise ValueError("`values` must have known static rank")
        if not 0 <= axis < len(known):
            raise ValueError(f"axis = {axis} not in [0, {len(known)})")
        if any(n is None for i, n in enumerate(known) if i != axis):
            raise ValueError(
                f"all dimensions of `values` other than the dimension to concatenate along must have static size: {known}"
            )
        start = [0 if i == axis else n for i, n in enumerate(known)]
        kept = metric_variable(start, values.dtype.base_dtype, validate_shape=False, name="array")
        size = metric_variable([], dtypes.int32, name="size")
        value = identity(kept)
        value.set_shape([None if i == axis else n for i, n in enumerate(known)])
        longer = array.concat([value, values], axis, name="longer")
        if max_size is not None:
            longer = longer[(slice(None),) * axis + (slice(None, max_size),)]
        with control_dependencies([assign(kept, longer, validate_shape=False)]):
            update = assign(size, array.shape(longer)[axis])
        return published(value, update, metrics_collections, updates_collections)


def streaming_covariance(predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """The unbiased, weighted covariance of predictions and labels: (value, update), NaN for fewer than two.

    The means and the sum of products of deviations are renewed batch by batch (Chan et al., 1979), so that nothing large is subtracted.
    """
    with variable_scope(name, "covariance", (predictions, labels, weights)):
        predictions, labels, weights = aligned(predictions, labels, weights)
        number, mean_p, mean_l, comoment = (
            metric_variable([], dtypes.float32, name=n) for n in ("count", "mean_prediction", "mean_label", "comoment")
        )
        predictions, labels = math.cast(predictions, dtypes.float32), math.cast(labels, dtypes.float32)
        if weights is None:
            batch, weights = math.cast(array.size(labels), dtypes.float32), 1.0
        else:
            weights = broadcast_weights(math.cast(weights, dtypes.float32), labels)
            batch = reduce.reduce_sum(weights)
        old = [identity(v) for v in (number, mean_p, mean_l, comoment)]
        value = _covariance(old[3], old[0], "covariance")
        total = old[0] + batch
        p, q = (math.div_no_nan(reduce.reduce_sum(x * weights), batch) for x in (predictions, labels))
        by_p, by_q = p - old[1], q - old[2]
        share = math.div_no_nan(batch, total)
        products = reduce.reduce_sum((predictions - p) * (labels - q) * weights)
        new = [total, old[1] + by_p * share, old[2] + by_q * share, old[3] + products + by_p * by_q * share * old[0]]
        with control_dependencies(new):
            changed = [assign(v, n) for v, n in zip((number, mean_p, mean_l, comoment), new, strict=True)]
        with control_dependencies(changed):
            update = _covariance(new[3], total, "update_op")
        return published(value, update, metrics_collections, updates_collections)


def _covariance(comoment, number, name):
    return masking.where_v1(math_ops.less_equal(number, 1.0), float("nan"), math.div(comoment, number - 1), name=name)


def streaming_pearson_correlation(
    predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The weighted correlation of predictions and labels: (value, update), NaN for fewer than two."""
    with variable_scope(name, "pearson_r", (predictions, labels, weights)):
        predictions, labels, weights = aligned(predictions, labels, weights)
        if weights is not None:  # once for all three
            weights = broadcast_weights(math.cast(weights, dtypes.float32), labels)
        found = [
            streaming_covariance(a, b, weights, name=scope)
            for a, b, scope in (
                (predictions, labels, "covariance"),
                (predictions, predictions, "variance_predictions"),
                (labels, labels, "variance_labels"),
            )
        ]
        made = []
        for i, last in enumerate(("pearson_r", "update_op")):
            both, first, second = (pair[i] for pair in found)
            made.append(math.div(both, math.multiply(math_ops.sqrt(first), math_ops.sqrt(second)), name=last))
        return published(*made, metrics_collections, updates_collections)


def cohen_kappa(
    labels, predictions_idx, num_classes, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """How far labels and predictions agree beyond chance: (value, update), float64.

    Args:
        labels, predictions_idx: class numbers [n] or [n, 1].
        num_classes: at least 2.
        weights: of the examples.

    Raises ValueError for fewer classes, RuntimeError in eager mode.
    """
    graph_only("cohen_kappa")
    if num_classes < 2:
        raise ValueError(f"`num_classes` must be >= 2.Found: {num_classes}")
    with variable_scope(name, "cohen_kappa", (labels, predictions_idx, weights)):
        kind = dtypes.int64 if weights is None else dtypes.float32
        agreed, rows, columns = (metric_variable([num_classes], kind, name=n) for n in ("po", "pe_row", "pe_col"))
        labels, found = (flat(math.cast(x, dtypes.int64)) for x in (labels, predictions_idx))
        found.shape.assert_is_compatible_with(labels.shape)
        each = array.ones_like_v1(labels, kind) if weights is None else flat(math.cast(weights, kind))
        right = each * math.cast(math_ops.equal(labels, found), kind)
        more = scatter_add(agreed, labels, right), scatter_add(rows, labels, each), scatter_add(columns, found, each)
        made = [_kappa(*parts, last) for parts, last in (((agreed, rows, columns), "value"), (more, "update_op"))]
        return published(*made, metrics_collections, updates_collections)


def _kappa(agreed, rows, columns, name):
    agreed, rows, columns = (math.cast(x, dtypes.float64) for x in (agreed, rows, columns))
    total = reduce.reduce_sum(rows)
    chance = math.div_no_nan(reduce.reduce_sum(rows * columns), total)
    return math.div_no_nan(reduce.reduce_sum(agreed) - chance, total - chance, name=name)

"""The public names of `tf.metrics`, and those of the deep paths that public code takes its parts from."""

from mainstem.api.rows import both, v1
from mainstem.dialects.losses import weights
from mainstem.dialects.metrics import classes, counts, means, streams, thresholds, top_k

_METRICS = {
    means: "accuracy mean mean_absolute_error mean_cosine_distance mean_relative_error mean_squared_error mean_tensor percentage_below "
    "root_mean_squared_error",
    counts: "false_negatives false_positives precision recall true_negatives true_positives",
    thresholds: "auc false_negatives_at_thresholds false_positives_at_thresholds precision_at_thresholds recall_at_thresholds "
    "sensitivity_at_specificity specificity_at_sensitivity true_negatives_at_thresholds true_positives_at_thresholds",
    classes: "mean_iou mean_per_class_accuracy",
    top_k: "average_precision_at_k precision_at_k precision_at_top_k recall_at_k recall_at_top_k sparse_average_precision_at_k "
    "sparse_precision_at_k",
}
for _file, _names in _METRICS.items():
    for _name in _names.split():
        v1(getattr(_file, _name), f"metrics.{_name}")

# behind no public name
_INNER = {
    "metric_variable": streams.metric_variable,
    "_remove_squeezable_dimensions": streams.aligned,
    "_safe_scalar_div": streams.ratio,
    "_confusion_matrix_at_thresholds": thresholds.confusion_matrix_at_thresholds,
    "_streaming_confusion_matrix": classes.streaming_confusion_matrix,
    "_streaming_sparse_average_precision_at_top_k": top_k.average_precision_at_top_k,
    "_aggregate_variable": streams.aggregate_variable,
}
for _name, _made in _INNER.items():
    both(_made, f"python.ops.metrics_impl.{_name}")
both(weights.assert_broadcastable, "python.ops.weights_broadcast_ops.assert_broadcastable")
both(weights.broadcast_weights, "python.ops.weights_broadcast_ops.broadcast_weights")
both(weights.remove_squeezable_dimensions, "python.ops.confusion_matrix.remove_squeezable_dimensions")

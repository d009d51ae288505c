"""The public names of `tf.contrib.metrics`, which Slim shows again."""

from mainstem.api.rows import v1
from mainstem.dialects.contrib import curves, moments, streaming
from mainstem.surface import sets, sorting

_METRICS = {
    streaming: "accuracy aggregate_metric_map aggregate_metrics sparse_recall_at_top_k streaming_accuracy streaming_auc "
    "streaming_false_negative_rate streaming_false_negative_rate_at_thresholds streaming_false_negatives "
    "streaming_false_negatives_at_thresholds streaming_false_positive_rate streaming_false_positive_rate_at_thresholds "
    "streaming_false_positives streaming_false_positives_at_thresholds streaming_mean streaming_mean_absolute_error "
    "streaming_mean_cosine_distance streaming_mean_iou streaming_mean_relative_error streaming_mean_squared_error "
    "streaming_mean_tensor streaming_percentage_less streaming_precision streaming_precision_at_thresholds streaming_recall "
    "streaming_recall_at_k streaming_recall_at_thresholds streaming_root_mean_squared_error streaming_sensitivity_at_specificity "
    "streaming_sparse_average_precision_at_k streaming_sparse_average_precision_at_top_k streaming_sparse_precision_at_k "
    "streaming_sparse_precision_at_top_k streaming_sparse_recall_at_k streaming_specificity_at_sensitivity "
    "streaming_true_negatives streaming_true_negatives_at_thresholds streaming_true_positives "
    "streaming_true_positives_at_thresholds",
    moments: "cohen_kappa count streaming_concat streaming_covariance streaming_pearson_correlation",
    curves: "auc_using_histogram auc_with_confidence_intervals f1_score precision_at_recall precision_recall_at_equal_thresholds "
    "recall_at_precision streaming_curve_points streaming_dynamic_auc",
}
_SETS = "set_difference set_intersection set_size set_union"
for _file, _names in _METRICS.items():
    for _name in _names.split():
        v1(getattr(_file, _name), f"contrib.metrics.{_name}", f"contrib.slim.metrics.{_name}")
for _name in _SETS.split():
    v1(getattr(sets, _name), f"contrib.metrics.{_name}", f"contrib.slim.metrics.{_name}")
v1(sorting.confusion_matrix_v1, "contrib.metrics.confusion_matrix", "contrib.slim.metrics.confusion_matrix")

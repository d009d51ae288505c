"""Rows of `tf.contrib.metrics`: run under TensorFlow 1.15 by `golden/record_metrics.py`, under Mainstem by `test_contrib_metrics.py`."""

try:
    from metric_rows import (
        AT,
        CLASSES,
        FOUND,
        GUESS,
        LABELS,
        LOGITS,
        OTHERS,
        SCORES,
        SETS,
        TOP,
        TRUTH,
        VALUES,
        WEIGHTS,
        _by,
        a,
        batches,
        weighted,
    )  # fmt: skip
except ImportError:  # beside the tests, not by itself
    from tests.dialects.metric_rows import (
        AT,
        CLASSES,
        FOUND,
        GUESS,
        LABELS,
        LOGITS,
        OTHERS,
        SCORES,
        SETS,
        TOP,
        TRUTH,
        VALUES,
        WEIGHTS,
        _by,
        a,
        batches,
        weighted,
    )  # fmt: skip

C = "contrib.metrics"
MORE, LESS = [x[:, 0] for x in VALUES], [x[:, 0] for x in OTHERS]
ROWS = {}
for _name in ("streaming_mean", "streaming_mean_tensor", "count", "streaming_concat"):
    ROWS[_name] = _by(C, _name), batches(VALUES)
ROWS["streaming_concat max_size"] = _by(C, "streaming_concat", max_size=4), batches(VALUES)
ROWS["streaming_concat axis"] = _by(C, "streaming_concat", axis=1), batches(VALUES)
ROWS["count weighted"] = weighted("count", [VALUES], [a([[1], [0], [2]])] * 2, C)
for _name in ("streaming_accuracy", "streaming_mean_iou", "cohen_kappa"):
    _more = () if _name == "streaming_accuracy" else (4,)
    ROWS[_name] = _by(C, _name, *_more), batches(FOUND, CLASSES)
    ROWS[f"{_name} weighted"] = weighted(_name, [FOUND, CLASSES], WEIGHTS, C, *_more)
ROWS["cohen_kappa of one class"] = _by(C, "cohen_kappa", 4), batches([a([0, 0], "int64")], [a([0, 0], "int64")])
for _name in (
    "streaming_mean_absolute_error",
    "streaming_mean_squared_error",
    "streaming_root_mean_squared_error",
    "streaming_covariance",
    "streaming_pearson_correlation",
):
    ROWS[_name] = _by(C, _name), batches(MORE, LESS)
    ROWS[f"{_name} weighted"] = weighted(_name, [MORE, LESS], [a([1, 0.5, 2]), a([3, 0, 1])], C)
ROWS["streaming_covariance of one"] = _by(C, "streaming_covariance"), batches([MORE[0][:1]], [LESS[0][:1]])
ROWS["streaming_mean_relative_error"] = _by(C, "streaming_mean_relative_error"), batches(MORE, LESS, LESS)
ROWS["streaming_mean_cosine_distance"] = _by(C, "streaming_mean_cosine_distance", 1), batches(VALUES, OTHERS)
ROWS["streaming_percentage_less"] = _by(C, "streaming_percentage_less", 2.0), batches(VALUES)
for _kind in ("true_positives", "true_negatives", "false_positives", "false_negatives"):
    ROWS[_kind] = _by(C, f"streaming_{_kind}"), batches(GUESS, TRUTH)
    ROWS[f"{_kind} at"] = _by(C, f"streaming_{_kind}_at_thresholds", AT), batches(SCORES, TRUTH)
for _kind in ("precision", "recall", "false_positive_rate", "false_negative_rate"):
    ROWS[_kind] = _by(C, f"streaming_{_kind}"), batches(GUESS, TRUTH)
    ROWS[f"{_kind} weighted"] = weighted(f"streaming_{_kind}", [GUESS, TRUTH], WEIGHTS, C)
    ROWS[f"{_kind} at"] = _by(C, f"streaming_{_kind}_at_thresholds", AT), batches(SCORES, TRUTH)
ROWS["auc"] = _by(C, "streaming_auc"), batches(SCORES, TRUTH)
ROWS["auc PR"] = _by(C, "streaming_auc", curve="PR", num_thresholds=11), batches(SCORES, TRUTH)
for _name in ("sensitivity_at_specificity", "specificity_at_sensitivity"):
    ROWS[_name] = _by(C, f"streaming_{_name}", 0.5), batches(SCORES, TRUTH)
for _curve in ("ROC", "PR"):
    ROWS[f"curve points {_curve}"] = _by(C, "streaming_curve_points", num_thresholds=4, curve=_curve), batches(TRUTH, SCORES)
    ROWS[f"dynamic auc {_curve}"] = _by(C, "streaming_dynamic_auc", curve=_curve), batches(LABELS, SCORES)
    ROWS[f"dynamic auc {_curve} tied"] = (
        _by(C, "streaming_dynamic_auc", curve=_curve),
        batches([a([1, 0, 1, 0, 1], "int64")], [a([0.5, 0.5, 0.5, 0.2, 0.9])]),
    )
    ROWS[f"dynamic auc {_curve} weighted"] = weighted("streaming_dynamic_auc", [LABELS, SCORES], WEIGHTS, C, curve=_curve)
for _label in (0, 1):
    ROWS[f"dynamic auc of {_label}"] = _by(C, "streaming_dynamic_auc"), batches([a([_label] * 2, "int64")], [a([0.1, 0.2])])
ROWS["precision_at_recall"] = _by(C, "precision_at_recall", 0.6), batches(TRUTH, SCORES)
ROWS["recall_at_precision"] = _by(C, "recall_at_precision", 0.6), batches(TRUTH, SCORES)
ROWS["recall_at_precision strict"] = _by(C, "recall_at_precision", 0.9, strict_mode=True), batches(TRUTH, SCORES)
ROWS["recall_at_precision strict, none"] = (
    _by(C, "recall_at_precision", 1.0, strict_mode=True),
    batches(TRUTH[1:], [a([0.1, 0.9, 0.2, 0.8])]),
)
ROWS["f1_score"] = _by(C, "f1_score"), batches(TRUTH, SCORES)
ROWS["f1_score weighted"] = weighted("f1_score", [TRUTH, SCORES], WEIGHTS, C, num_thresholds=10)
ROWS["equal thresholds"] = _by(C, "precision_recall_at_equal_thresholds", num_thresholds=5), batches(TRUTH, SCORES)
ROWS["equal thresholds weighted"] = weighted(
    "precision_recall_at_equal_thresholds", [TRUTH, SCORES], WEIGHTS, C, num_thresholds=5
)
ROWS["auc_using_histogram"] = _by(C, "auc_using_histogram", [0.0, 1.0], nbins=10), batches(TRUTH, SCORES)
for _name in ("streaming_sparse_precision_at_k", "streaming_sparse_recall_at_k", "streaming_sparse_average_precision_at_k"):
    ROWS[_name] = _by(C, _name, 3), batches(LOGITS, SETS)
ROWS["streaming_sparse_precision_at_top_k"] = _by(C, "streaming_sparse_precision_at_top_k"), batches(TOP, SETS)
ROWS["sparse_recall_at_top_k"] = _by(C, "sparse_recall_at_top_k"), batches(SETS, TOP)
ROWS["streaming_recall_at_k"] = _by(C, "streaming_recall_at_k", 2), batches(LOGITS, [x[:, 0] for x in SETS])


def _with_intervals(**kwargs):
    return lambda tf, *given: tf.contrib.metrics.auc_with_confidence_intervals(*given, **kwargs)


def _plain_accuracy(tf, labels, predictions, *weights):
    made = tf.contrib.metrics.accuracy(predictions, labels, *weights)
    return made, tf.identity(made, "again")


def _aggregated(tf, predictions, labels):
    c = tf.contrib.metrics
    values, updates = c.aggregate_metric_map(
        {"b": c.streaming_accuracy(predictions, labels), "a": tf.metrics.mean(predictions, name="own")}
    )
    both, more = c.aggregate_metrics(c.streaming_mean(labels))
    assert sorted(values) == ["a", "b"] and isinstance(both, list) and len(more) == 1
    with tf.control_dependencies([updates["a"], *more]):
        return values["a"], values["b"], tf.identity(updates["b"])


ROWS["auc_with_confidence_intervals"] = _with_intervals(), batches(LABELS, SCORES)
ROWS["auc_with_confidence_intervals weighted"] = (
    lambda tf, x, y, w: tf.contrib.metrics.auc_with_confidence_intervals(x, y, weights=w),
    batches(LABELS, SCORES, WEIGHTS),
)
ROWS["auc_with_confidence_intervals plain"] = _with_intervals(logit_transformation=False, alpha=0.9), batches(LABELS, SCORES)
ROWS["auc_with_confidence_intervals of one"] = _with_intervals(), batches([a([1, 1, 1], "int64")], [a([0.1, 0.2, 0.3])])
ROWS["auc_with_confidence_intervals best"] = _with_intervals(), batches([a([0, 0, 1, 1], "int64")], [a([0.1, 0.2, 0.3, 0.4])])
ROWS["auc_with_confidence_intervals worst"] = _with_intervals(), batches([a([1, 1, 0, 0], "int64")], [a([0.1, 0.2, 0.3, 0.4])])
ROWS["accuracy"] = _plain_accuracy, batches(CLASSES, FOUND)
ROWS["accuracy weighted"] = _plain_accuracy, batches(CLASSES, FOUND, WEIGHTS)
ROWS["aggregated"] = _aggregated, batches(FOUND, CLASSES)

ERRORS = {
    "accuracy of numbers": lambda tf: tf.contrib.metrics.accuracy(tf.zeros([2]), tf.zeros([2])),
    "accuracy of two dtypes": lambda tf: tf.contrib.metrics.accuracy(tf.zeros([2], tf.int32), tf.zeros([2], tf.int64)),
    "curve": lambda tf: tf.contrib.metrics.streaming_curve_points(tf.zeros([2]), tf.zeros([2]), curve="x"),
    "curve of dynamic auc": lambda tf: tf.contrib.metrics.streaming_dynamic_auc(tf.zeros([2]), tf.zeros([2]), curve="x"),
    "nothing": lambda tf: tf.contrib.metrics.aggregate_metrics(),
    "axis": lambda tf: tf.contrib.metrics.streaming_concat(tf.zeros([2]), axis=1),
    "two classes": lambda tf: tf.contrib.metrics.cohen_kappa(tf.constant([0]), tf.constant([0]), 1),
}

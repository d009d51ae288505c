"""Rows of streaming metrics: run under TensorFlow 1.15 by `golden/record_metrics.py`, under Mainstem by `test_metrics.py`.

A row is a function of `tf` and of the placeholders made for its batches; the batches are fed one after the other.
"""

import numpy as np

F, I, B = "float32", "int64", "bool"


def a(values, dtype=F):
    return np.array(values, dtype)


VALUES = [a([[1, 2], [3, 4], [5, 0.5]]), a([[-1, 7], [0, 0], [2, 2]])]
OTHERS = [a([[1, 3], [2, 4], [0, 0]]), a([[2, 2], [0, 1], [1, 0.25]])]
LABELS = [a([0, 0, 1, 1], I), a([1, 0, 1, 0], I)]
SCORES = [a([0.1, 0.4, 0.35, 0.8]), a([0.9, 0.2, 0.6, 0.5])]
TRUTH, GUESS = [x.astype(B) for x in LABELS], [a([1, 0, 1, 1], B), a([0, 0, 1, 1], B)]
WEIGHTS = [a([1, 2, 0, 0.5]), a([1, 1, 3, 1])]
CLASSES, FOUND = [a([0, 1, 3, 0], I), a([3, 3, 1, 0], I)], [a([0, 3, 3, 1], I), a([3, 1, 1, 0], I)]
LOGITS = [a([[0.1, 0.3, 0.2, 0.4], [0.5, 0.2, 0.2, 0.1]]), a([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]])]
SETS = [a([[3, 0], [1, 2]], I), a([[0, 1], [0, 3]], I)]
TOP = [a([[3, 1, 0], [0, 2, 1]], I), a([[3, 2, 1], [0, 1, 2]], I)]
AT = [0.3, 0.5, 0.9]


def batches(*columns):
    return list(zip(*columns))


def _by(module, function, *more, **kwargs):
    """The metric of this name with the placeholders as its first arguments, then `more`."""

    def make(tf, *given):
        space = tf
        for part in module.split("."):
            space = getattr(space, part)
        return getattr(space, function)(*given, *more, **kwargs)

    return make


def weighted(name, columns, weights, module="metrics", *more, **kwargs):
    def make(tf, *given):
        space = tf.contrib.metrics if module == "contrib.metrics" else tf.metrics
        return getattr(space, name)(*given[:-1], *more, weights=given[-1], **kwargs)

    return make, batches(*columns, weights)


ROWS = {}
BROADCAST = {
    "scalar": [a(2), a(0.5)],
    "rows": [a([[1], [0], [2]]), a([[1], [1], [0]])],
    "columns": [a([[1, 0]]), a([[2, 1]])],
    "each": [a([[1, 0], [2, 1], [0, 3]])] * 2,
    "one": [a([[3]]), a([[1]])],
    "flat rows": [a([1, 0, 2])] * 2,
}
for _name in ("mean", "mean_tensor"):
    ROWS[_name] = _by("metrics", _name), batches(VALUES)
for _label, _weights in BROADCAST.items():
    ROWS[f"mean weighted {_label}"] = weighted("mean", [VALUES], _weights)
    if _label != "one":
        ROWS[f"mean_squared_error weighted {_label}"] = weighted("mean_squared_error", [OTHERS, VALUES], _weights)
ROWS["mean_tensor weighted"] = weighted("mean_tensor", [VALUES], BROADCAST["rows"])
for _name in ("mean_absolute_error", "mean_squared_error", "root_mean_squared_error"):
    ROWS[_name] = _by("metrics", _name), batches(OTHERS, VALUES)
    ROWS[f"{_name} named"] = _by("metrics", _name, name="own"), batches(OTHERS, VALUES)
ROWS["mean_relative_error"] = _by("metrics", "mean_relative_error"), batches(OTHERS, VALUES, OTHERS)
ROWS["mean_cosine_distance"] = _by("metrics", "mean_cosine_distance", 1), batches(OTHERS, VALUES)
ROWS["percentage_below"] = _by("metrics", "percentage_below", 2.0), batches(VALUES)
ROWS["accuracy"] = _by("metrics", "accuracy"), batches(CLASSES, FOUND)
ROWS["accuracy weighted"] = weighted("accuracy", [CLASSES, FOUND], WEIGHTS)
ROWS["accuracy of columns"] = _by("metrics", "accuracy"), batches([x[:, None] for x in CLASSES], FOUND)
for _name in ("true_positives", "true_negatives", "false_positives", "false_negatives", "precision", "recall"):
    ROWS[_name] = _by("metrics", _name), batches(TRUTH, GUESS)
    ROWS[f"{_name} weighted"] = weighted(_name, [TRUTH, GUESS], WEIGHTS)
    if _name not in ("precision", "recall"):
        ROWS[f"{_name}_at_thresholds"] = _by("metrics", f"{_name}_at_thresholds", AT), batches(TRUTH, SCORES)
for _name in ("precision_at_thresholds", "recall_at_thresholds"):
    ROWS[_name] = _by("metrics", _name, AT), batches(TRUTH, SCORES)
    ROWS[f"{_name} weighted"] = weighted(_name, [TRUTH, SCORES], WEIGHTS, "metrics", AT)
ROWS["auc"] = _by("metrics", "auc"), batches(LABELS, SCORES)
ROWS["auc weighted"] = weighted("auc", [LABELS, SCORES], WEIGHTS)
for _curve, _method in [
    ("ROC", "minoring"),
    ("ROC", "majoring"),
    ("PR", "trapezoidal"),
    ("PR", "minoring"),
    ("PR", "majoring"),
    ("PR", "careful_interpolation"),
]:
    ROWS[f"auc {_curve} {_method}"] = (
        _by("metrics", "auc", curve=_curve, summation_method=_method, num_thresholds=11),
        batches(LABELS, SCORES),
    )
ROWS["auc thresholds"] = _by("metrics", "auc", thresholds=[0.5, 0.2]), batches(LABELS, SCORES)
ROWS["sensitivity_at_specificity"] = _by("metrics", "sensitivity_at_specificity", 0.5), batches(TRUTH, SCORES)
ROWS["specificity_at_sensitivity"] = _by("metrics", "specificity_at_sensitivity", 0.5), batches(TRUTH, SCORES)
ROWS["specificity_at_sensitivity tied"] = (
    _by("metrics", "specificity_at_sensitivity", 0.8, num_thresholds=10),
    batches(TRUTH, SCORES),
)
for _name in ("mean_iou", "mean_per_class_accuracy"):
    ROWS[_name] = _by("metrics", _name, 4), batches(CLASSES, FOUND)
    ROWS[f"{_name} weighted"] = weighted(_name, [CLASSES, FOUND], WEIGHTS, "metrics", 4)
    ROWS[f"{_name} of rank 2"] = (
        _by("metrics", _name, 4),
        batches([x.reshape(2, 2) for x in CLASSES], [x.reshape(2, 2) for x in FOUND]),
    )
for _name in (
    "precision_at_k",
    "recall_at_k",
    "sparse_precision_at_k",
    "average_precision_at_k",
    "sparse_average_precision_at_k",
):
    ROWS[_name] = _by("metrics", _name, 3), batches(SETS, LOGITS)
    ROWS[f"{_name} weighted"] = weighted(_name, [SETS, LOGITS], [a([1, 0.5]), a([2, 0])], "metrics", 3)
    ROWS[f"{_name} of one label"] = _by("metrics", _name, 2), batches([x[:, 0] for x in SETS], LOGITS)
    if "average" not in _name:
        ROWS[f"{_name} of a class"] = _by("metrics", _name, 3, class_id=1), batches(SETS, LOGITS)
for _name in ("precision_at_top_k", "recall_at_top_k"):
    ROWS[_name] = _by("metrics", _name), batches(SETS, TOP)
    ROWS[f"{_name} of a class"] = _by("metrics", _name, k=3, class_id=1), batches(SETS, TOP)


def _sparse_labels(tf, dense, predictions):
    found = tf.where(tf.not_equal(dense, 2))
    labels = tf.SparseTensor(found, tf.gather_nd(dense, found), tf.shape(dense, out_type=tf.int64))
    return tf.metrics.recall_at_k(labels, predictions, 3)


def _sparse_average(tf, dense, predictions):
    found = tf.where(tf.not_equal(dense, 2))
    labels = tf.SparseTensor(found, tf.gather_nd(dense, found), [2, 2])
    return tf.metrics.average_precision_at_k(labels, predictions, 3)


def _collected(tf, values):
    value, update = tf.metrics.mean(values, metrics_collections=["m"], updates_collections="u")
    assert tf.get_collection("m") == [value] and tf.get_collection("u") == [update]
    return value, update


def _unknown_shapes(tf, values, weights):
    values, weights = (tf.placeholder_with_default(x, None) for x in (values, weights))
    return tf.metrics.mean(values, weights)


ROWS["sparse labels"] = _sparse_labels, batches(SETS, LOGITS)
ROWS["sparse labels average"] = _sparse_average, batches(SETS, LOGITS)
ROWS["collected"] = _collected, batches(VALUES)
for _label in ("scalar", "rows", "each"):
    ROWS[f"mean of unknown rank weighted {_label}"] = _unknown_shapes, batches(VALUES, BROADCAST[_label])


def _x(tf, *shape, dtype="float32"):
    return tf.placeholder(dtype, shape)


ERRORS = {
    "weights of another size": lambda tf: tf.metrics.mean(_x(tf, 4, 3), _x(tf, 4, 2)),
    "weights of another rank": lambda tf: tf.metrics.mean(_x(tf, 4, 3, 2), _x(tf, 3)),
    "labels of another shape": lambda tf: tf.metrics.accuracy(_x(tf, 4), _x(tf, 5)),
    "thresholds of another shape": lambda tf: tf.metrics.auc(_x(tf, 4), _x(tf, 5)),
    "curve": lambda tf: tf.metrics.auc(_x(tf, 4), _x(tf, 4), curve="x"),
    "summation": lambda tf: tf.metrics.auc(_x(tf, 4), _x(tf, 4), summation_method="x"),
    "sensitivity": lambda tf: tf.metrics.specificity_at_sensitivity(_x(tf, 4), _x(tf, 4), 1.5),
    "specificity": lambda tf: tf.metrics.sensitivity_at_specificity(_x(tf, 4), _x(tf, 4), -0.1),
    "k": lambda tf: tf.metrics.average_precision_at_k(_x(tf, 4, 1, dtype="int64"), _x(tf, 4, 3), 0),
    "rank of labels": lambda tf: tf.metrics.recall_at_top_k(_x(tf, 4, 1, 1, dtype="int64"), _x(tf, 4, 3, dtype="int64")),
    "weights of counts": lambda tf: tf.metrics.true_positives(_x(tf, 4, 3), _x(tf, 4, 3), _x(tf, 3)),
}
RUN_ERRORS = {  # what a run tells: a row and the batch that fails
    "weights do not broadcast": (_unknown_shapes, (VALUES[0], a([[1, 2, 3]]))),
    "predictions above 1": (_by("metrics", "auc"), (LABELS[0], a([0.5, 1.5, 0, 0]))),
    "class out of range": (_by("metrics", "mean_iou", 2), (CLASSES[0], FOUND[0])),
}


def flat(made):
    """The tensors and operations of a result, of nested tuples and dicts too."""
    if isinstance(made, dict):
        return [x for k in sorted(made) for x in flat(made[k])]
    return [x for part in made for x in flat(part)] if isinstance(made, (tuple, list)) else [made]


def _number(x):
    return None if x is None else np.asarray(x).tolist()


def outcome(tf, row):
    """Names, variables and values of a row: before any update, and what each update and the value after it give."""
    make, feeds = row
    with tf.Graph().as_default(), tf.Session() as session:
        inputs = [tf.placeholder(x.dtype, [None] * x.ndim if i else x.shape) for i, x in enumerate(feeds[0])]
        made = flat(make(tf, *inputs))
        values, update = made[:-1], made[-1]
        metric = tf.get_collection(tf.GraphKeys.METRIC_VARIABLES)
        local = [
            [v.name, None if v.shape.ndims is None else v.shape.as_list(), v.dtype.base_dtype.name, v in metric]
            for v in tf.local_variables()
        ]
        shapes = [str(getattr(t, "shape", "")) for t in made]
        session.run(tf.local_variables_initializer())
        first = dict(zip(inputs, feeds[0]))
        out = {
            "names": [t.name for t in made],
            "shapes": shapes,
            "variables": local,
            "before": [_number(v) for v in session.run(values, first)],
        }
        out["updates"], out["values"] = [], []
        for batch in feeds:
            feed = dict(zip(inputs, batch))
            out["updates"].append(_number(session.run(update, feed)))
            out["values"].append([_number(v) for v in session.run(values, feed)])
        return out


def run_failure(tf, row):
    """The type of the error of a run, and whether only a run raises it."""
    make, batch = row
    with tf.Graph().as_default(), tf.Session() as session:
        inputs = [tf.placeholder(x.dtype, [None] * x.ndim) for x in batch]
        update = flat(make(tf, *inputs))[-1]
        session.run(tf.local_variables_initializer())
        try:
            session.run(update, dict(zip(inputs, batch)))
        except Exception as e:
            return type(e).__name__
    return "none"


def failure(tf, program):
    """The type of the error that a wrong program raises when the graph is built."""
    with tf.Graph().as_default():
        try:
            program(tf)
        except Exception as e:
            return type(e).__name__
    return "none"

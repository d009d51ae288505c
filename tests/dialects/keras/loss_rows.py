"""Losses and metrics of `tf.keras` on small arrays; run under TensorFlow 1.15 by `golden/record_keras_parts.py`."""

import numpy as np

draw = np.random.RandomState(5)
P = (draw.rand(4, 3) + 0.1).astype("float32")
P /= P.sum(-1, keepdims=True)
LOGITS = draw.randn(4, 3).astype("float32")
ONE_HOT = np.eye(3, dtype="float32")[[0, 2, 1, 1]]
BITS = np.array([[0, 1, 1], [1, 0, 0], [1, 1, 0], [0, 0, 1]], "float32")
CLASSES = np.array([[0], [2], [1], [1]], "int32")
REAL, OTHER = draw.randn(4, 3).astype("float32"), draw.randn(4, 3).astype("float32")
WEIGHTS = np.array([1.0, 0.5, 0.0, 2.0], "float32")
DIST = draw.rand(4, 3).astype("float32")

FUNCTIONS = {
    "mean_squared_error": (REAL, OTHER),
    "mean_absolute_error": (REAL, OTHER),
    "mean_absolute_percentage_error": (REAL, OTHER),
    "mean_squared_logarithmic_error": (DIST, P),
    "hinge": (BITS, LOGITS),
    "squared_hinge": (BITS * 2 - 1, LOGITS),
    "categorical_hinge": (ONE_HOT, LOGITS),
    "logcosh": (REAL, OTHER),
    "categorical_crossentropy": (ONE_HOT, P),
    "sparse_categorical_crossentropy": (CLASSES, P),
    "binary_crossentropy": (BITS, P),
    "kullback_leibler_divergence": (DIST, P),
    "poisson": (DIST, P),
    "cosine_similarity": (REAL, OTHER),
}
CLASSES_OF_LOSSES = {
    "MeanSquaredError": (lambda k: k.MeanSquaredError(), REAL, OTHER),
    "MeanAbsoluteError": (lambda k: k.MeanAbsoluteError("sum"), REAL, OTHER),
    "MeanAbsolutePercentageError": (lambda k: k.MeanAbsolutePercentageError("none"), REAL, OTHER),
    "MeanSquaredLogarithmicError": (lambda k: k.MeanSquaredLogarithmicError(), DIST, P),
    "BinaryCrossentropy": (lambda k: k.BinaryCrossentropy(from_logits=True, label_smoothing=0.1), BITS, LOGITS),
    "CategoricalCrossentropy": (lambda k: k.CategoricalCrossentropy(label_smoothing=0.1), ONE_HOT, P),
    "SparseCategoricalCrossentropy": (lambda k: k.SparseCategoricalCrossentropy(from_logits=True), CLASSES, LOGITS),
    "Hinge": (lambda k: k.Hinge(), BITS, LOGITS),
    "SquaredHinge": (lambda k: k.SquaredHinge(), BITS, LOGITS),
    "CategoricalHinge": (lambda k: k.CategoricalHinge(), ONE_HOT, LOGITS),
    "Poisson": (lambda k: k.Poisson(), DIST, P),
    "LogCosh": (lambda k: k.LogCosh(), REAL, OTHER),
    "KLDivergence": (lambda k: k.KLDivergence(), DIST, P),
    "Huber": (lambda k: k.Huber(0.5), REAL, OTHER),
    "CosineSimilarity": (lambda k: k.CosineSimilarity(axis=0), REAL, OTHER),
}
ONES = np.array([[0], [1], [1], [0]], "float32")
SCORES = np.array([[0.3], [0.6], [0.2], [0.8]], "float32")
WIDE, WIDE_HOT = draw.rand(4, 7).astype("float32"), np.eye(7, dtype="float32")[[0, 2, 6, 1]]
METRICS = {
    "Mean": (lambda k: k.Mean(), REAL),
    "Sum": (lambda k: k.Sum(name="all"), REAL),
    "MeanTensor": (lambda k: k.MeanTensor(), REAL),
    "Accuracy": (lambda k: k.Accuracy(), ONES, np.array([[0], [1], [0], [0]], "float32")),
    "BinaryAccuracy": (lambda k: k.BinaryAccuracy(threshold=0.4), BITS, P),
    "CategoricalAccuracy": (lambda k: k.CategoricalAccuracy(), ONE_HOT, P),
    "SparseCategoricalAccuracy": (lambda k: k.SparseCategoricalAccuracy(), CLASSES, P),
    "TopKCategoricalAccuracy": (lambda k: k.TopKCategoricalAccuracy(3), WIDE_HOT, WIDE),
    "SparseTopKCategoricalAccuracy": (lambda k: k.SparseTopKCategoricalAccuracy(2), CLASSES[:, 0], P),
    "AUC": (lambda k: k.AUC(), ONES, SCORES),
    "AUC of PR": (lambda k: k.AUC(num_thresholds=10, curve="PR", summation_method="minoring"), ONES, SCORES),
    "AUC majoring": (lambda k: k.AUC(thresholds=[0.25, 0.5, 0.7], summation_method="majoring"), ONES, SCORES),
    "AUC of PR interpolated": (lambda k: k.AUC(num_thresholds=20, curve="PR"), ONES, SCORES),
    "Precision": (lambda k: k.Precision(), ONES, SCORES),
    "Precision at k": (lambda k: k.Precision(top_k=2, class_id=1), BITS, P),
    "Recall": (lambda k: k.Recall(thresholds=[0.25, 0.5]), ONES, SCORES),
    "Recall of a class": (lambda k: k.Recall(class_id=1), BITS, WIDE[:, :3]),
    "TruePositives": (lambda k: k.TruePositives(), ONES, SCORES),
    "TrueNegatives": (lambda k: k.TrueNegatives(thresholds=[0.25, 0.5]), ONES, SCORES),
    "FalsePositives": (lambda k: k.FalsePositives(0.7), ONES, SCORES),
    "FalseNegatives": (lambda k: k.FalseNegatives(), ONES, SCORES),
    "SensitivityAtSpecificity": (lambda k: k.SensitivityAtSpecificity(0.5, num_thresholds=9), ONES, SCORES),
    "SpecificityAtSensitivity": (lambda k: k.SpecificityAtSensitivity(0.5, num_thresholds=9), ONES, SCORES),
    "MeanIoU": (lambda k: k.MeanIoU(2), ONES, np.array([[0], [1], [0], [0]], "float32")),
    "MeanRelativeError": (lambda k: k.MeanRelativeError([[1.0], [2.0], [0.0], [4.0]]), ONES, SCORES),
    "RootMeanSquaredError": (lambda k: k.RootMeanSquaredError(), REAL, OTHER),
    "MeanSquaredError": (lambda k: k.MeanSquaredError(), REAL, OTHER),
    "MeanAbsoluteError": (lambda k: k.MeanAbsoluteError(), REAL, OTHER),
    "MeanAbsolutePercentageError": (lambda k: k.MeanAbsolutePercentageError(), REAL, OTHER),
    "MeanSquaredLogarithmicError": (lambda k: k.MeanSquaredLogarithmicError(), DIST, P),
    "CosineSimilarity": (lambda k: k.CosineSimilarity(), REAL, OTHER),
    "Hinge": (lambda k: k.Hinge(), BITS, LOGITS),
    "SquaredHinge": (lambda k: k.SquaredHinge(), BITS, LOGITS),
    "CategoricalHinge": (lambda k: k.CategoricalHinge(), ONE_HOT, LOGITS),
    "LogCoshError": (lambda k: k.LogCoshError(), REAL, OTHER),
    "Poisson": (lambda k: k.Poisson(), DIST, P),
    "KLDivergence": (lambda k: k.KLDivergence(), DIST, P),
    "BinaryCrossentropy": (lambda k: k.BinaryCrossentropy(), BITS, P),
    "CategoricalCrossentropy": (lambda k: k.CategoricalCrossentropy(from_logits=True), ONE_HOT, LOGITS),
    "SparseCategoricalCrossentropy": (lambda k: k.SparseCategoricalCrossentropy(), CLASSES[:, 0], P),
}


def losses(tf):
    """The functions' values, their gradients, and those of activations' outputs."""
    found, k = {}, tf.keras.losses
    with tf.Graph().as_default(), tf.Session() as session:
        for name, (true, pred) in FUNCTIONS.items():
            x = tf.constant(pred)
            value = getattr(k, name)(tf.constant(true), x)
            found[name] = session.run([value, tf.gradients(value, x)[0]])
        x = tf.constant(LOGITS * 20.0)
        of_softmax = k.categorical_crossentropy(tf.constant(ONE_HOT), tf.nn.softmax(x))
        of_sigmoid = k.binary_crossentropy(tf.constant(BITS), tf.sigmoid(x))
        sparse = k.sparse_categorical_crossentropy(tf.constant(CLASSES[:, 0]), tf.nn.softmax(x))
        found["activations"] = session.run([of_softmax, of_sigmoid, sparse])
    return found


def loss_classes(tf):
    """The classes' values without weights, with a weight, and with weights; their configs."""
    found, k = {}, tf.keras.losses
    with tf.Graph().as_default(), tf.Session() as session:
        for name, (make, true, pred) in CLASSES_OF_LOSSES.items():
            loss, true, pred = make(k), tf.constant(true), tf.constant(pred)
            weights = [None, 2.0]
            if name != "CosineSimilarity":
                weights.append(tf.constant(WEIGHTS[:, None] if name == "Huber" else WEIGHTS))
            found[name] = session.run([loss(true, pred, sample_weight=w) for w in weights]) + [loss.get_config()]
            found[name].append(type(k.get(k.serialize(loss))).__name__)
    return found


def metrics(tf):
    """The metrics' values after one and after two updates, then from the start with weights; names and configs."""
    found = {}
    for name, (make, *given) in METRICS.items():
        with tf.Graph().as_default(), tf.Session() as session:
            metric, given = make(tf.keras.metrics), [tf.constant(v) for v in given]
            called = metric(*given)
            weighted, kind = None, name.partition(" ")[0]
            if kind not in ("MeanTensor", "Mean", "Sum") and "class" not in name and "at k" not in name:
                w = WEIGHTS
                weighted = metric.update_state(*given, sample_weight=tf.constant(w))
            session.run([v.initializer for v in metric.weights])
            values = [session.run(called), session.run(called), session.run(metric.result())]
            metric.reset_states()
            if weighted is not None:
                session.run(getattr(weighted, "op", weighted))
                values.append(session.run(metric.result()))
            told = [metric.name, [v.name for v in metric.weights], metric.dtype, metric.get_config()]
            found[name] = [values, told, len(metric.updates)]
    return found

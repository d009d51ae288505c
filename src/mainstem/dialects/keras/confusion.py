"""Metrics of confusion matrices: counts at thresholds, `Precision`, `Recall`, `AUC` and their like, `MeanIoU`."""

import numpy as np

from mainstem.dialects.keras import metrics
from mainstem.dialects.keras.losses import fit
from mainstem.dialects.keras.metrics import Metric, _add
from mainstem.dialects.losses.weights import broadcast_weights
from mainstem.ops import math as math_ops
from mainstem.surface import array, index, linalg, math, nn, reduce
from mainstem.surface.framework import convert_to_tensor

_EPSILON = 1e-7
_KINDS = ("tp", "tn", "fp", "fn")


def thresholds_of(thresholds, default=0.5):
    """A list of thresholds. Raises ValueError for one outside [0, 1]."""
    thresholds = default if thresholds is None else thresholds
    found = list(thresholds) if isinstance(thresholds, (list, tuple)) else [thresholds]
    wrong = [t for t in found if t is None or t < 0 or t > 1]
    if wrong:
        raise ValueError(f"Threshold values must be in [0, 1]. Invalid values: {wrong}")
    return found


def counted(kinds, y_true, y_pred, thresholds, sample_weight=None, top_k=None, class_id=None):
    """kind ("tp", "fn", …) -> weights [thresholds] of the entries that are of it: predictions over a threshold count as positive."""
    y_pred = math.cast(convert_to_tensor(y_pred), "float32")
    y_true = math.cast(convert_to_tensor(y_true), "float32")
    y_pred, y_true, _ = fit(y_pred, y_true)
    if sample_weight is not None:
        sample_weight = fit(y_pred, None, math.cast(convert_to_tensor(sample_weight), "float32"))[2]
    if top_k is not None:
        best = nn.top_k(y_pred, top_k, sorted=False)[1]
        chosen = reduce.reduce_sum_v1(index.one_hot(best, y_pred.shape.as_list()[-1], axis=-1), axis=-2)
        y_pred = y_pred * chosen + -1e10 * (1 - chosen)
    if class_id is not None:
        y_true, y_pred = y_true[..., class_id], y_pred[..., class_id]
    limits = array.reshape(convert_to_tensor(np.asarray(thresholds, np.float32)), [-1, 1])
    positive = math_ops.greater(array.reshape(y_pred, [1, -1]), limits)
    true = math_ops.greater(array.reshape(y_true, [1, -1]), 0.0)
    weights = None
    if sample_weight is not None:
        weights = array.reshape(broadcast_weights(sample_weight, y_pred), [1, -1])
    found = {}
    for kind in kinds:
        of_true = true if kind in ("tp", "fn") else math_ops.logical_not(true)
        of_pred = positive if kind in ("tp", "fp") else math_ops.logical_not(positive)
        here = math.cast(math_ops.logical_and(of_true, of_pred), "float32")
        found[kind] = reduce.reduce_sum_v1(here if weights is None else here * weights, axis=1)
    return found


class _Count(Metric):
    """The base: how many entries, weighted, are of one kind, at each threshold."""

    kind = None

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds, self.thresholds = thresholds, thresholds_of(thresholds)
        self.accumulator = self.add_weight("accumulator", shape=(len(self.thresholds),), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch."""
        found = counted([self.kind], y_true, y_pred, self.thresholds, sample_weight)
        return _add([(self.accumulator, found[self.kind])])

    def result(self):
        """The count: a scalar for one threshold, else one for each."""
        value = self.accumulator[0] if len(self.thresholds) == 1 else self.accumulator
        return convert_to_tensor(value)

    def get_config(self):
        """The arguments as a dict."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


class TruePositives(_Count):
    """How many targets that hold are predicted to."""

    kind = "tp"


class TrueNegatives(_Count):
    """How many targets that do not hold are predicted not to."""

    kind = "tn"


class FalsePositives(_Count):
    """How many targets that do not hold are predicted to."""

    kind = "fp"


class FalseNegatives(_Count):
    """How many targets that hold are predicted not to."""

    kind = "fn"


class _Share(Metric):
    """The base: true positives among those and entries of another kind."""

    other = None

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        self.thresholds = thresholds_of(thresholds, 0.5 if top_k is None else float("-inf")) if top_k is None else [-1e9]
        if top_k is not None and thresholds is not None:
            self.thresholds = thresholds_of(thresholds)
        shape = (len(self.thresholds),)
        self.true_positives = self.add_weight("true_positives", shape=shape, initializer="zeros")
        self._rest = self.add_weight(self.other, shape=shape, initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch."""
        kind = "fp" if self.other == "false_positives" else "fn"
        found = counted(["tp", kind], y_true, y_pred, self.thresholds, sample_weight, self.top_k, self.class_id)
        return _add([(self.true_positives, found["tp"]), (self._rest, found[kind])])

    def result(self):
        """The share: a scalar for one threshold, else one for each."""
        made = math.div_no_nan(convert_to_tensor(self.true_positives), self.true_positives + self._rest)
        return made[0] if len(self.thresholds) == 1 else made

    def get_config(self):
        """The arguments as a dict."""
        told = {"thresholds": self.init_thresholds, "top_k": self.top_k, "class_id": self.class_id}
        return {**super().get_config(), **told}


class Precision(_Share):
    """The share of positive predictions that are right.

    Args:
        thresholds: a number or a list: predictions over it are positive; 0.5 by default.
        top_k: the `k` largest predictions of an example are positive instead.
        class_id: only this class counts.
    """

    other = "false_positives"
    false_positives = property(lambda self: self._rest, doc="The variable of the false positives.")


class Recall(_Share):
    """The share of positive targets that are predicted; arguments as of `Precision`."""

    other = "false_negatives"
    false_negatives = property(lambda self: self._rest, doc="The variable of the false negatives.")


class _Matrix(Metric):
    """The base: all four counts at many thresholds."""

    def _begin(self, thresholds):
        self.thresholds = thresholds
        shape = (len(thresholds),)
        names = ("true_positives", "true_negatives", "false_positives", "false_negatives")
        for name in names:
            setattr(self, name, self.add_weight(name, shape=shape, initializer="zeros"))

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch."""
        found = counted(_KINDS, y_true, y_pred, self.thresholds, sample_weight)
        own = (self.true_positives, self.true_negatives, self.false_positives, self.false_negatives)
        return _add(list(zip(own, (found[k] for k in _KINDS))))


def _spread(number):
    """`number` thresholds from just below 0 to just over 1."""
    return [0.0 - _EPSILON, *((i + 1) / (number - 1) for i in range(number - 2)), 1.0 + _EPSILON]


class _AtRate(_Matrix):
    def __init__(self, value, num_thresholds, name, dtype):
        super().__init__(name=name, dtype=dtype)
        if num_thresholds <= 0:
            raise ValueError("`num_thresholds` must be > 0.")
        self.value, self.num_thresholds = value, num_thresholds
        inner = [(i + 1) * 1.0 / (num_thresholds - 1) for i in range(num_thresholds - 2)]
        self._begin([0.5] if num_thresholds == 1 else [0.0, *inner, 1.0])

    def _rates(self):
        """(sensitivities, specificities) at the thresholds."""
        positive = self.true_positives + self.false_negatives
        negative = self.true_negatives + self.false_positives
        true, false = convert_to_tensor(self.true_positives), convert_to_tensor(self.true_negatives)
        return math.div_no_nan(true, positive), math.div_no_nan(false, negative)

    def _nearest(self, rates, wanted):
        """The rate of `wanted` where `rates` come closest to the value."""
        return wanted[math.cast(reduce.argmin(math.abs(rates - self.value), axis=0), "int32")]


class SensitivityAtSpecificity(_AtRate):
    """The sensitivity where the specificity is nearest to a value in [0, 1]."""

    def __init__(self, specificity, num_thresholds=200, name=None, dtype=None):
        if specificity < 0 or specificity > 1:
            raise ValueError("`specificity` must be in the range [0, 1].")
        super().__init__(specificity, num_thresholds, name, dtype)
        self.specificity = specificity

    def result(self):
        """The sensitivity."""
        sensitivities, specificities = self._rates()
        return self._nearest(specificities, sensitivities)

    def get_config(self):
        """The arguments as a dict."""
        return {**super().get_config(), "num_thresholds": self.num_thresholds, "specificity": self.specificity}


class SpecificityAtSensitivity(_AtRate):
    """The specificity where the sensitivity is nearest to a value in [0, 1]."""

    def __init__(self, sensitivity, num_thresholds=200, name=None, dtype=None):
        if sensitivity < 0 or sensitivity > 1:
            raise ValueError("`sensitivity` must be in the range [0, 1].")
        super().__init__(sensitivity, num_thresholds, name, dtype)
        self.sensitivity = sensitivity

    def result(self):
        """The specificity."""
        sensitivities, specificities = self._rates()
        return self._nearest(sensitivities, specificities)

    def get_config(self):
        """The arguments as a dict."""
        return {**super().get_config(), "num_thresholds": self.num_thresholds, "sensitivity": self.sensitivity}


class AUC(_Matrix):
    """The area under a curve, by sums over thresholds.

    Args:
        num_thresholds: how many, 0 and 1 among them.
        curve: "ROC" or "PR".
        summation_method: "interpolation" (for "PR" that of Davis and Goadrich, 2006), "minoring" or "majoring".
        thresholds: those between 0 and 1, instead of `num_thresholds`.

    Raises ValueError for other words and for fewer than two thresholds.
    """

    def __init__(
        self, num_thresholds=200, curve="ROC", summation_method="interpolation", name=None, dtype=None, thresholds=None
    ):
        if curve not in ("ROC", "PR"):
            raise ValueError(f"Invalid AUC curve value {curve}.")
        if summation_method not in ("interpolation", "minoring", "majoring"):
            raise ValueError(f"Invalid AUC summation method value {summation_method}.")
        super().__init__(name=name, dtype=dtype)
        if thresholds is None:
            if num_thresholds <= 1:
                raise ValueError("`num_thresholds` must be > 1.")
            found = _spread(num_thresholds)
        else:
            found = [0.0 - _EPSILON, *sorted(thresholds), 1.0 + _EPSILON]
        self.num_thresholds, self.curve, self.summation_method = len(found), curve, summation_method
        self._begin(found)

    def _part(self, left, right):
        """The heights between neighbours."""
        if self.summation_method == "interpolation":
            return (left + right) / 2.0
        return (math_ops.minimum if self.summation_method == "minoring" else math_ops.maximum)(left, right)

    def result(self):
        """The area."""
        tp, tn = convert_to_tensor(self.true_positives), convert_to_tensor(self.true_negatives)
        fp, fn = convert_to_tensor(self.false_positives), convert_to_tensor(self.false_negatives)
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._interpolated(tp, fp, fn)
        recall = math.div_no_nan(tp, tp + fn)
        x, y = (recall, math.div_no_nan(tp, tp + fp)) if self.curve == "PR" else (math.div_no_nan(fp, fp + tn), recall)
        return reduce.reduce_sum_v1((x[:-1] - x[1:]) * self._part(y[:-1], y[1:]))

    def _interpolated(self, tp, fp, fn):
        positive = tp + fp
        more = tp[:-1] - tp[1:]
        slope = math.div_no_nan(more, math_ops.maximum(positive[:-1] - positive[1:], 0.0))
        start = tp[1:] - slope * positive[1:]
        both = math_ops.logical_and(math_ops.greater(positive[:-1], 0.0), math_ops.greater(positive[1:], 0.0))
        ratio = math.div_no_nan(positive[:-1], math_ops.maximum(positive[1:], 0.0))
        safe = array.ones_like_v1(ratio)
        ratio = math.cast(both, "float32") * ratio + (1.0 - math.cast(both, "float32")) * safe
        total = math_ops.maximum(tp[1:] + fn[1:], 0.0)
        return reduce.reduce_sum_v1(math.div_no_nan(slope * (more + start * math.log(ratio)), total))

    def get_config(self):
        """The arguments as a dict."""
        told = {"num_thresholds": self.num_thresholds, "curve": self.curve, "summation_method": self.summation_method}
        return {**super().get_config(), **told, "thresholds": self.thresholds[1:-1]}


class MeanIoU(Metric):
    """The mean over classes of intersection / union of targets and predictions, both classes' numbers."""

    def __init__(self, num_classes, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.num_classes = num_classes
        self.total_cm = self.add_weight(
            "total_confusion_matrix", shape=(num_classes, num_classes), initializer="zeros", dtype="float64"
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch."""
        flat = [array.reshape(math.cast(convert_to_tensor(y), "int64"), [-1]) for y in (y_true, y_pred)]
        weights = None
        if sample_weight is not None:
            weights = array.reshape(math.cast(convert_to_tensor(sample_weight), "float64"), [-1])
        rows, columns = (index.one_hot(x, self.num_classes, dtype="float64") for x in flat)
        rows = rows if weights is None else rows * array.expand_dims_v1(weights, 1)
        return _add([(self.total_cm, linalg.matmul_v1(rows, columns, transpose_a=True))])

    def result(self):
        """The mean of the classes that occur."""
        matrix = math.cast(convert_to_tensor(self.total_cm), self.dtype)
        right = linalg.diag_part(matrix)
        union = reduce.reduce_sum_v1(matrix, axis=0) + reduce.reduce_sum_v1(matrix, axis=1) - right
        count = reduce.reduce_sum_v1(math.cast(math_ops.not_equal(union, 0), self.dtype))
        return math.div_no_nan(reduce.reduce_sum_v1(math.div_no_nan(right, union)), count)

    def get_config(self):
        """The arguments as a dict."""
        return {**super().get_config(), "num_classes": self.num_classes}


_CLASSES = [TruePositives, TrueNegatives, FalsePositives, FalseNegatives, Precision, Recall, AUC, MeanIoU]
_CLASSES += [SensitivityAtSpecificity, SpecificityAtSensitivity]
KNOWN = {c.__name__: c for c in _CLASSES}
metrics.KNOWN.update(KNOWN)

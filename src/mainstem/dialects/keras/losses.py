"""`tf.keras.losses`: functions of targets and predictions that give a loss for each example, and classes that reduce it."""

import math as _math

from mainstem.base import dtypes
from mainstem.dialects.keras import backend, crossentropies, objects
from mainstem.dialects.losses.weights import fit_rank, remove_squeezable_dimensions
from mainstem.ops import math as math_ops
from mainstem.surface import array, math, nn, reduce
from mainstem.surface.framework import convert_to_tensor, is_tensor, name_scope

AUTO, NONE, SUM, SUM_OVER_BATCH_SIZE = "auto", "none", "sum", "sum_over_batch_size"
REDUCTIONS = (AUTO, NONE, SUM, SUM_OVER_BATCH_SIZE)


def fit(y_pred, y_true=None, sample_weight=None):
    """(predictions, targets, weights), ranks made to fit by a last dimension of size 1."""
    if y_true is not None:
        known = None not in (y_pred.shape.ndims, y_true.shape.ndims)
        if not known or y_pred.shape.ndims != y_true.shape.ndims or y_pred.shape.as_list()[-1:] != [1]:
            y_true, y_pred = remove_squeezable_dimensions(y_true, y_pred)
    if sample_weight is not None:
        sample_weight = fit_rank(sample_weight, y_pred)
    return y_pred, y_true, sample_weight


def compute_weighted_loss(losses, sample_weight=None, reduction=SUM_OVER_BATCH_SIZE, name=None):
    """Losses times weights, reduced: "none", "sum", or "sum_over_batch_size", which divides by the number of losses."""
    reduction = SUM_OVER_BATCH_SIZE if reduction == AUTO else reduction
    with name_scope(name or "weighted_loss"):
        losses = convert_to_tensor(losses)
        given = losses.dtype.base_dtype
        losses = math.cast(losses, dtypes.float32) if not given.is_floating else losses
        weights = math.cast(convert_to_tensor(1.0 if sample_weight is None else sample_weight), losses.dtype)
        losses, _, weights = fit(losses, None, weights)
        losses = losses * weights
        if reduction != NONE:
            total = reduce.reduce_sum_v1(losses)
            if reduction == SUM_OVER_BATCH_SIZE:
                total = math.div_no_nan(total, math.cast(array.size_v1(losses), total.dtype))
            losses = total
        return losses if losses.dtype.base_dtype is given else math.cast(losses, given)


class Loss:
    """The base: `loss(y_true, y_pred, sample_weight=None)`; a subclass gives the losses of the examples in `call(y_true, y_pred)`.

    Args:
        reduction: "auto" (the mean), "none", "sum" or "sum_over_batch_size". Raises ValueError for others.
        name: of the scope.
    """

    def __init__(self, reduction=AUTO, name=None):
        if reduction not in REDUCTIONS:
            raise ValueError(f"Invalid Reduction Key {reduction}.")
        self.reduction, self.name = reduction, name

    def __call__(self, y_true, y_pred, sample_weight=None):
        with name_scope("lambda" if self.name == "<lambda>" else self.name or type(self).__name__):
            losses = self.call(y_true, y_pred)
            return compute_weighted_loss(losses, sample_weight, reduction=self.reduction)

    def call(self, y_true, y_pred):
        """The losses [batch, …] of predictions."""
        raise NotImplementedError("Must be implemented in subclasses.")

    def get_config(self):
        """The arguments as a dict."""
        return {"reduction": self.reduction, "name": self.name}

    @classmethod
    def from_config(cls, config):
        """The loss of `get_config`'s dict."""
        return cls(**config)


class LossFunctionWrapper(Loss):
    """A function of targets and predictions as a Loss; further keyword arguments are the function's."""

    def __init__(self, fn, reduction=AUTO, name=None, **kwargs):
        super().__init__(reduction=reduction, name=name)
        self.fn, self._fn_kwargs = fn, kwargs

    def call(self, y_true, y_pred):
        """The losses."""
        if is_tensor(y_pred) and is_tensor(y_true):
            y_pred, y_true, _ = fit(y_pred, y_true)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self):
        """The arguments as a dict."""
        told = {k: backend.get_value(v) if is_tensor(v) else v for k, v in self._fn_kwargs.items()}
        return {**super().get_config(), **told}


def _pair(y_true, y_pred):
    y_pred = convert_to_tensor(y_pred)
    return math.cast(convert_to_tensor(y_true), y_pred.dtype), y_pred


def _mean(x):
    return reduce.reduce_mean_v1(x, axis=-1)


def mean_squared_error(y_true, y_pred):
    """The mean of squared differences over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    return _mean(math_ops.squared_difference(y_pred, y_true))


def mean_absolute_error(y_true, y_pred):
    """The mean of absolute differences over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    return _mean(math.abs(y_pred - y_true))


def mean_absolute_percentage_error(y_true, y_pred):
    """The mean of absolute differences in percent of the targets, over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    return 100.0 * _mean(math.abs((y_true - y_pred) / math_ops.maximum(math.abs(y_true), backend.epsilon())))


def mean_squared_logarithmic_error(y_true, y_pred):
    """The mean of squared differences of `log(1 + x)` over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    logs = [math.log(math_ops.maximum(y, backend.epsilon()) + 1.0) for y in (y_pred, y_true)]
    return _mean(math_ops.squared_difference(*logs))


def _signs(y_true):
    """Targets 0 and 1 as -1 and 1; others as they are."""
    binary = reduce.reduce_all_v1(math_ops.logical_or(math_ops.equal(y_true, 0), math_ops.equal(y_true, 1)))
    turned = math.cast(binary, y_true.dtype)
    return turned * (2.0 * y_true - 1.0) + (1.0 - turned) * y_true


def hinge(y_true, y_pred):
    """The mean of `max(1 - y_true * y_pred, 0)` over the last axis; targets are -1 and 1, or 0 and 1."""
    y_true, y_pred = _pair(y_true, y_pred)
    return _mean(math_ops.maximum(1.0 - _signs(y_true) * y_pred, 0.0))


def squared_hinge(y_true, y_pred):
    """The mean of the squares of `hinge`'s terms over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    return _mean(math.square(math_ops.maximum(1.0 - _signs(y_true) * y_pred, 0.0)))


def categorical_hinge(y_true, y_pred):
    """`max(1 + the best wrong score - the right one, 0)`."""
    y_true, y_pred = _pair(y_true, y_pred)
    right = reduce.reduce_sum_v1(y_true * y_pred, axis=-1)
    wrong = reduce.reduce_max_v1((1.0 - y_true) * y_pred, axis=-1)
    return math_ops.maximum(0.0, wrong - right + 1.0)


def huber_loss(y_true, y_pred, delta=1.0):
    """Half the square of differences up to `delta`, beyond it linear; for each entry."""
    y_pred = math.cast(convert_to_tensor(y_pred), backend.floatx())
    y_true = math.cast(convert_to_tensor(y_true), backend.floatx())
    error = math.abs(y_pred - y_true)
    inside = math_ops.minimum(error, delta)
    return 0.5 * inside * inside + delta * (error - inside)


def logcosh(y_true, y_pred):
    """The mean of `log(cosh(y_pred - y_true))` over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    x = y_pred - y_true
    return _mean(x + nn.softplus(-2.0 * x) - _math.log(2.0))


def _smoothed(y_true, y_pred, label_smoothing, classes):
    smoothing = convert_to_tensor(label_smoothing, dtype=backend.floatx())
    return y_true if not label_smoothing else y_true * (1.0 - smoothing) + smoothing / classes


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0):
    """The cross entropy between distributions over the last axis; `label_smoothing` moves the targets towards equal ones."""
    y_true, y_pred = _pair(y_true, y_pred)
    if label_smoothing:
        y_true = _smoothed(y_true, y_pred, label_smoothing, math.cast(array.shape(y_true)[1], y_pred.dtype))
    return crossentropies.categorical_crossentropy(y_true, y_pred, from_logits=from_logits)


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, axis=-1):
    """The cross entropy between classes, numbers, and distributions along `axis`."""
    y_true, y_pred = convert_to_tensor(y_true), convert_to_tensor(y_pred)
    return crossentropies.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0):
    """The mean cross entropy of entries over the last axis; `label_smoothing` moves the targets towards 0.5."""
    y_true, y_pred = _pair(y_true, y_pred)
    y_true = _smoothed(y_true, y_pred, label_smoothing, 2.0)
    return _mean(crossentropies.binary_crossentropy(y_true, y_pred, from_logits=from_logits))


def kullback_leibler_divergence(y_true, y_pred):
    """The divergence of distributions over the last axis, `sum(y_true * log(y_true / y_pred))`."""
    y_true, y_pred = _pair(y_true, y_pred)
    y_true, y_pred = (math_ops.minimum(math_ops.maximum(y, backend.epsilon()), 1.0) for y in (y_true, y_pred))
    return reduce.reduce_sum_v1(y_true * math.log(y_true / y_pred), axis=-1)


def poisson(y_true, y_pred):
    """The mean of `y_pred - y_true * log(y_pred)` over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    return _mean(y_pred - y_true * math.log(y_pred + backend.epsilon()))


def cosine_proximity(y_true, y_pred, axis=-1):
    """The cosine between vectors along `axis`: of this release it grows as they get closer."""
    y_true, y_pred = (
        nn.l2_normalize(convert_to_tensor(y_true), axis=axis),
        nn.l2_normalize(convert_to_tensor(y_pred), axis=axis),
    )
    return reduce.reduce_sum_v1(y_true * y_pred, axis=axis)


mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence
cosine = cosine_similarity = cosine_proximity


def _of(function, name, doc, names=()):
    """The class of a function; `names` are arguments, with their defaults, that come before `reduction`."""
    first = dict(names)

    def __init__(self, *args, **kwargs):
        given = signature.bind(self, *args, **kwargs)
        given.apply_defaults()
        found = dict(given.arguments)
        found.pop("self")
        LossFunctionWrapper.__init__(self, function, **found)

    signature = objects.signature_of(["self"], {**first, "reduction": AUTO, "name": name})
    __init__.__signature__ = signature
    return {"__init__": __init__, "__doc__": doc, "__module__": __name__}


def _class(class_name, function, name, **first):
    doc = f"`{function.__name__}`, weighted and reduced; see `Loss`."
    return type(class_name, (LossFunctionWrapper,), _of(function, name, doc, first))


MeanSquaredError = _class("MeanSquaredError", mean_squared_error, "mean_squared_error")
MeanAbsoluteError = _class("MeanAbsoluteError", mean_absolute_error, "mean_absolute_error")
MeanAbsolutePercentageError = _class(
    "MeanAbsolutePercentageError", mean_absolute_percentage_error, "mean_absolute_percentage_error"
)
MeanSquaredLogarithmicError = _class(
    "MeanSquaredLogarithmicError", mean_squared_logarithmic_error, "mean_squared_logarithmic_error"
)
BinaryCrossentropy = _class(
    "BinaryCrossentropy", binary_crossentropy, "binary_crossentropy", from_logits=False, label_smoothing=0
)
CategoricalCrossentropy = _class(
    "CategoricalCrossentropy", categorical_crossentropy, "categorical_crossentropy", from_logits=False, label_smoothing=0
)
SparseCategoricalCrossentropy = _class(
    "SparseCategoricalCrossentropy", sparse_categorical_crossentropy, "sparse_categorical_crossentropy", from_logits=False
)
Hinge = _class("Hinge", hinge, "hinge")
SquaredHinge = _class("SquaredHinge", squared_hinge, "squared_hinge")
CategoricalHinge = _class("CategoricalHinge", categorical_hinge, "categorical_hinge")
Poisson = _class("Poisson", poisson, "poisson")
LogCosh = _class("LogCosh", logcosh, "logcosh")
KLDivergence = _class("KLDivergence", kullback_leibler_divergence, "kullback_leibler_divergence")
Huber = _class("Huber", huber_loss, "huber_loss", delta=1.0)
CosineSimilarity = _class("CosineSimilarity", cosine_proximity, "cosine_similarity", axis=-1)

_FUNCTIONS = [mean_squared_error, mean_absolute_error, mean_absolute_percentage_error, mean_squared_logarithmic_error, hinge]
_FUNCTIONS += [squared_hinge, categorical_hinge, huber_loss, logcosh, categorical_crossentropy, poisson, cosine_proximity]
_FUNCTIONS += [sparse_categorical_crossentropy, binary_crossentropy, kullback_leibler_divergence]
_SHORT = ("mse", "MSE", "mae", "MAE", "mape", "MAPE", "msle", "MSLE", "kld", "KLD", "cosine_similarity")
_CLASSES = [c for c in list(vars().values()) if isinstance(c, type) and issubclass(c, Loss)]
KNOWN = {**{f.__name__: f for f in _FUNCTIONS}, **{n: globals()[n] for n in _SHORT}, **{c.__name__: c for c in _CLASSES}}


def serialize(loss):
    """A loss as the name of its function, or the dict of its class and arguments."""
    return objects.serialize_keras_object(loss)


def deserialize(name, custom_objects=None):
    """The loss of a name or of `serialize`'s dict. Raises ValueError for an unknown one."""
    return objects.deserialize_keras_object(name, KNOWN, custom_objects, "loss function")


def get(identifier):
    """The loss for a name or a dict of `serialize`; functions and None stay. Raises ValueError for other things."""
    if identifier is None:
        return None
    if isinstance(identifier, (str, dict)):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError("Could not interpret loss function identifier:", identifier)

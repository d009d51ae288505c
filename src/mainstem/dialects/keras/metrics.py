"""`tf.keras.metrics`: layers whose variables add up what batches give; `metric(…)` updates and gives the result."""

import numpy as np

from mainstem.dialects.keras import backend, losses, objects
from mainstem.dialects.keras.layer import Layer
from mainstem.dialects.keras.losses import (  # noqa: F401 - metrics by their names
    KLD,
    MAE,
    MAPE,
    MSE,
    MSLE,
    binary_crossentropy,
    categorical_crossentropy,
    cosine,
    cosine_proximity,
    cosine_similarity,
    fit,
    hinge,
    kld,
    kullback_leibler_divergence,
    mae,
    mape,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    mse,
    msle,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from mainstem.dialects.losses.weights import broadcast_weights
from mainstem.ops import math as math_ops
from mainstem.state.policy import VariableAggregation, VariableSynchronization
from mainstem.surface import array, math, nn, reduce
from mainstem.surface.framework import control_dependencies, convert_to_tensor, group, identity, is_tensor

SUM, MEAN, WEIGHTED_MEAN = "sum", "mean", "weighted_mean"


class Metric(Layer):
    """The base: a subclass makes variables with `add_weight`, adds a batch to them in `update_state`, and tells the `result`.

    Calling the metric with the arguments of `update_state` gives the result after the update. The variables keep the names they
    are given, without a scope.
    """

    _tells = False

    def __init__(self, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype=dtype or backend.floatx(), **kwargs)
        self.stateful, self.built = True, True

    def __init_subclass__(cls, **kwargs):
        """In a graph `update_state` of any subclass gives an operation, which joins the metric's updates."""
        super().__init_subclass__(**kwargs)
        if "update_state" in cls.__dict__:
            cls.update_state = _recorded(cls.update_state)

    def __call__(self, *args, **kwargs):
        """The result after an update."""
        update = self.update_state(*args, **kwargs)
        if backend.runs_at_once():
            return self.result()
        with control_dependencies([] if update is None else [getattr(update, "op", update)]):
            made = identity(self.result())
        made._metric_obj = self
        return made

    def reset_states(self):
        """Sets the variables to 0."""
        backend.batch_set_value([(v, np.zeros(v.shape.as_list())) for v in self.weights])

    def update_state(self, *args, **kwargs):
        """Adds a batch to the variables."""
        raise NotImplementedError("Must be implemented in subclasses.")

    def result(self):
        """What the variables tell, a tensor."""
        raise NotImplementedError("Must be implemented in subclasses.")

    def add_weight(
        self,
        name,
        shape=(),
        aggregation=VariableAggregation.SUM,
        synchronization=VariableSynchronization.ON_READ,
        initializer=None,
        dtype=None,
    ):
        """Makes a variable that does not train, and that no collection of the graph knows: savers leave it out."""
        return super().add_weight(
            name=name,
            shape=shape,
            dtype=self._dtype if dtype is None else dtype,
            trainable=False,
            initializer=initializer,
            synchronization=synchronization,
            aggregation=aggregation,
            collections=[],
        )

    def get_config(self):
        """The arguments as a dict."""
        return {"name": self.name, "dtype": self.dtype}


_CHANGING = ("Assign", "ResourceScatter", "Scatter")  # types of operations that change variables


def _recorded(update_state):
    if getattr(update_state, "_recorded", False):
        return update_state

    def update(self, *args, **kwargs):
        outer, self.__dict__["_is_updating"] = not self.__dict__.get("_is_updating"), True
        graph = None if not outer or backend.runs_at_once() else backend.get_graph()
        before = 0 if graph is None else len(graph.get_operations())
        try:
            made = update_state(self, *args, **kwargs)
        finally:
            self.__dict__["_is_updating"] = not outer
        if graph is None:  # in eager mode it has run; of a class that this one builds on, the outer call takes it
            return made
        changes = [op for op in graph.get_operations()[before:] if op.type.startswith(_CHANGING)]
        if changes:  # all of them run, whatever the function gives
            made = group(*changes, *([] if made is None else [getattr(made, "op", made)]))
        if made is not None:
            self.add_update(made)
        return made

    update.__doc__, update.__wrapped__, update._recorded = update_state.__doc__, update_state, True
    return update


def _add(pairs):
    """Adds values to variables; gives the operation of all."""
    made = [v.assign_add(x) for v, x in pairs]
    return None if backend.runs_at_once() else group(*(getattr(m, "op", m) for m in made))


class Reduce(Metric):
    """The base of sums and means of values: `reduction` is "sum", "mean" or "weighted_mean"."""

    def __init__(self, reduction, name, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.reduction, self.total = reduction, self.add_weight("total", initializer="zeros")
        if reduction != SUM:
            self.count = self.add_weight("count", initializer="zeros")

    def update_state(self, values, sample_weight=None):
        """Adds values, times weights."""
        values = math.cast(convert_to_tensor(values), self.dtype)
        if sample_weight is not None:
            sample_weight = math.cast(convert_to_tensor(sample_weight), self.dtype)
            values, _, sample_weight = fit(values, None, sample_weight)
            try:
                sample_weight = broadcast_weights(sample_weight, values)
            except ValueError:  # a weight for each example, whose values become one
                over = list(range(sample_weight.shape.ndims, values.shape.ndims))
                values = (reduce.reduce_sum_v1 if self.reduction == SUM else reduce.reduce_mean_v1)(values, axis=over)
            values = values * sample_weight
        pairs = [(self.total, reduce.reduce_sum_v1(values))]
        if self.reduction == MEAN:
            pairs.append((self.count, math.cast(array.size_v1(values), self.dtype)))
        elif self.reduction == WEIGHTED_MEAN:
            count = array.size_v1(values) if sample_weight is None else reduce.reduce_sum_v1(sample_weight)
            pairs.append((self.count, math.cast(count, self.dtype)))
        return _add(pairs)

    def result(self):
        """The sum, or the mean; 0 of nothing."""
        return identity(self.total) if self.reduction == SUM else math.div_no_nan(self.total, self.count)


class Sum(Reduce):
    """The sum of values."""

    def __init__(self, name="sum", dtype=None):
        super().__init__(SUM, name, dtype)


class Mean(Reduce):
    """The mean of values, weighted where weights are given."""

    def __init__(self, name="mean", dtype=None):
        super().__init__(WEIGHTED_MEAN, name, dtype)


class MeanMetricWrapper(Mean):
    """The mean of a function of targets and predictions; further keyword arguments are the function's."""

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype=dtype)
        self._fn, self._fn_kwargs = fn, kwargs

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds the function's values, times weights."""
        y_true, y_pred = (math.cast(convert_to_tensor(y), self.dtype) for y in (y_true, y_pred))
        y_pred, y_true, _ = fit(y_pred, y_true)
        return super().update_state(self._fn(y_true, y_pred, **self._fn_kwargs), sample_weight)

    def get_config(self):
        """The arguments as a dict."""
        told = {k: backend.get_value(v) if is_tensor(v) else v for k, v in self._fn_kwargs.items()}
        return {**super().get_config(), **told}


class MeanRelativeError(Mean):
    """The mean of `|y_true - y_pred| / normalizer`, 0 where the normalizer is."""

    def __init__(self, normalizer, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.normalizer = math.cast(convert_to_tensor(normalizer), self.dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds the relative errors, times weights."""
        y_true, y_pred = (math.cast(convert_to_tensor(y), self.dtype) for y in (y_true, y_pred))
        y_pred, y_true, _ = fit(y_pred, y_true)
        error = math.div_no_nan(math.abs(y_true - y_pred), self.normalizer)
        return super().update_state(error, sample_weight)

    def get_config(self):
        """The arguments as a dict."""
        return {**super().get_config(), "normalizer": backend.get_value(self.normalizer)}


class RootMeanSquaredError(Mean):
    """The root of the mean of squared differences."""

    def __init__(self, name="root_mean_squared_error", dtype=None):
        super().__init__(name, dtype=dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds the squared differences, times weights."""
        y_true, y_pred = (math.cast(convert_to_tensor(y), self.dtype) for y in (y_true, y_pred))
        y_pred, y_true, _ = fit(y_pred, y_true)
        return super().update_state(math_ops.squared_difference(y_pred, y_true), sample_weight)

    def result(self):
        """The root of the mean."""
        return math.sqrt(math.div_no_nan(self.total, self.count))


class MeanTensor(Metric):
    """The mean of every entry of tensors of one shape. Raises ValueError for tensors of other shapes."""

    def __init__(self, name="mean_tensor", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self._shape, self._total, self._count = None, None, None

    @property
    def total(self):
        """The variable of the sums, None before the first update."""
        return self._total

    @property
    def count(self):
        """The variable of the weights, None before the first update."""
        return self._count

    def update_state(self, values, sample_weight=None):
        """Adds a tensor, times weights."""
        values = math.cast(convert_to_tensor(values), self.dtype)
        if self._shape is None:
            self._shape = values.shape
            with_shape = {"shape": self._shape, "initializer": "zeros"}
            self._total, self._count = self.add_weight("total", **with_shape), self.add_weight("count", **with_shape)
        elif values.shape.as_list() != self._shape.as_list():
            raise ValueError(
                f"MeanTensor input values must always have the same shape. Expected shape (set during the first call): {self._shape}. "
                f"Got: {values.shape}"
            )
        count = array.ones_like_v1(values)
        if sample_weight is not None:
            sample_weight = math.cast(convert_to_tensor(sample_weight), self.dtype)
            values, _, sample_weight = fit(values, None, sample_weight)
            count, values = count * sample_weight, values * sample_weight
        return _add([(self._total, values), (self._count, count)])

    def result(self):
        """The means. Raises ValueError before the first update."""
        if self._shape is None:
            raise ValueError(
                "MeanTensor does not have any result yet. Please call the MeanTensor instance or use `.update_state(value)` before "
                "retrieving the result."
            )
        return math.div_no_nan(self._total, self._count)


# ---- functions


def _float(condition):
    return math.cast(condition, backend.floatx())


def accuracy(y_true, y_pred):
    """1 where target and prediction are equal."""
    y_true, y_pred = convert_to_tensor(y_true), convert_to_tensor(y_pred)
    return _float(math_ops.equal(math.cast(y_true, y_pred.dtype), y_pred))


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """The share of entries, over the last axis, that are on the target's side of the threshold."""
    y_pred = convert_to_tensor(y_pred)
    over = math.cast(math_ops.greater(y_pred, math.cast(convert_to_tensor(threshold), y_pred.dtype)), y_pred.dtype)
    return reduce.reduce_mean_v1(_float(math_ops.equal(math.cast(convert_to_tensor(y_true), y_pred.dtype), over)), axis=-1)


def categorical_accuracy(y_true, y_pred):
    """1 where the largest entries, over the last axis, are at one place."""
    return _float(
        math_ops.equal(reduce.argmax(convert_to_tensor(y_true), axis=-1), reduce.argmax(convert_to_tensor(y_pred), axis=-1))
    )


def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the largest entry, over the last axis, is the target's."""
    y_true, y_pred = convert_to_tensor(y_true), convert_to_tensor(y_pred)
    ranks = y_true.shape.ndims, y_pred.shape.ndims
    if None not in ranks and ranks[0] == ranks[1]:
        y_true = array.squeeze_v1(y_true, [-1])
    return _float(math_ops.equal(math.cast(y_true, "int64"), reduce.argmax(y_pred, axis=-1)))


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """1 where the target's largest entry is among the `k` largest predictions."""
    return _float(nn.in_top_k_v1(convert_to_tensor(y_pred), reduce.argmax(convert_to_tensor(y_true), axis=-1), k))


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5):
    """1 where the target is among the `k` largest predictions."""
    y_true, y_pred = convert_to_tensor(y_true), convert_to_tensor(y_pred)
    if None not in (y_true.shape.ndims, y_pred.shape.ndims):
        if y_pred.shape.ndims > 2:
            y_pred = array.reshape(y_pred, [-1, y_pred.shape.as_list()[-1]])
        if y_true.shape.ndims > 1:
            y_true = array.reshape(y_true, [-1])
    return _float(nn.in_top_k_v1(y_pred, math.cast(y_true, "int32"), k))


def _class(class_name, function, name, **first):
    """The class of a function; `first` are arguments, with their defaults."""
    order = {"name": name, "dtype": None, **first}
    if class_name.endswith("TopKCategoricalAccuracy"):
        order = {**first, "name": name, "dtype": None}
    signature = objects.signature_of(["self"], order)

    def __init__(self, *args, **kwargs):
        given = signature.bind(self, *args, **kwargs)
        given.apply_defaults()
        found = dict(given.arguments)
        found.pop("self")
        MeanMetricWrapper.__init__(self, function, **found)

    __init__.__signature__ = signature
    doc = f"The mean of `{function.__name__}`, weighted where weights are given."
    return type(class_name, (MeanMetricWrapper,), {"__init__": __init__, "__doc__": doc, "__module__": __name__})


Accuracy = _class("Accuracy", accuracy, "accuracy")
BinaryAccuracy = _class("BinaryAccuracy", binary_accuracy, "binary_accuracy", threshold=0.5)
CategoricalAccuracy = _class("CategoricalAccuracy", categorical_accuracy, "categorical_accuracy")
SparseCategoricalAccuracy = _class("SparseCategoricalAccuracy", sparse_categorical_accuracy, "sparse_categorical_accuracy")
TopKCategoricalAccuracy = _class("TopKCategoricalAccuracy", top_k_categorical_accuracy, "top_k_categorical_accuracy", k=5)
SparseTopKCategoricalAccuracy = _class(
    "SparseTopKCategoricalAccuracy", sparse_top_k_categorical_accuracy, "sparse_top_k_categorical_accuracy", k=5
)
MeanSquaredError = _class("MeanSquaredError", mean_squared_error, "mean_squared_error")
MeanAbsoluteError = _class("MeanAbsoluteError", mean_absolute_error, "mean_absolute_error")
MeanAbsolutePercentageError = _class(
    "MeanAbsolutePercentageError", mean_absolute_percentage_error, "mean_absolute_percentage_error"
)
MeanSquaredLogarithmicError = _class(
    "MeanSquaredLogarithmicError", mean_squared_logarithmic_error, "mean_squared_logarithmic_error"
)
CosineSimilarity = _class("CosineSimilarity", cosine_proximity, "cosine_similarity", axis=-1)
Hinge = _class("Hinge", hinge, "hinge")
SquaredHinge = _class("SquaredHinge", squared_hinge, "squared_hinge")
CategoricalHinge = _class("CategoricalHinge", losses.categorical_hinge, "categorical_hinge")
LogCoshError = _class("LogCoshError", losses.logcosh, "logcosh")
Poisson = _class("Poisson", poisson, "poisson")
KLDivergence = _class("KLDivergence", kullback_leibler_divergence, "kullback_leibler_divergence")
BinaryCrossentropy = _class(
    "BinaryCrossentropy", binary_crossentropy, "binary_crossentropy", from_logits=False, label_smoothing=0
)
CategoricalCrossentropy = _class(
    "CategoricalCrossentropy", categorical_crossentropy, "categorical_crossentropy", from_logits=False, label_smoothing=0
)
SparseCategoricalCrossentropy = _class(
    "SparseCategoricalCrossentropy",
    sparse_categorical_crossentropy,
    "sparse_categorical_crossentropy",
    from_logits=False,
    axis=-1,
)

FUNCTIONS = [accuracy, binary_accuracy, categorical_accuracy, sparse_categorical_accuracy, top_k_categorical_accuracy]
FUNCTIONS += [sparse_top_k_categorical_accuracy]
_OF_LOSSES = {n: f for n, f in losses.KNOWN.items() if not isinstance(f, type)}
_CLASSES = [c for c in list(vars().values()) if isinstance(c, type) and issubclass(c, Metric)]
KNOWN = {**_OF_LOSSES, **{f.__name__: f for f in FUNCTIONS}, **{c.__name__: c for c in _CLASSES}}


def serialize(metric):
    """A metric as the dict of its class and arguments, a function as its name."""
    return objects.serialize_keras_object(metric)


def deserialize(config, custom_objects=None):
    """The metric of a name or of `serialize`'s dict. Raises ValueError for an unknown one."""
    return objects.deserialize_keras_object(config, KNOWN, custom_objects, "metric function")


def get(identifier):
    """The metric for a name or a dict of `serialize`; functions and metrics stay. Raises ValueError for other things."""
    if isinstance(identifier, (str, dict)):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret metric function identifier: {identifier}")

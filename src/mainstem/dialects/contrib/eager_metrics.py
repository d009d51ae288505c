"""`tf.contrib.eager.metrics`: metrics that are objects; a call adds to their variables, `result` gives what they say."""

import re

from mainstem.base import dtypes
from mainstem.surface import array, check, framework, initializers, math, reduce, variable_scope
from mainstem.surface.framework import convert_to_tensor

_NOT_IN_SCOPES = re.compile(r"[^A-Za-z0-9_.\-/]")


class Metric:
    """Base of metrics: a subclass makes variables in `build` with `add_variable`, changes them in `call`, reads in `result`.

    Args:
        name: of the variables' scope; default the class's name.
        use_global_variables: accepted; eager mode has no collections.
    """

    def __init__(self, name=None, use_global_variables=False):
        self._name, self._built, self._variables, self._use_global = (
            name or type(self).__name__,
            False,
            [],
            use_global_variables,
        )
        self._scope_name = _NOT_IN_SCOPES.sub("_", self._name)

    def __call__(self, *args, **kwargs):
        """Adds values: `build` at the first call, then `call`; gives what that gives."""
        if not self._built:
            with framework.init_scope(), variable_scope.variable_scope(None, default_name=self._scope_name):
                self.build(*args, **kwargs)
            self._built = True
        return self.call(*args, **kwargs)

    @property
    def name(self):
        """The name given, or the class's."""
        return self._name

    @property
    def variables(self):
        """The metric's variables."""
        return self._variables

    def init_variables(self):
        """Sets the variables back to their first values."""
        for v, start in zip(self._variables, self._starts, strict=True):
            v.assign(start)

    @property
    def _starts(self):
        return [array.zeros(v.shape, v.dtype) if init is None else init(v.shape.as_list(), v.dtype) for v, init in self._made]

    def add_variable(self, name, shape=None, dtype=None, initializer=None):
        """Makes a variable, for use in `build`. Raises RuntimeError after it."""
        if self._built:
            raise RuntimeError("Can't call add_variable() except in build().")
        start = initializers.Zeros() if initializer is None else initializer
        made = variable_scope.get_variable(name, shape, dtype, start, trainable=False)
        self._variables.append(made)
        self._made = [*getattr(self, "_made", []), (made, start)]
        return made

    def build(self, *args, **kwargs):
        """Makes the variables."""

    def call(self, *args, **kwargs):
        """Changes the variables."""
        raise NotImplementedError("Metrics must define a call() member function")

    def result(self):
        """What the metric says so far."""
        raise NotImplementedError("Metrics must define a result() member function")

    def value(self):
        """`result` as a function."""
        return self.result

    def aggregate(self, metrics):
        """Adds what other metrics of this kind have seen."""
        raise NotImplementedError("Metrics must define an aggregate() member function")


class Mean(Metric):
    """The weighted mean of all values."""

    def __init__(self, name=None, dtype=dtypes.float64, use_global_variables=False):
        super().__init__(name, use_global_variables)
        self.dtype = dtypes.as_dtype(dtype)

    def build(self, *args, **kwargs):
        """Makes the sums of weighted values and of weights."""
        self.numer = self.add_variable("numer", shape=(), dtype=self.dtype)
        self.denom = self.add_variable("denom", shape=(), dtype=self.dtype)

    def call(self, values, weights=None):
        """Adds `values`, each as often as its weight says; gives the arguments."""
        values = convert_to_tensor(values)
        if weights is None:
            self.denom.assign_add(math.cast(array.size(values), self.dtype))
            self.numer.assign_add(reduce.reduce_sum(math.cast(values, self.dtype)))
            return values
        weights = math.cast(weights, self.dtype)
        weighted = math.multiply(math.cast(values, self.dtype), weights)
        spread = math.multiply(weights, array.ones_like(weighted))
        self.denom.assign_add(reduce.reduce_sum(spread))
        self.numer.assign_add(reduce.reduce_sum(weighted))
        return values, weights

    def result(self):
        """The mean so far."""
        return math.div(self.numer.value(), self.denom.value())

    def aggregate(self, metrics):
        """Adds what other means have seen."""
        for m in metrics:
            self.numer.assign_add(m.numer.value())
            self.denom.assign_add(m.denom.value())


class _Matches(Mean):
    """The share of predictions that are right."""

    def _right(self, labels, predictions):
        raise NotImplementedError(f"{type(self).__name__}._right")

    def call(self, labels, predictions, weights=None):
        """Adds predictions; gives the arguments. Raises InvalidArgumentError when the shapes differ."""
        super().call(self._right(labels, predictions), weights)
        return (labels, predictions) if weights is None else (labels, predictions, weights)


def _same_shape(a, b):
    check.assert_equal(array.shape(a), array.shape(b), message="Shapes of labels and predictions are unequal")


class Accuracy(_Matches):
    """The share of predictions that equal their labels."""

    def _right(self, labels, predictions):
        labels, predictions = convert_to_tensor(labels), convert_to_tensor(predictions)
        _same_shape(labels, predictions)
        return math.cast(math.equal(labels, predictions), self.dtype)


class CategoricalAccuracy(_Matches):
    """The share of rows whose largest prediction stands where the one-hot label does."""

    def _right(self, labels, predictions):
        labels, predictions = convert_to_tensor(labels), convert_to_tensor(predictions)
        _same_shape(labels, predictions)
        return math.cast(math.equal(reduce.argmax(labels, axis=-1), reduce.argmax(predictions, axis=-1)), self.dtype)


class BinaryAccuracy(_Matches):
    """The share of predictions that lie on the label's side of `threshold`."""

    def __init__(self, threshold, name=None, dtype=dtypes.float64):
        super().__init__(name, dtype)
        self.threshold = threshold

    def _right(self, labels, predictions):
        labels, predictions = convert_to_tensor(labels), convert_to_tensor(predictions)
        _same_shape(labels, predictions)
        over = math.greater_equal(predictions, convert_to_tensor(self.threshold, predictions.dtype))
        return math.cast(math.equal(math.cast(labels, "bool"), over), self.dtype)


class SparseAccuracy(_Matches):
    """The share of rows whose largest prediction stands at the position that the label names."""

    def _right(self, labels, predictions):
        labels, predictions = convert_to_tensor(labels), convert_to_tensor(predictions)
        found = math.cast(reduce.argmax(predictions, axis=-1), labels.dtype)
        _same_shape(labels, found)
        return math.cast(math.equal(labels, found), self.dtype)

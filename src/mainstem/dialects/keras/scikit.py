"""`tf.keras.wrappers.scikit_learn`: a function that makes a model as an estimator of scikit-learn."""

import copy
import inspect

import numpy as np

from mainstem.dialects.keras import losses
from mainstem.dialects.keras.sequential import Sequential
from mainstem.dialects.keras.tools import to_categorical

_OF_MODELS = ("fit", "predict", "predict_classes", "evaluate")


def _parameters(function):
    found = inspect.signature(function).parameters.values()
    return [p.name for p in found if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.name != "self"]


class BaseWrapper:
    """The base.

    Args:
        build_fn: a function (or object with `__call__`) that gives a compiled model; None for a class with `__call__` of its own.
        sk_params: arguments of `build_fn` and of the model's `fit`, `predict` and so on. Raises ValueError for others.
    """

    def __init__(self, build_fn=None, **sk_params):
        self.build_fn, self.sk_params = build_fn, sk_params
        self.check_params(sk_params)

    def _builder(self):
        if self.build_fn is None:
            return self.__call__
        return self.build_fn if inspect.isroutine(self.build_fn) else self.build_fn.__call__

    def check_params(self, params):
        """Raises ValueError for arguments that neither `build_fn` nor the model takes."""
        builder = self._builder()
        if any(p.kind is p.VAR_KEYWORD for p in inspect.signature(builder).parameters.values()):
            return
        legal = {"nb_epoch", *_parameters(builder), *(n for m in _OF_MODELS for n in _parameters(getattr(Sequential, m)))}
        for name in params:
            if name not in legal:
                raise ValueError(f"{name} is not a legal parameter")

    def get_params(self, **params):
        """All arguments."""
        return {**copy.deepcopy(self.sk_params), "build_fn": self.build_fn}

    def set_params(self, **params):
        """Sets arguments; gives the estimator."""
        self.check_params(params)
        self.sk_params.update(params)
        return self

    def fit(self, x, y, **kwargs):
        """Makes the model and trains it; gives the `History`."""
        self.model = self._builder()(**self.filter_sk_params(self._builder()))
        loss = self.model.loss
        name = loss if isinstance(loss, str) else getattr(loss, "__name__", getattr(loss, "name", None))
        if name == losses.categorical_crossentropy.__name__ and len(np.shape(y)) != 2:
            y = to_categorical(y)
        return self.model.fit(x, y, **{**self.filter_sk_params(Sequential.fit), **kwargs})

    def filter_sk_params(self, fn, override=None):
        """Those of the arguments that a function takes."""
        found = {n: v for n, v in self.sk_params.items() if n in _parameters(fn)}
        return {**found, **(override or {})}


class KerasClassifier(BaseWrapper):
    """A classifier: `predict` gives classes."""

    def fit(self, x, y, **kwargs):
        """Trains on classes [n], numbers or names, or on vectors [n, classes]. Raises ValueError for another shape."""
        y = np.array(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim <= 2 and y.size:
            self.classes_ = np.unique(y)
            y = np.searchsorted(self.classes_, y)
        else:
            raise ValueError(f"Invalid shape for y: {y.shape}")
        self.n_classes_ = len(self.classes_)
        return super().fit(x, y, **kwargs)

    def predict(self, x, **kwargs):
        """The classes."""
        return self.classes_[self.model.predict_classes(x, **self.filter_sk_params(Sequential.predict_classes, kwargs))]

    def predict_proba(self, x, **kwargs):
        """The classes' probabilities [n, classes]."""
        found = self.model.predict(x, **self.filter_sk_params(Sequential.predict, kwargs))
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

    def score(self, x, y, **kwargs):
        """The accuracy. Raises ValueError for a model that does not measure it."""
        y = np.searchsorted(self.classes_, y)
        name = getattr(self.model.loss, "__name__", self.model.loss)
        if name == losses.categorical_crossentropy.__name__ and y.ndim != 2:
            y = to_categorical(y)
        found = self.model.evaluate(x, y, **{"verbose": 0, **self.filter_sk_params(Sequential.evaluate, kwargs)})
        for name, value in zip(self.model.metrics_names, found if isinstance(found, list) else [found]):
            if name in ("accuracy", "acc"):
                return value
        raise ValueError(
            'The model is not configured to compute accuracy. You should pass `metrics=["accuracy"]` to the `model.compile()` method.'
        )


class KerasRegressor(BaseWrapper):
    """A regression: `predict` gives numbers."""

    def predict(self, x, **kwargs):
        """The numbers."""
        return np.squeeze(self.model.predict(x, **self.filter_sk_params(Sequential.predict, kwargs)))

    def score(self, x, y, **kwargs):
        """The negative loss: larger is better."""
        found = self.model.evaluate(x, y, **{"verbose": 0, **self.filter_sk_params(Sequential.evaluate, kwargs)})
        return -found[0] if isinstance(found, list) else -found

"""The target columns of `tf.contrib.layers`, which only its own estimators read: refused by name."""

import functools

from mainstem.platform import logging


def _refuse(name):
    raise NotImplementedError(
        f"contrib.layers.{name}: Mainstem does not have target columns, which only the estimators of tf.contrib.learn read. "
        "Use a loss of tf.losses and an optimizer instead."
    )


def regression_target(label_name=None, weight_column_name=None, label_dimension=1):
    """Raises NotImplementedError."""
    _refuse("regression_target")


def multi_class_target(n_classes, label_name=None, weight_column_name=None):
    """Raises NotImplementedError."""
    _refuse("multi_class_target")


def binary_svm_target(label_name=None, weight_column_name=None):
    """Raises NotImplementedError."""
    _refuse("binary_svm_target")


def get_default_binary_metrics_for_eval(thresholds):
    """Raises NotImplementedError."""
    _refuse("get_default_binary_metrics_for_eval")


class ProblemType:
    """The kinds of problems that target columns tell."""

    UNSPECIFIED, CLASSIFICATION, LINEAR_REGRESSION, LOGISTIC_REGRESSION = range(4)


class DataFrameColumn:
    """Raises NotImplementedError: data frames of tf.contrib.learn are not there."""

    def __init__(self, *args, **kwargs):
        _refuse("DataFrameColumn")


def experimental(func):
    """Marks a function that may change: each call warns of it."""

    @functools.wraps(func)
    def warned(*args, **kwargs):
        logging.warning(
            "%s (from %s) is experimental and may change or be removed at any time.", func.__qualname__, func.__module__
        )
        return func(*args, **kwargs)

    return warned

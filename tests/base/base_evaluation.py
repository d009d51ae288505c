"""Evaluates the expressions of base_rows.py; runs under TensorFlow 1.15 on Python 3.7 and under Mainstem alike."""

import copy
import pickle

import numpy as np


def rows(text):
    return [line for line in text.strip().splitlines() if line]


def shown(tf, value):
    """A tensor as [dtype, shape, values as text], all else as its `repr`."""
    if hasattr(value, "op") and hasattr(value, "dtype"):
        array = value.op.get_attr("value")
        array = array if isinstance(array, np.ndarray) else tf.make_ndarray(array)
        return ["tensor", value.dtype.name, list(array.shape), [repr(v) for v in array.reshape(-1).tolist()]]
    return ["value", repr(value)]


def outcome(tf, expression):
    """What an expression gives: ["value", text], ["tensor", …] or ["error", exception type]."""
    with tf.Graph().as_default():
        try:
            return shown(tf, eval(expression, {"tf": tf, "np": np, "pickle": pickle, "copy": copy}))
        except Exception as e:  # every type of exception is a recorded result
            kinds = [c.__name__ for c in type(e).__mro__]
            return ["error", next(k for k in kinds if k in BUILTIN)]


BUILTIN = ("TypeError", "IndexError", "KeyError", "OverflowError", "AttributeError", "ValueError", "Exception")

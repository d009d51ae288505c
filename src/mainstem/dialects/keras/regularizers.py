"""`tf.keras.regularizers`: losses of a variable or an output; unlike `tf.nn.l2_loss`, the sum of squares without a half."""

import numpy as np

from mainstem.dialects.keras import objects
from mainstem.surface import framework, math, reduce


class Regularizer:
    """The base: `regularizer(x)` gives a scalar loss."""

    def __call__(self, x):
        return 0.0

    @classmethod
    def from_config(cls, config):
        """The regularizer of `get_config`'s dict."""
        return cls(**config)


class L1L2(Regularizer):
    """`l1 * sum(|x|) + l2 * sum(x * x)`."""

    def __init__(self, l1=0.0, l2=0.0):
        self.l1, self.l2 = np.asarray(l1, np.float32), np.asarray(l2, np.float32)  # as Keras's numbers: rounded to float32

    def __call__(self, x):
        if not self.l1 and not self.l2:
            return framework.constant(0.0)
        loss = 0.0
        if self.l1:
            loss = loss + self.l1 * reduce.reduce_sum_v1(math.abs(x))
        if self.l2:
            loss = loss + self.l2 * reduce.reduce_sum_v1(math.square(x))
        return loss

    def get_config(self):
        """The arguments as a dict."""
        return {"l1": float(self.l1), "l2": float(self.l2)}


def l1(l=0.01):  # noqa: E741 - TensorFlow's name
    """`l * sum(|x|)`."""
    return L1L2(l1=l)


def l2(l=0.01):  # noqa: E741 - TensorFlow's name
    """`l * sum(x * x)`."""
    return L1L2(l2=l)


def l1_l2(l1=0.01, l2=0.01):
    """`l1 * sum(|x|) + l2 * sum(x * x)`."""
    return L1L2(l1=l1, l2=l2)


KNOWN = {"Regularizer": Regularizer, "L1L2": L1L2, "l1": l1, "l2": l2, "l1_l2": l1_l2}


def serialize(regularizer):
    """A regularizer as a dict of its class and arguments, a function as its name."""
    return objects.serialize_keras_object(regularizer)


def deserialize(config, custom_objects=None):
    """The regularizer of `serialize`'s dict or of a name. Raises ValueError for an unknown one."""
    return objects.deserialize_keras_object(config, KNOWN, custom_objects, "regularizer")


def get(identifier):
    """The regularizer for a name or a dict of `serialize`; functions of a tensor and None stay.

    Raises ValueError for what is unknown.
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return deserialize({"class_name": identifier, "config": {}} if identifier in ("l1", "l2", "l1_l2") else identifier)
    if callable(identifier):
        return identifier
    raise ValueError("Could not interpret regularizer identifier:", identifier)
